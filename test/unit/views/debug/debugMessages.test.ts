import assert from 'node:assert/strict';
import { DebugReader, processOfSessionName } from '../../../../src/views/debug/debugMessages.ts';

function read(): { reader: DebugReader; told: string[] } {
  const told: string[] = [];
  const reader = new DebugReader({
    stopped: ({ number, reason }) => told.push(`${number} ${reason}`),
    located: ({ number }, place) => told.push(`${number} at ${place}`),
    started: ({ pid, program }) => told.push(`${program} ${pid}`),
  });
  return { reader, told };
}

const stopped = (threadId: number, reason = 'breakpoint'): object => ({
  ...{ type: 'event', seq: 1, event: 'stopped' },
  body: { reason, threadId, allThreadsStopped: false },
});
const ask = (seq: number, threadId: number, startFrame?: number): object => ({
  ...{ type: 'request', seq, command: 'stackTrace' },
  arguments: { threadId, ...(startFrame === undefined ? {} : { startFrame }), levels: 1 },
});
const answer = (requestSeq: number, ...frames: readonly object[]): object => ({
  ...{ type: 'response', seq: 9, request_seq: requestSeq, command: 'stackTrace', success: true },
  body: { stackFrames: frames, totalFrames: frames.length },
});
const frame = (path: string | undefined, line: number): object => ({
  ...{ id: 1, name: 'f', line, column: 1 },
  ...(path === undefined ? {} : { source: { name: path.split('/').at(-1), path } }),
});

describe('DebugReader', () => {
  it('says where the debugger stopped when VS Code has asked for it', () => {
    const { reader, told } = read();
    reader.fromAdapter(stopped(1));
    reader.toAdapter(ask(7, 1, 0));
    reader.fromAdapter(answer(7, frame('/app/src/server.js', 42)));
    assert.deepEqual(told, ['1 breakpoint', '1 at server.js:42']);
  });

  it('goes by the innermost frame that has a source', () => {
    const { reader, told } = read();
    reader.fromAdapter(stopped(1));
    reader.toAdapter(ask(7, 1));
    reader.fromAdapter(answer(7, frame(undefined, 1), frame('C:\\app\\server.js', 3)));
    assert.equal(told.at(-1), '1 at server.js:3');
  });

  it('takes the stack of another thread, or the rest of one, for no place', () => {
    const { reader, told } = read();
    reader.fromAdapter(stopped(1));
    reader.toAdapter(ask(7, 2, 0));
    reader.toAdapter(ask(8, 1, 1));
    reader.fromAdapter(answer(7, frame('/a.js', 1)));
    reader.fromAdapter(answer(8, frame('/b.js', 2)));
    assert.deepEqual(told, ['1 breakpoint']);
  });

  it('does not take the stack of one stop for that of the next', () => {
    const { reader, told } = read();
    reader.fromAdapter(stopped(1));
    reader.toAdapter(ask(7, 1));
    reader.fromAdapter(stopped(1, 'step'));
    reader.fromAdapter(answer(7, frame('/a.js', 1)));
    assert.deepEqual(told, ['1 breakpoint', '2 step']);
  });

  it('names a place once, however often the stack is read', () => {
    const { reader, told } = read();
    reader.fromAdapter(stopped(1));
    for (const seq of [7, 8]) {
      reader.toAdapter(ask(seq, 1));
      reader.fromAdapter(answer(seq, frame('/a.js', 1)));
    }
    assert.equal(told.length, 2);
  });

  it('tells the process of an adapter that names one on this machine', () => {
    const { reader, told } = read();
    const event = (isLocalProcess?: boolean): object => ({
      ...{ type: 'event', event: 'process' },
      body: { name: '/app/main.py', systemProcessId: 4711, isLocalProcess },
    });
    reader.fromAdapter(event());
    reader.fromAdapter(event(false));
    assert.deepEqual(told, ['/app/main.py 4711']);
  });

  it('survives what is no message', () => {
    const { reader, told } = read();
    for (const message of [null, 'x', {}, { type: 'event', event: 'stopped' }]) {
      reader.fromAdapter(message);
      reader.toAdapter(message);
    }
    assert.deepEqual(told, []);
  });
});

describe('processOfSessionName', () => {
  for (const [name, program] of [
    ['my server.js [4711]', 'my server.js'],
    ['server.js [4711] « Launch', 'server.js'],
    ['server.js [4711] « Launch [7]', 'server.js'],
    ['odd [7] [4711] « Launch', 'odd [7]'],
  ] as const) {
    it(`reads the name that the JavaScript debugger gives to the session of a process: ${name}`, () => {
      assert.deepEqual(processOfSessionName('pwa-node', name), { pid: 4711, program });
    });
  }

  for (const [type, name] of [
    ['pwa-node', 'Launch server'],
    ['pwa-node', '[4711]'],
    ['pwa-chrome', 'index.html [4711]'],
    ['pwa-node', 'x [0]'],
  ] as const) {
    it(`reads nothing from ${name} of ${type}`, () => {
      assert.equal(processOfSessionName(type, name), null);
    });
  }
});
