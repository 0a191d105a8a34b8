/**
 * The only file that knows @vscode/webview-ui-toolkit: another set of controls takes its place here. Its panels and
 * badge are not used: they set style attributes, which the page's content security policy forbids.
 */
import { provideVSCodeDesignSystem, vsCodeButton, vsCodeProgressRing } from '@vscode/webview-ui-toolkit';

/** Defines the custom elements. Call once, before any control is made. */
export function registerControls(): void {
  provideVSCodeDesignSystem().register(vsCodeButton(), vsCodeProgressRing());
}

export interface ButtonOptions {
  /** What it says; for an icon, what it is called. */
  readonly label: string;
  readonly icon?: SVGElement;
  readonly appearance?: 'primary' | 'secondary' | 'icon';
  /** Tooltip; the label where absent. */
  readonly title?: string;
  readonly onClick: () => void;
}

/** A button. With appearance `icon` the label is its accessible name only. */
export function button({
  label,
  icon,
  appearance = 'secondary',
  title,
  onClick,
}: ButtonOptions): HTMLElement {
  const element = document.createElement('vscode-button');
  element.setAttribute('appearance', appearance);
  element.setAttribute('title', title ?? label);
  if (icon !== undefined) {
    if (appearance !== 'icon') {
      icon.setAttribute('slot', 'start');
    }
    element.append(icon);
  }
  if (appearance === 'icon') {
    element.setAttribute('aria-label', label);
  } else {
    element.append(label);
  }
  element.addEventListener('click', onClick);
  return element;
}

export function setDisabled(control: HTMLElement, disabled: boolean): void {
  control.toggleAttribute('disabled', disabled);
}

/** A small number on a round ground. */
export function badge(text: string): HTMLElement {
  const element = document.createElement('span');
  element.className = 'badge';
  element.textContent = text;
  return element;
}

/** Turns while something is under way. */
export function progressRing(label: string): HTMLElement {
  const element = document.createElement('vscode-progress-ring');
  element.setAttribute('aria-label', label);
  return element;
}
