import { strict as assert } from 'node:assert';
import { mostCounted } from '../../../../src/protocol/messages.ts';
import { parseFromPanel, parsePanelState } from '../../../../src/views/panel/panelMessages.ts';

describe('A message of the page', () => {
  it('passes as it is where it follows the protocol', () => {
    for (const message of [
      { type: 'ready' },
      { type: 'selected', selection: null },
      { type: 'selected', selection: { kind: 'link', id: '1:2' } },
      { type: 'request', id: 1, command: 'patchbay.pod.create', selection: null },
      { type: 'request', id: 2, copy: 'text' },
      { type: 'request', id: 3, details: '4026531840' },
      { type: 'request', id: 4, moment: 7 },
      { type: 'request', id: 5, compare: { from: 7, to: null } },
      { type: 'request', id: 6, looked: true },
      { type: 'request', id: 7, mend: 'link-down 1:2' },
      { type: 'request', id: 8, counters: ['1:2', '1:3'] },
      { type: 'request', id: 9, command: 'patchbay.trace.again', selection: null, trace: '3' },
      { type: 'request', id: 10, recall: '3' },
      { type: 'request', id: 11, ping: { from: '4026531840', to: '10.244.0.2' } },
      { type: 'response', id: 12, error: 'There is no picture yet.' },
      { type: 'response', id: 13, error: null, picture: new Uint8Array([60, 115, 118, 103]) },
    ]) {
      assert.deepEqual(parseFromPanel(message), message);
    }
  });

  it('is answered, and refused, where it asks for another command', () => {
    for (const command of ['workbench.action.terminal.new', 'patchbay.node.disconnect', '__proto__', 7]) {
      assert.deepEqual(parseFromPanel({ type: 'request', id: 3, command, selection: null }), {
        type: 'refused',
        id: 3,
      });
    }
  });

  it('is refused where it carries more than it may', () => {
    const message = {
      type: 'request',
      id: 4,
      command: 'patchbay.pod.create',
      selection: null,
      confirmed: true,
    };
    assert.deepEqual(parseFromPanel(message), { type: 'refused', id: 4 });
    const counters = Array.from({ length: mostCounted + 1 }, (_, at) => `1:${at}`);
    assert.deepEqual(parseFromPanel({ type: 'request', id: 5, counters }), { type: 'refused', id: 5 });
  });

  it('is dropped where nobody waits for an answer', () => {
    for (const message of [null, undefined, 'ready', {}, { type: 'request' }, { type: 'request', id: 'x' }]) {
      assert.equal(parseFromPanel(message), null);
    }
  });
});

describe('What a page kept', () => {
  it('names the node and what was selected, or none', () => {
    const selection = { kind: 'link', id: '1:2' };
    assert.deepEqual(parsePanelState({ node: 'lab', selection, view: { x: 1 } }), { node: 'lab', selection });
    assert.deepEqual(parsePanelState({ node: 'lab', selection: 'x' }), { node: 'lab', selection: null });
    for (const state of [undefined, null, {}, { node: 3 }, 'lab']) {
      assert.deepEqual(parsePanelState(state), { node: null, selection: null });
    }
  });
});
