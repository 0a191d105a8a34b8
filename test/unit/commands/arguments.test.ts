import { strict as assert } from 'node:assert';
import {
  connectArgument,
  createPodArgument,
  itemArgument,
  parseArgument,
} from '../../../src/commands/arguments.ts';

describe("A command's argument", () => {
  it('may be left out', () => {
    assert.deepEqual(parseArgument(itemArgument, undefined), {});
    assert.deepEqual(parseArgument(itemArgument, null), {});
  });

  it('may be a row of the tree, which stands for its node and what it selects', () => {
    const row = { key: 'lab/pods', parent: 'lab', node: 'lab', selection: { kind: 'namespace', id: '1' } };
    assert.deepEqual(parseArgument(createPodArgument, row), {
      node: 'lab',
      selection: { kind: 'namespace', id: '1' },
    });
  });

  it('may be a row of a forwarding table, which brings its own address', () => {
    const entry = { mac: '02:00:00:00:00:01', vlan: null };
    const row = { key: 'k', parent: 'p', node: 'lab', selection: null, subject: { kind: 'fdbEntry', entry } };
    assert.deepEqual(parseArgument(itemArgument, row), { node: 'lab', selection: null, mac: entry.mac });
  });

  it('may be the context that the panel’s page names', () => {
    const selection = { kind: 'link', id: '1:2' };
    const context = {
      webview: 'patchbay.topology',
      patchbayItem: 'link live up',
      preventDefaultContextMenuItems: true,
      node: 'lab',
      selection,
    };
    assert.deepEqual(parseArgument(itemArgument, context), { node: 'lab', selection });
    assert.deepEqual(parseArgument(itemArgument, { webview: 'patchbay.topology', node: null }), {
      selection: undefined,
    });
  });

  it('may name a target', () => {
    const argument = { target: { kind: 'ssh', host: 'db', user: 'me', port: 22 }, identityFiles: ['/k'] };
    assert.deepEqual(parseArgument(connectArgument, argument), argument);
  });

  for (const argument of [
    'text',
    { name: 7 },
    { nmae: 'web' },
    { count: 0 },
    { count: 1.5 },
    { node: 1 },
    { confirmed: 'yes' },
  ]) {
    it(`is refused when it is ${JSON.stringify(argument)}`, () => {
      assert.throws(() => parseArgument(createPodArgument, argument), { code: 'bad-input' });
    });
  }

  for (const target of [
    { kind: 'ssh', host: '-oProxyCommand=id' },
    { kind: 'ssh', host: 'h', port: 0 },
    { kind: 'x' },
  ]) {
    it(`is refused for the target ${JSON.stringify(target)}`, () => {
      assert.throws(() => parseArgument(connectArgument, { target }), { code: 'bad-input' });
    });
  }
});
