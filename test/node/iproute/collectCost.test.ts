import assert from 'node:assert/strict';
import { collectSnapshot } from '../../../src/iproute/collect.ts';
import type { NamespaceSnapshot } from '../../../src/iproute/snapshot.ts';
import { countProcesses, startPodNode } from '../../bench/node/podNode.ts';
import { without } from '../support/hide.ts';
import type { Sandbox } from '../support/sandbox.ts';

const counting = async (pods: number, ...lacking: readonly string[]): Promise<number> => {
  const node = await startPodNode(pods);
  try {
    const transport = lacking.length > 0 ? await without(node.transport, ...lacking) : node.transport;
    return await countProcesses(node, () => collectSnapshot(transport));
  } finally {
    node.dispose();
  }
};

describe('what reading costs the node', () => {
  it('is the same few processes however many pods there are', async () => {
    const [few, many] = [await counting(30), await counting(60)];
    assert.equal(many, few);
    assert.ok(few < 40, `${few} processes`);
  });

  it('is one process for each further pod where no interpreter is at hand', async () => {
    const interpreters = ['perl', 'python3'];
    const [few, many] = [await counting(50, ...interpreters), await counting(80, ...interpreters)];
    assert.equal(many - few, 30);
    assert.ok(few - 50 < 40, `${few - 50} processes beside those for pods`);
  });

  it('is no process for each namespace that only a process holds', async () => {
    const node = await startPodNode(0);
    try {
      await node.transport.exec(['mkdir', '-p', '/run/netns']);
      const before = await countProcesses(node, () => collectSnapshot(node.transport));
      await hold(node, 5);
      const after = await countProcesses(node, () => collectSnapshot(node.transport));
      // The reader and what its list goes through, where there was nothing to read.
      assert.ok(after - before < 5, `${after - before} more processes`);
    } finally {
      node.dispose();
    }
  });
});

describe('reading many namespaces', () => {
  let node: Sandbox;
  beforeEach(async () => {
    node = await startPodNode(60);
  });
  afterEach(() => node.dispose());

  it('changes no mount of the node', async () => {
    const mounts = async (): Promise<string> =>
      (await node.transport.exec(['cat', '/proc/1/mountinfo'])).stdout;
    const before = await mounts();
    await collectSnapshot(node.transport);
    assert.equal(await mounts(), before);
  });

  it('reads the same as reading one of them alone', async () => {
    const snapshot = await collectSnapshot(node.transport);
    assert.equal(snapshot.namespaces.length, 61);
    assert.deepEqual(snapshot.unknown, []);
    const chosen = snapshot.namespaces.filter((_, i) => i % 20 === 1);
    const clean = new Set(snapshot.namespaces.filter((one) => !chosen.includes(one)).map(({ id }) => id));
    const again = await collectSnapshot(node.transport, { previous: { snapshot, clean } });
    for (const before of chosen) {
      const after = again.namespaces.find(({ id }) => id === before.id);
      assert.notEqual(after, before);
      assert.deepEqual(after && lasting(after), lasting(before));
    }
  });
});

/** What the kernel does not change by itself: its own IPv6 addresses and routes take seconds to settle. */
function lasting({ id, paths, links, routes, rules, fdb }: NamespaceSnapshot): unknown {
  return {
    ...{ id, paths, rules, fdb },
    routes: routes?.filter(({ dst }) => !dst.includes(':')),
    links: links?.map(({ ifindex, ifname, address, link_index, linkinfo, addr_info }) => ({
      ...{ ifindex, ifname, address, link_index, linkinfo },
      addresses: addr_info.filter(({ family }) => family === 'inet'),
    })),
  };
}

/** Starts processes in namespaces of their own; they end with the sandbox. */
async function hold(node: Sandbox, count: number): Promise<void> {
  const script = `for i in $(seq ${count}); do unshare --net sleep 1000 </dev/null >/dev/null 2>&1 & pids="$pids $!"; done
    for pid in $pids; do until [ "$(cat /proc/$pid/comm)" = sleep ]; do :; done; done`;
  const { exitCode, stderr } = await node.transport.exec(['sh', '-c', script]);
  assert.equal(exitCode, 0, stderr);
}
