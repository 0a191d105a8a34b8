import assert from 'node:assert/strict';
import { readNode } from '../../../src/session/readNode.ts';
import { buildTopology } from '../../../src/topology/build.ts';
import type { Link, Namespace, Topology } from '../../../src/topology/topology.ts';
import { missing, startContainerNode, type ContainerNode } from './containerNode.ts';
import { image, podman, podmanPrograms, preparePodman } from './podman.ts';

for (const cgroups of ['own', 'v2'] as const) {
  describe(`Containers of podman, on ${cgroups === 'v2' ? 'cgroup v2 alone' : 'the cgroups of this machine'}`, function () {
    this.timeout(60_000);
    let node: ContainerNode | undefined;
    let topology: Topology;
    /** Name → id, as podman gives them. */
    let containers: Map<string, string>;

    before(async function () {
      const reason = missing(podmanPrograms);
      if (reason !== null) {
        console.log(`      skipped: ${reason}`);
        this.skip();
      }
      node = await startContainerNode(cgroups);
      await preparePodman(node);
      // A cgroup for the pod as a whole needs controllers, which version 1 may hold on this machine.
      const parent = cgroups === 'v2' ? '--share-parent=false' : '';
      await node.sh(
        `${podman} pod create --name shop --infra-name shop-infra --infra-image ${image} \\
         --infra-command '/bin/sleep 1000' ${parent} --publish 127.0.0.1:8080:80
       ${podman} run --detach --pod shop --name web ${image} \\
         /bin/sh -c 'echo served >/index.html; exec busybox httpd -f -p 80 -h /'
       ${podman} run --detach --pod shop --name sidecar ${image} /bin/sleep 1000
       ${podman} run --detach --network host --name agent ${image} /bin/sleep 1000`,
      );
      const listed = await node.sh(`${podman} ps --no-trunc --format '{{.Names}} {{.ID}}'`);
      containers = new Map(
        listed
          .trim()
          .split('\n')
          .map((line) => line.split(' ') as [string, string]),
      );
      const { snapshot, pairing } = await readNode(node.transport);
      topology = buildTopology(snapshot, pairing);
    });

    after(() => node?.dispose());

    const root = (): Namespace => {
      const found = topology.namespaces.find((namespace) => namespace.root);
      assert.ok(found);
      return found;
    };
    const pod = (): Namespace => {
      const [found, ...others] = topology.namespaces.filter((namespace) => !namespace.root);
      assert.ok(found);
      assert.deepEqual(others, []);
      return found;
    };
    const linkIn = (namespace: Namespace, matches: (link: Link) => boolean): Link => {
      const [found, ...others] = topology.links.filter(
        (link) => link.namespace === namespace.id && matches(link),
      );
      assert.ok(found);
      assert.deepEqual(others, []);
      return found;
    };

    it('are all read', () => {
      // Where the machine has other runtimes' clients, they have nobody to ask.
      const others = topology.unknown.filter(({ what }) => !/^containers \((?!podman)/.test(what));
      assert.deepEqual(others, []);
      assert.deepEqual([...containers.keys()].sort(), ['agent', 'shop-infra', 'sidecar', 'web']);
    });

    it('that share a pod share its namespace, each with its container id', () => {
      assert.deepEqual(
        pod()
          .processes.map(({ name, containerId }) => [name, containerId])
          .sort(),
        [
          ['busybox', containers.get('web')],
          ['sleep', containers.get('shop-infra')],
          ['sleep', containers.get('sidecar')],
        ].sort(),
      );
    });

    it('on the network of the host are no pods', () => {
      const ids = topology.namespaces.flatMap(({ root: isRoot, processes }) =>
        isRoot ? [] : processes.map(({ containerId }) => containerId),
      );
      assert.ok(!ids.includes(containers.get('agent') ?? ''));
      assert.equal(pod().root, false);
    });

    it('are wired to podman0', () => {
      const bridge = linkIn(root(), ({ name }) => name === 'podman0');
      assert.equal(bridge.kind, 'bridge');
      assert.equal(bridge.addresses[0], '10.88.0.1/16');
      const inner = linkIn(pod(), ({ kind }) => kind === 'veth');
      const outer = linkIn(root(), ({ kind }) => kind === 'veth');
      assert.match(inner.addresses[0] ?? '', /^10\.88\.0\.\d+\/16$/);
      assert.deepEqual([inner.peer, outer.peer, outer.master], [outer.id, inner.id, bridge.id]);
      assert.equal(outer.portState, 'forwarding');
      assert.deepEqual(topology.edges.map(({ kind }) => kind).sort(), ['port', 'veth']);
      const gateway = topology.routes.find(
        ({ namespace, destination }) => namespace === pod().id && destination === 'default',
      );
      assert.deepEqual([gateway?.gateway, gateway?.link], ['10.88.0.1', inner.id]);
    });

    it('answer on their published port', async () => {
      assert.equal(await node?.sh('busybox wget -q -O - http://127.0.0.1:8080/index.html'), 'served\n');
    });

    it('have a name from netavark, where no runtime is asked', () => {
      assert.match(pod().names[0] ?? '', /^\/run\/netns\/netns-[0-9a-f-]+$/);
    });
  });
}
