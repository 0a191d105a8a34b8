import assert from 'node:assert/strict';
import { doWhole, flatMapSliced, type Sliced } from '../../../src/util/sliced.ts';
import { doSliced } from '../../../src/util/slicer.ts';

/** Works for that long, in pieces of about a millisecond. */
function* work(pieces: number): Sliced<number> {
  for (let i = 0; i < pieces; i++) {
    const end = performance.now() + 1;
    while (performance.now() < end);
    yield;
  }
  return pieces;
}

describe('slicer', () => {
  it('lets the event loop turn during a long computation', async () => {
    let turns = 0;
    const timer = setInterval(() => turns++, 0);
    assert.equal(await doSliced(work(60)), 60);
    clearInterval(timer);
    assert.ok(turns >= 3, `${turns} turns`);
  });

  it('does the same in one go', () => {
    assert.equal(doWhole(work(2)), 2);
    assert.deepEqual(doWhole(flatMapSliced([1, 2], (n) => [n, n * 10])), [1, 10, 2, 20]);
  });

  it('rejects as the computation throws', async () => {
    // eslint-disable-next-line require-yield -- It ends before it could.
    const broken = function* (): Sliced<never> {
      throw new RangeError('broken');
    };
    await assert.rejects(doSliced(broken()), RangeError);
  });
});
