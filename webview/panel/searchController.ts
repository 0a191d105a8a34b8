/** The search: what is typed lights what it finds, and Enter goes from one to the next. */
import { search } from '../graph/search.ts';
import type { PanelParts } from './parts.ts';

export function addSearch(parts: PanelParts): void {
  const { host, keys, model, selecting, toolbar, view } = parts;
  const field = toolbar.search;
  let at = -1;
  const find = (): void => {
    const index = model.picture.value?.index;
    host.keep({ query: field.value });
    const matches = index ? search(index, field.value) : null;
    toolbar.setFound(matches?.count ?? null);
    model.matches.set(matches);
  };
  const next = (): void => {
    const shown = (model.picture.value?.scene.items ?? []).filter(
      (item) => item.selection !== null && model.matches.value?.keys.has(item.key),
    );
    at = shown.length === 0 ? -1 : (at + 1) % shown.length;
    const selection = shown[at]?.selection;
    if (selection !== undefined) {
      selecting.select(selection, { reveal: true });
    }
  };
  const leave = (): void => {
    field.value = '';
    find();
    view.focus();
  };
  toolbar.onSearch({
    input: () => {
      at = -1;
      find();
    },
    next,
    leave,
  });
  keys.add({
    keys: ['/'],
    where: 'page',
    run: () => field.focus(),
    help: { keys: '/', meaning: 'search' },
  });
  field.value = host.state.query ?? '';
  model.picture.onDidChange(find);
}
