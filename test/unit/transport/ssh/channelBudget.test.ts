import assert from 'node:assert/strict';
import { ChannelBudget } from '../../../../src/transport/ssh/channelBudget.ts';

/** Acquires and notes the order in which places were had. */
function queue(budget: ChannelBudget, order: string[], ...names: string[]): Promise<void>[] {
  return names.map((name) => budget.acquire().then(() => void order.push(name)));
}

describe('the channel budget', () => {
  it('admits in order of arrival, and no more than the limit', async () => {
    const budget = new ChannelBudget(2);
    const order: string[] = [];
    const [a, b, c] = queue(budget, order, 'a', 'b', 'c', 'd');
    await Promise.all([a, b]);
    assert.deepEqual(order, ['a', 'b']);
    budget.release();
    await c;
    assert.deepEqual(order, ['a', 'b', 'c']);
  });

  it('lets one who waits give up, without costing the next one', async () => {
    const budget = new ChannelBudget(1);
    const controller = new AbortController();
    await budget.acquire();
    const second = budget.acquire(controller.signal);
    const third = budget.acquire();
    controller.abort(new Error('given up'));
    await assert.rejects(second, { message: 'given up' });
    budget.release();
    await third;
  });

  it('lowers its limit to what the peer grants', async () => {
    const budget = new ChannelBudget(8);
    await budget.acquire();
    await budget.acquire();
    await budget.acquire();
    assert.equal(budget.refuse(), true);
    const order: string[] = [];
    const [next] = queue(budget, order, 'next');
    await Promise.resolve();
    assert.deepEqual(order, []);
    budget.release();
    await next;
  });

  it('says that waiting is no use when not even one place is granted', async () => {
    const budget = new ChannelBudget(8);
    await budget.acquire();
    assert.equal(budget.refuse(), false);
  });

  it('turns away everyone when it closes', async () => {
    const budget = new ChannelBudget(1);
    await budget.acquire();
    const waiting = budget.acquire();
    budget.close(new Error('lost'));
    await assert.rejects(waiting, { message: 'lost' });
    await assert.rejects(budget.acquire(), { message: 'lost' });
  });
});
