import assert from 'node:assert/strict';
import { DetailsReader, type DetailsState } from '../../../src/session/detailsReader.ts';
import { NodeSession } from '../../../src/session/nodeSession.ts';
import type { Namespace, Topology } from '../../../src/topology/topology.ts';
import { hide } from '../support/hide.ts';
import { startSandbox, type Sandbox } from '../support/sandbox.ts';

describe('Details of a namespace, read when somebody looks', () => {
  let sandbox: Sandbox;
  let session: NodeSession;
  let reader: DetailsReader;
  let detailReads: number;

  beforeEach(async () => {
    sandbox = await startSandbox();
    await sh('ip netns add web; ip -n web -6 rule add pref 77 table 5');
    const { transport } = sandbox;
    detailReads = 0;
    session = new NodeSession({
      label: 'sandbox',
      open: () =>
        Promise.resolve({
          ...transport,
          spawn: (argv, options) => {
            detailReads += argv.at(-1) === 'one' ? 1 : 0;
            return transport.spawn(argv, options);
          },
        }),
    });
    await session.start(new AbortController().signal);
    reader = new DetailsReader();
  });

  afterEach(() => {
    reader.dispose();
    session.dispose();
    sandbox.dispose();
  });

  const sh = async (script: string): Promise<void> => {
    const { stderr, exitCode } = await sandbox.transport.exec(['sh', '-e', '-s'], { stdin: script });
    assert.equal(exitCode, 0, stderr);
  };
  const topology = (): Topology => {
    assert.ok(session.topology);
    return session.topology;
  };
  const web = (): Namespace => {
    const found = topology().namespaces.find(({ name }) => name === 'web');
    assert.ok(found);
    return found;
  };

  it('come into the topology, and say meanwhile that they are being read', async () => {
    const states: (DetailsState['kind'] | undefined)[] = [];
    reader.onDidChange(() => states.push(reader.stateOf(session, web().id)?.kind));
    assert.deepEqual(web().unread, ['rules6', 'switches', 'sockets', 'netfilter']);
    await reader.read(session, web().id);
    assert.deepEqual(web().unread, []);
    assert.ok(topology().rules.some(({ namespace, priority }) => namespace === web().id && priority === 77));
    assert.deepEqual(states, ['reading', undefined]);
  });

  it('are read once for all who ask at a time, and not again at once', async () => {
    await Promise.all([reader.read(session, web().id), reader.read(session, web().id)]);
    await reader.read(session, web().id);
    assert.equal(detailReads, 1);
  });

  it('that cannot be read are unknown, with a remedy, and stay so when the node is read again', async () => {
    await sh(hide('nft', 'iptables-save', 'ip6tables-save'));
    await reader.read(session, web().id);
    await session.refresh();
    const unknown = topology().unknown.filter(({ namespace }) => namespace === web().id);
    assert.deepEqual(
      unknown.map(({ what }) => what),
      ['netfilter'],
    );
    assert.match(unknown[0]?.remedy ?? '', /Install nftables/);
    assert.deepEqual(web().unread, []);
  });

  it('of a namespace that is gone fail with a reason', async () => {
    const { id } = web();
    await sh('ip netns del web');
    await assert.rejects(reader.read(session, id), /could not be entered|is gone/);
    assert.equal(reader.stateOf(session, id)?.kind, 'failed');
  });
});
