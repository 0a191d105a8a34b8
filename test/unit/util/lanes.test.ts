import assert from 'node:assert/strict';
import { inLanes } from '../../../src/util/lanes.ts';

describe('work in lanes', () => {
  it('is begun in order, and no more of it at a time than there are lanes', async () => {
    const begun: number[] = [];
    const ends: (() => void)[] = [];
    const work = inLanes([1, 2, 3], 2, (item) => {
      begun.push(item);
      return new Promise((resolve) => ends.push(resolve));
    });
    assert.deepEqual(begun, [1, 2]);
    ends.shift()?.();
    await Promise.resolve();
    await Promise.resolve();
    assert.deepEqual(begun, [1, 2, 3]);
    ends.forEach((end) => end());
    await work;
  });

  it('begins nothing new after an error, with which it ends', async () => {
    const begun: number[] = [];
    const work = inLanes([1, 2, 3], 1, (item) => {
      begun.push(item);
      return item === 2 ? Promise.reject(new Error('no')) : Promise.resolve();
    });
    await assert.rejects(work, /no/);
    assert.deepEqual(begun, [1, 2]);
  });
});
