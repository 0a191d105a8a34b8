/** Pure: leaves out of a scene what is not asked for; what is left stays where it is. */
import type { Selection } from '../../src/protocol/messages.ts';
import { circuitOfAll } from '../graph/circuit.ts';
import { namespaceKey, selectionKey } from '../graph/selection.ts';
import { groupKey, overlaps } from '../layout/geometry.ts';
import type { Picture } from './emphasis.ts';
import { litKeys, sceneOf, type Scene, type SceneItem } from './scene.ts';

/** The keys of some things and of what shows where they are: their cables, their bridges, and the node's own box. */
export function keysAround({ index, geometry }: Picture, things: readonly Selection[]): ReadonlySet<string> {
  const keys = new Set(litKeys(circuitOfAll(index, things), geometry));
  things.forEach((thing) => keys.add(selectionKey(thing)));
  if (index.root !== null) {
    keys.add(namespaceKey(index.root.id));
  }
  return keys;
}

/** The scene of only some keys. A grid is kept where something in it is, with its bars and its trunk. */
export function sift(scene: Scene, keys: ReadonlySet<string>): Scene {
  const kept = scene.items.filter((item) => keys.has(item.key));
  const inside = (group: SceneItem): boolean =>
    kept.some((item) => item.kind !== 'wire' && item.kind !== 'box' && overlaps(group.bounds, item.bounds));
  const groups = new Set(
    scene.items
      .filter((item) => item.kind === 'group' && (keys.has(item.key) || inside(item)))
      .map((item) => item.key),
  );
  const stays = (item: SceneItem): boolean => {
    if (item.kind === 'group') {
      return groups.has(item.key);
    }
    const bar = item.kind === 'wire' && (item.wire === 'bus' || item.wire === 'trunk');
    return keys.has(item.key) || (bar && groups.has(groupKey(item.group ?? '')));
  };
  return sceneOf(scene.bounds, scene.items.filter(stays));
}
