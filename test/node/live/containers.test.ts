import assert from 'node:assert/strict';
import { NodeSession } from '../../../src/session/nodeSession.ts';
import type { Topology } from '../../../src/topology/topology.ts';
import { missing, startContainerNode, type ContainerNode } from '../runtimes/containerNode.ts';
import { image, podman, podmanPrograms, preparePodman } from '../runtimes/podman.ts';
import { until } from './follow.ts';

describe('following a node with containers', function () {
  this.timeout(60_000);
  // A machine that is busy with others may be late; it is not late every time.
  this.retries(3);
  let node: ContainerNode | undefined;
  let session: NodeSession | undefined;

  before(async function () {
    const reason = missing(podmanPrograms);
    if (reason !== null) {
      console.log(`      skipped: ${reason}`);
      this.skip();
    }
    const started = (node = await startContainerNode());
    await preparePodman(started);
    session = new NodeSession({ label: 'Containers', open: () => Promise.resolve(started.transport) });
    await session.start(new AbortController().signal);
  });

  after(async () => {
    session?.dispose();
    await node?.dispose();
  });

  /** Waits for what a script prints the process of to come and go, and says how long each took. */
  const noticed = async (script: string): Promise<readonly number[]> => {
    assert.ok(node && session);
    const pid = Number(await node.sh(script));
    const isThere = ({ namespaces }: Topology): boolean =>
      namespaces.some(({ processes }) =>
        processes.some((one) => one.pid === pid && one.containerId !== null),
      );
    const started = performance.now();
    await until(session, isThere);
    const killed = performance.now();
    await node.sh(`kill -9 ${pid}`);
    await until(session, (topology) => !isThere(topology));
    return [killed - started, performance.now() - killed];
  };

  it('notices within two seconds that a container began and ended', async () => {
    const times = await noticed(
      `id=$(${podman} run --detach --network none ${image} /bin/sleep 1000)
       ${podman} inspect --format '{{.State.Pid}}' $id`,
    );
    assert.ok(Math.max(...times) < 2_000, times.join(' ms, '));
  });

  it('notices one on the network of the host, though nothing but its cgroup tells it from other processes', async () => {
    const container = 'c'.repeat(64);
    const times = await noticed(
      // Its parent stays, as conmon does, and waits for its end.
      `sh -c 'sleep 1000 & echo $! >/run/pid; wait' </dev/null >/dev/null 2>&1 &
       until [ -s /run/pid ]; do :; done
       for tree in /sys/fs/cgroup /sys/fs/cgroup/*; do
         [ -e $tree/cgroup.procs ] || continue
         mkdir -p $tree/libpod-${container}.scope
         cat /run/pid >$tree/libpod-${container}.scope/cgroup.procs && break
       done 2>/dev/null
       cat /run/pid`,
    );
    assert.ok(Math.max(...times) < 2_000, times.join(' ms, '));
  });
});
