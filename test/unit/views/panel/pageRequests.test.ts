import { strict as assert } from 'node:assert';
import type { ToPanel } from '../../../../src/protocol/messages.ts';
import { isCancelled } from '../../../../src/util/errors.ts';
import { PageRequests } from '../../../../src/views/panel/pageRequests.ts';

describe('What the page is asked', () => {
  let posted: ToPanel[];
  let requests: PageRequests;
  const draw = { draw: { format: 'svg', part: 'whole' } } as const;

  beforeEach(() => {
    posted = [];
    requests = new PageRequests((message) => posted.push(message));
  });

  it('is settled by the answer of the same number', async () => {
    const [first, second] = [requests.ask(draw), requests.ask({ copyPicture: true })];
    assert.deepEqual(posted, [
      { type: 'request', id: 1, ...draw },
      { type: 'request', id: 2, copyPicture: true },
    ]);
    requests.settle({ type: 'response', id: 2, error: null });
    requests.settle({ type: 'response', id: 7, error: 'nobody asked' });
    requests.settle({ type: 'response', id: 1, error: null, picture: new Uint8Array([1, 2]) });
    assert.deepEqual((await first).picture, new Uint8Array([1, 2]));
    assert.equal((await second).picture, undefined);
  });

  it('fails with what the page says went wrong', async () => {
    const asked = requests.ask(draw);
    requests.settle({ type: 'response', id: 1, error: 'There is no picture yet.' });
    await assert.rejects(asked, { code: 'command-failed', message: 'There is no picture yet.' });
  });

  it('is asked again of a page that was loaded anew, until there is an answer', async () => {
    const asked = requests.ask(draw);
    requests.repeat();
    assert.deepEqual(posted, [
      { type: 'request', id: 1, ...draw },
      { type: 'request', id: 1, ...draw },
    ]);
    requests.settle({ type: 'response', id: 1, error: null });
    await asked;
    requests.repeat();
    assert.equal(posted.length, 2);
  });

  it('fails where no answer comes, and when the panel is closed', async () => {
    await assert.rejects(requests.ask(draw, 1), { code: 'timed-out' });
    const asked = requests.ask(draw);
    requests.dispose();
    await assert.rejects(asked, isCancelled);
  });
});
