/** Focus: only one thing and what it reaches, with a band that says so and leads back to everything. */
import { button } from '../controls/toolkit.ts';
import { reachOf } from '../graph/focus.ts';
import { sameSelection, selectionExists, selectionName } from '../graph/selection.ts';
import { h } from '../ui/dom.ts';
import type { PanelParts } from './parts.ts';

/** Adds focus; returns its band. */
export function addFocus({ announcer, host, keys, model, toolbar, view }: PanelParts): HTMLElement {
  const band = h('div', { class: 'band-host' });
  const leave = (): void => {
    host.keep({ focus: null });
    model.focus.set(null);
  };
  const show = (): void => {
    const [picture, focus] = [model.picture.value, model.focus.value];
    const name = picture && focus ? selectionName(picture.index, focus) : '';
    band.replaceChildren(
      ...(name === ''
        ? []
        : [
            h(
              'div',
              { class: 'focus-band', role: 'status' },
              h('span', {}, `Showing only ${name} and what it reaches.`),
              button({ label: 'Show all', title: 'Show all (Esc)', onClick: leave }),
            ),
          ]),
    );
  };
  const enter = (): void => {
    const [picture, selection] = [model.picture.value, model.selection.value];
    if (picture === null) {
      return;
    }
    if (selection === null || reachOf(picture.index, selection) === null) {
      announcer.say('Select a pod, an interface or a bridge first.');
    } else if (sameSelection(selection, model.focus.value)) {
      leave();
    } else {
      host.keep({ focus: selection });
      model.focus.set(selection);
    }
  };
  model.focus.set(host.state.focus ?? null);
  model.focus.onDidChange((focus) => {
    show();
    if (focus === null) {
      announcer.say('Showing everything');
      view.focus();
    }
  });
  model.picture.onDidChange((picture, before) => {
    const focus = model.focus.value;
    if (focus !== null && picture?.complete === true && !selectionExists(picture.index, focus)) {
      leave();
    } else if (picture?.index !== before?.index) {
      show();
    }
  });
  keys.add({
    keys: ['o'],
    where: 'page',
    run: enter,
    help: { keys: 'O', meaning: 'show only what is selected and what it reaches; again, or Esc, shows all' },
  });
  keys.onEscape(() => {
    const focused = model.focus.value !== null;
    if (focused) {
      leave();
    }
    return focused;
  });
  toolbar.addView('Show only the selection and what it reaches (O)', 'focus', enter);
  return band;
}
