/** Groups and boxes that are closed to their name and counts, by key, by the mark before their title, or all at once. */
import type { Selection } from '../../src/protocol/messages.ts';
import { namespaceKey, selectionKey, selectionName } from '../graph/selection.ts';
import { groupKey, type Geometry, type Point, type Rect } from '../layout/geometry.ts';
import { handleOf } from '../layout/moves.ts';
import { groupWords } from '../render/scene.ts';
import type { PanelParts } from './parts.ts';

/** Something that can be collapsed. */
interface Foldable {
  readonly id: string;
  readonly key: string;
  readonly collapsed: boolean;
  /** Where its mark is. */
  readonly mark: Rect;
}

function foldables({ groups, namespaces }: Geometry): Foldable[] {
  return [
    ...groups.map(({ id, rect: { x, y }, collapsed, header }) => ({
      ...{ id, key: groupKey(id), collapsed },
      mark: { x: x + 20, y, width: 8 + header * 0.6, height: header },
    })),
    ...namespaces.flatMap(({ id, rect: { x, y }, collapsed }) =>
      collapsed === null
        ? []
        : { id, key: namespaceKey(id), collapsed, mark: { x: x + 8, y: y + 4, width: 24, height: 30 } },
    ),
  ];
}

/** What collapses when a selection is asked to: its grid, else its box. */
function foldableOf(geometry: Geometry, selection: Selection): Foldable | undefined {
  const all = foldables(geometry);
  const key = selectionKey(selection);
  const handle = handleOf(geometry, key);
  const within = geometry.namespaces.find(({ id }) => namespaceKey(id) === handle)?.rect;
  const around = geometry.groups.find(({ rect }) => within !== undefined && overlapsFully(rect, within));
  return (
    all.find((one) => one.key === handle) ??
    (around === undefined ? undefined : all.find((one) => one.key === groupKey(around.id)))
  );
}

function overlapsFully(outer: Rect, { x, y, width, height }: Rect): boolean {
  return (
    x >= outer.x && y >= outer.y && x + width <= outer.x + outer.width && y + height <= outer.y + outer.height
  );
}

export function addCollapsing({ announcer, host, keys, model, toolbar, view }: PanelParts): void {
  const set = (collapsed: ReadonlySet<string>): void => {
    host.keep({ collapsed: [...collapsed] });
    model.collapsed.set(collapsed);
  };
  const nameOf = (one: Foldable): string => {
    const picture = model.picture.value;
    const group = picture?.geometry.groups.find(({ id }) => id === one.id);
    return picture && group
      ? groupWords(picture.index, group).title
      : picture
        ? selectionName(picture.index, { kind: 'namespace', id: one.id })
        : '';
  };
  const toggle = (one: Foldable): void => {
    const next = new Set(model.collapsed.value);
    if (!next.delete(one.id)) {
      next.add(one.id);
    }
    set(next);
    announcer.say(`${nameOf(one)} ${one.collapsed ? 'expanded' : 'collapsed'}`);
  };
  const toggleSelected = (): void => {
    const [picture, selection] = [model.picture.value, model.selection.value];
    const one = picture && selection ? foldableOf(picture.geometry, selection) : undefined;
    if (one === undefined) {
      announcer.say('Nothing here can be collapsed: select a bridge or a pod first.');
    } else {
      toggle(one);
    }
  };
  const toggleAll = (): void => {
    const all = model.picture.value === null ? [] : foldables(model.picture.value.geometry);
    const open = all.filter(({ collapsed }) => !collapsed);
    set(new Set(open.length === 0 ? [] : all.map(({ id }) => id)));
    announcer.say(open.length === 0 ? 'Everything expanded' : 'Everything collapsed');
  };
  const markUnder = (point: Point): Foldable | undefined =>
    model.picture.value === null
      ? undefined
      : foldables(model.picture.value.geometry).find(
          ({ mark: { x, y, width, height } }) =>
            point.x >= x && point.x < x + width && point.y >= y && point.y < y + height,
        );

  model.collapsed.set(new Set(host.state.collapsed));
  const help = { keys: 'C', meaning: 'collapse or expand the bridge, group or box of what is selected' };
  keys.add({ keys: ['c'], where: 'graph', run: toggleSelected, help });
  toolbar.addView('Collapse or expand all groups', 'collapse', toggleAll);
  view.element.addEventListener(
    'click',
    (event) => {
      const one = markUnder(view.scenePoint(event));
      if (one !== undefined) {
        event.stopImmediatePropagation();
        view.focus();
        toggle(one);
      }
    },
    { capture: true },
  );
}
