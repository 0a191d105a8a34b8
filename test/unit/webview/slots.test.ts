import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { CellPlan, GroupPlan, LayoutPlan } from '../../../webview/layout/plan.ts';
import { emptyMemory, remember, type LayoutMemory } from '../../../webview/layout/slots.ts';

const cellOf = (key: string): CellPlan => ({
  key,
  sort: key,
  namespace: key,
  host: null,
  plug: null,
  peerUnknown: false,
  pins: [],
});

function planOf(groups: Readonly<Record<string, readonly string[]>>): LayoutPlan {
  const plans = Object.entries(groups).map(([id, keys]): GroupPlan => ({
    id,
    kind: 'bridge',
    hub: id,
    name: id,
    titleWidth: 200,
    cells: keys.map(cellOf),
    collapsed: false,
  }));
  return { boxes: [], groups: plans, wires: [] };
}

const slotsOf = (memory: LayoutMemory, id: string): readonly (string | null)[] =>
  memory.groups[id]?.slots ?? [];
const pods = (count: number): string[] => Array.from({ length: count }, (_, at) => `pod${at + 1}`);

describe('slots of a grid', () => {
  it('are in natural order at first', () => {
    const memory = remember(emptyMemory, planOf({ a: ['pod10', 'pod2', 'pod1'] }), 1.6);
    assert.deepEqual(slotsOf(memory, 'a'), ['pod1', 'pod2', 'pod10']);
  });

  it('keep the place of a removed pod empty, and give the first empty place to a new one', () => {
    const before = remember(emptyMemory, planOf({ a: pods(5) }), 1.6);
    const without = remember(before, planOf({ a: ['pod1', 'pod3', 'pod5'] }), 1.6);
    assert.deepEqual(slotsOf(without, 'a'), ['pod1', null, 'pod3', null, 'pod5']);
    const again = remember(without, planOf({ a: ['pod1', 'pod3', 'pod5', 'aaa'] }), 1.6);
    assert.deepEqual(slotsOf(again, 'a'), ['pod1', 'aaa', 'pod3', null, 'pod5']);
  });

  it('never move and never share a place, whatever comes and goes', () => {
    const present = fc.uniqueArray(fc.constantFrom(...pods(12)), { minLength: 1 });
    fc.assert(
      fc.property(fc.array(present, { minLength: 2, maxLength: 12 }), (steps) => {
        let memory = emptyMemory;
        let places = new Map<string, number>();
        for (const keys of steps) {
          memory = remember(memory, planOf({ a: keys }), 1.6);
          const slots = slotsOf(memory, 'a');
          const now = new Map(slots.flatMap((key, at) => (key === null ? [] : [[key, at] as const])));
          assert.deepEqual([...now.keys()].sort(), [...keys].sort());
          for (const [key, at] of now) {
            assert.equal(places.get(key) ?? at, at);
          }
          places = now;
        }
      }),
    );
  });

  it('get more columns when they have outgrown theirs by far, and every cell keeps its row and column', () => {
    const small = remember(emptyMemory, planOf({ a: pods(2) }), 1.6);
    const some = remember(small, planOf({ a: pods(60) }), 1.6);
    assert.equal(some.groups['a']?.columns, small.groups['a']?.columns);
    const many = remember(some, planOf({ a: pods(200) }), 1.6);
    const [before, after] = [some.groups['a'], many.groups['a']];
    assert.ok(before && after && after.columns > before.columns);
    before.slots.forEach((key, at) => {
      const place = Math.floor(at / before.columns) * after.columns + (at % before.columns);
      assert.equal(after.slots[place], key);
    });
  });
});

describe('groups', () => {
  it('keep their order and colour; a new one comes last', () => {
    const before = remember(emptyMemory, planOf({ small: pods(1), big: pods(9) }), 1.6);
    assert.deepEqual(before.order, ['big', 'small']);
    const after = remember(before, planOf({ huge: pods(50), small: pods(1), big: pods(9) }), 1.6);
    assert.deepEqual(after.order, ['big', 'small', 'huge']);
  });

  it('that went empty keep their place', () => {
    const before = remember(emptyMemory, planOf({ a: pods(4), b: pods(3) }), 1.6);
    const without = remember(before, planOf({ b: pods(3) }), 1.6);
    assert.deepEqual(remember(without, planOf({ a: pods(4), b: pods(3) }), 1.6).order, before.order);
  });
});
