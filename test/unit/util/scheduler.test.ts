import assert from 'node:assert/strict';
import { once, EventEmitter } from 'node:events';
import { Coalescer } from '../../../src/util/scheduler.ts';

describe('Coalescer', () => {
  it('serves a storm of requests with a handful of runs that never overlap', async () => {
    const done = new EventEmitter();
    let runs = 0;
    let active = 0;
    const coalescer = new Coalescer(
      async () => {
        assert.equal(++active, 1);
        await new Promise((resolve) => setImmediate(resolve));
        runs++;
        active--;
        done.emit('run');
      },
      { delayMs: 5, maxWaitMs: 20 },
    );
    for (let i = 0; i < 1_000; i++) {
      coalescer.ask();
    }
    await once(done, 'run');
    assert.equal(runs, 1);
    coalescer.ask();
    await once(done, 'run');
    assert.equal(runs, 2);
    coalescer.dispose();
  });

  it('runs once more for what was asked during a run', async () => {
    const done = new EventEmitter();
    let runs = 0;
    const coalescer: Coalescer = new Coalescer(
      () => {
        if (++runs === 1) {
          coalescer.ask();
        }
        done.emit(`run${runs}`);
        return Promise.resolve();
      },
      { delayMs: 0, maxWaitMs: 0 },
    );
    const second = once(done, 'run2');
    coalescer.ask();
    await second;
    coalescer.dispose();
  });
});
