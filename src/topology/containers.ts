/** Processes → containers → pods. Pure. */
import type { ContainerRecord } from '../iproute/records.ts';
import type { NamespaceSnapshot } from '../iproute/snapshot.ts';
import { groupBy } from '../util/collections.ts';
import type { Container, Pod } from './topology.ts';

/** The containers with processes in a namespace, infra containers first, then by name. */
export function containersOf(
  { id: namespace, processes }: NamespaceSnapshot,
  records: ReadonlyMap<string, ContainerRecord>,
): Container[] {
  const inContainer = processes.filter(({ containerId }) => containerId !== null);
  const groups = groupBy(inContainer, ({ containerId }) => containerId ?? '');
  return [...groups]
    .map(([id, members]): Container => {
      const record = records.get(id);
      const [first] = members;
      return {
        id,
        namespace,
        name: record?.name ?? first?.name ?? id.slice(0, 12),
        named: record !== undefined,
        runtime: record?.runtime ?? null,
        image: record?.image ?? null,
        // Kubernetes' own holder of a pod's namespaces, by its process's name where no runtime tells.
        infra: record?.infra ?? members.every(({ name }) => name === 'pause'),
        pod: record?.pod?.name ?? null,
        podNamespace: record?.pod?.namespace ?? null,
        pids: members.map(({ pid }) => pid),
      };
    })
    .sort((a, b) => Number(b.infra) - Number(a.infra) || (a.name < b.name ? -1 : 1));
}

const podKinds: Readonly<Record<string, Pod['kind']>> = {
  podman: 'podman',
  docker: 'docker',
  nerdctl: 'cri',
  cri: 'cri',
};

/** The pod that a runtime made of these containers; null where no runtime knows one of them. */
export function runtimePod(containers: readonly Container[]): Pod | null {
  const known = containers.filter(({ runtime }) => runtime !== null);
  const [first] = [
    ...known.filter(({ pod }) => pod !== null),
    ...known.filter(({ infra }) => !infra),
    ...known,
  ];
  const kind = podKinds[first?.runtime ?? ''];
  return first === undefined || kind === undefined ? null : { name: first.pod ?? first.name, kind };
}
