/** The theme of the page, as the palette of the picture: read from computed styles, and read again when it changes. */
import { parseColour, type Colour } from './colour.ts';
import { buildPalette, readForcedTheme, readTheme, staleTheme, type Palette } from './palette.ts';

const forcedColours = window.matchMedia('(forced-colors: active)');
/** Where colours are forced, another theme of the system changes nothing else on the page. */
const darkScheme = window.matchMedia('(prefers-color-scheme: dark)');

/** Lets the browser resolve any CSS colour, however it is written. */
class ColourProbe {
  readonly #element = document.createElement('span');

  constructor(host: HTMLElement) {
    this.#element.hidden = true;
    this.#element.style.setProperty('forced-color-adjust', 'none');
    host.append(this.#element);
  }

  resolve(css: string): Colour | undefined {
    this.#element.style.color = '';
    this.#element.style.color = css;
    return this.#element.style.color === '' ? undefined : parseColour(getComputedStyle(this.#element).color);
  }

  remove(): void {
    this.#element.remove();
  }
}

/** The palette of the theme that a page has now; faded for a picture that is no longer current. */
export function readPalette(host: HTMLElement, stale = false): Palette {
  const probe = new ColourProbe(host);
  const style = getComputedStyle(document.documentElement);
  const variable = (name: string): Colour | undefined => {
    const value = style.getPropertyValue(name).trim();
    return value === '' ? undefined : probe.resolve(value);
  };
  const theme = forcedColours.matches ? readForcedTheme((name) => probe.resolve(name)) : readTheme(variable);
  probe.remove();
  return buildPalette(stale ? staleTheme(theme) : theme, getComputedStyle(document.body).fontFamily);
}

/** Calls back when the theme may have changed: VS Code changes the body's class and the document's style. Returns the end of it. */
export function watchTheme(changed: () => void): () => void {
  const observer = new MutationObserver(changed);
  const attributes = { attributes: true, attributeFilter: ['class', 'style'] };
  observer.observe(document.body, attributes);
  observer.observe(document.documentElement, attributes);
  const media = [forcedColours, darkScheme];
  media.forEach((one) => one.addEventListener('change', changed));
  void document.fonts.ready.then(changed);
  return () => {
    observer.disconnect();
    media.forEach((one) => one.removeEventListener('change', changed));
  };
}
