import { strict as assert } from 'node:assert';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { NodeEntry } from '../../src/session/nodeRegistry.ts';
import type { PatchbayError } from '../../src/util/errors.ts';
import type { PatchbayApi } from '../../src/views/api.ts';
import { startSshd, type Sshd } from '../node/support/sshd.ts';
import { activatePatchbay, fail, nodeOf, run, topologyOf, until } from './support.ts';

/** Looks at the machine that runs the tests, through OpenSSH on loopback; changes nothing on it. */
describe('A node over SSH in VS Code', () => {
  let api: PatchbayApi;
  let sshd: Sshd;

  before(async () => {
    api = await activatePatchbay();
    sshd = await startSshd();
  });

  after(async () => {
    await sshd.stop();
  });

  const argument = (): object => ({
    target: { kind: 'ssh', host: '127.0.0.1', user: sshd.user, port: sshd.port },
    identityFiles: [sshd.clientKeyPath],
    knownHostsFiles: [sshd.knownHostsPath],
  });

  async function connect(): Promise<NodeEntry> {
    return nodeOf(api, await run<string>(api, 'patchbay.node.connect', argument()));
  }

  it('connects, reads the node, and disconnects', async () => {
    const entry = await connect();
    assert.equal(entry.label, `${sshd.user}@127.0.0.1:${sshd.port}`);
    assert.ok(topologyOf(entry).namespaces.some(({ root }) => root));
    await run(api, 'patchbay.node.disconnect', { node: entry.id });
    assert.deepEqual(api.nodes, []);
    assert.equal(entry.session.state.kind, 'ended');
  });

  it('keeps the last picture when the connection is cut, and connects again', async () => {
    const entry = await connect();
    for (const pid of await sshd.connectionPids()) {
      process.kill(pid);
    }
    await until(api.onDidChangeNodeState, () => entry.state.kind === 'lost');
    assert.ok(topologyOf(entry).links.length > 0);
    const error = await fail(api, 'patchbay.pod.create', { node: entry.id, confirmed: true });
    assert.match(error.message, /connection/i);
    await run(api, 'patchbay.node.reconnect', { node: entry.id });
    assert.equal(entry.state.kind, 'live');
    await run(api, 'patchbay.node.disconnect', { node: entry.id });
  });

  it('refuses a changed host key, and points at the line in the way', async () => {
    const other = await startSshd();
    const [line = ''] = other.hostKeyLines;
    await other.stop();
    const path = join(sshd.dir, 'old_known_hosts');
    await writeFile(path, `# an old key\n${line.replace(/^\S+/, `[127.0.0.1]:${sshd.port}`)}\n`);
    const error = await fail(api, 'patchbay.node.connect', { ...argument(), knownHostsFiles: [path] });
    assert.ok('code' in error && error.code === 'host-key-changed', error.message);
    assert.deepEqual((error as PatchbayError).location, { path, line: 2 });
    assert.deepEqual(api.nodes, []);
  });

  it('says that nobody listens', async () => {
    const closed = await startSshd();
    await closed.stop();
    const target = { kind: 'ssh', host: '127.0.0.1', user: 'root', port: closed.port };
    const error = await fail(api, 'patchbay.node.connect', { target });
    assert.ok('code' in error && error.code === 'connection-refused', error.message);
    assert.deepEqual(api.nodes, []);
  });
});
