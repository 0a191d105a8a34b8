import { strict as assert } from 'node:assert';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseSnapshot } from '../../../../src/iproute/snapshot.ts';
import { NodeSession } from '../../../../src/session/nodeSession.ts';
import { tellTraces } from '../../../../src/views/panel/panelTraces.ts';
import { fixtures } from '../../trace/recorded.ts';

describe('What a page is told of the traces of a recording', () => {
  const file = join(fixtures, 'linux-6.18.44-iproute2-6.1.0/stories.patchbay.json');
  const session = NodeSession.ofRecording('stories', parseSnapshot(readFileSync(file, 'utf8')));
  const first = session.traces[0] ?? assert.fail('no trace');

  it('is the last one, and which others are kept, newest first', () => {
    const { trace, kept } = tellTraces(session, null);
    assert.equal(trace, session.traces.at(-1));
    assert.deepEqual(
      kept?.map(({ id }) => id),
      session.traces.map(({ id }) => id).reverse(),
    );
    assert.deepEqual(
      [kept.at(0)?.end, kept.at(-1)],
      ['lost', { id: first.id, startedAt: first.startedAt, title: first.title, end: 'delivered' }],
    );
  });

  it('is another one where that is wanted, and the last where it is no longer kept', () => {
    assert.equal(tellTraces(session, first.id).trace, first);
    assert.equal(tellTraces(session, 'dropped').trace, session.traces.at(-1));
  });

  it('says of one that was lost where it differs from the last that was delivered, and that they can be compared', () => {
    const { can, difference } = tellTraces(session, null);
    assert.deepEqual(can, { compare: true, saveCapture: true });
    assert.match(difference?.text ?? '', /first differ here/);
  });

  it('offers no comparison with anything later, and none to the first', () => {
    const { can, difference } = tellTraces(session, first.id);
    assert.deepEqual([can, difference], [{ compare: false, saveCapture: true }, null]);
  });

  it('is nothing where nothing was traced', () => {
    const nothing = { trace: null, kept: [], can: { compare: false, saveCapture: false }, difference: null };
    assert.deepEqual(tellTraces(undefined, null), { type: 'trace', ...nothing });
  });
});
