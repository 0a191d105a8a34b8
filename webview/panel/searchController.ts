/** The search: what is typed lights what it finds, Enter goes from one to the next, and the rest is dimmed or hidden. */
import { completionsAt } from '../graph/completion.ts';
import { search } from '../graph/search.ts';
import { sameSelection } from '../graph/selection.ts';
import { keysAround } from '../render/sift.ts';
import { SearchBox } from '../ui/searchBox.ts';
import type { PanelParts } from './parts.ts';

export function addSearch(parts: PanelParts): void {
  const { host, keys, model, selecting, toolbar, view } = parts;
  const place = (): number => {
    const found = model.matches.value?.found ?? [];
    return found.findIndex((one) => sameSelection(one, model.selection.value));
  };
  const show = (): void => {
    const matches = model.matches.value;
    box.show(matches && { count: matches.found.length, at: place(), hints: matches.hints });
  };
  const find = (): void => {
    const index = model.picture.value?.index;
    model.matches.set(index ? search(index, box.value, model.findings.value) : null);
    show();
    sift();
  };
  const sift = (): void => {
    const { matches, picture, hideOthers } = model;
    const asked = hideOthers.value && matches.value !== null && matches.value.found.length > 0;
    view.showOnly(asked && picture.value ? keysAround(picture.value, matches.value.found) : null);
  };
  const step = (by: 1 | -1): void => {
    const found = model.matches.value?.found ?? [];
    const at = place();
    const to = at < 0 && by < 0 ? found.length - 1 : (at + by + found.length) % found.length;
    const selection = found[to];
    if (selection !== undefined) {
      selecting.select(selection, { reveal: true });
    }
  };
  const box = new SearchBox({
    onInput: (query) => {
      host.keep({ query });
      find();
    },
    onStep: step,
    onHideOthers: (hideOthers) => {
      host.keep({ hideOthers });
      model.hideOthers.set(hideOthers);
      sift();
    },
    onLeave: () => {
      box.value = '';
      host.keep({ query: '' });
      find();
      view.focus();
    },
    complete: (text, caret) =>
      completionsAt(model.picture.value?.index ?? null, model.findings.value, { text, caret }),
  });
  toolbar.setSearch(box.element);
  keys.add({
    keys: ['/'],
    where: 'page',
    run: () => box.focus(),
    help: { keys: '/', meaning: 'search; Enter and Shift + Enter go through what was found' },
  });
  box.value = host.state.query ?? '';
  box.hideOthers = host.state.hideOthers ?? false;
  model.hideOthers.set(box.hideOthers);
  model.picture.onDidChange((picture, before) => (picture?.index === before?.index ? sift() : find()));
  model.findings.onDidChange(find);
  model.selection.onDidChange(show);
}
