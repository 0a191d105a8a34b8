/** Pure: what makes a namespace keep silent, or say no, to who reaches it. */
import type { Finding } from '../../topology/finding.ts';
import type { Namespace } from '../../topology/topology.ts';
import { familyOf } from '../../trace/addresses.ts';
import { echoSwitches } from '../../trace/refusals.ts';
import { findingOf, switchOf, switchProof, type Ground } from '../ground.ts';
import { mendBy, sysctlStep } from '../mends.ts';

/** Namespaces that do not answer pings. Often meant so. */
export function findIgnoredEchoes(ground: Ground): Finding[] {
  return ground.topology.namespaces.flatMap((namespace) =>
    ([4, 6] as const).flatMap((family) => ignoredEchoes(ground, namespace, family)),
  );
}

export function ignoredEchoes(ground: Ground, namespace: Namespace, family: 4 | 6): Finding[] {
  const value = switchOf(namespace, echoSwitches[family]);
  const name = ground.nameOfHome(namespace.id);
  return value === undefined || value === 0
    ? []
    : [
        findingOf({
          rule: 'echo-ignored',
          severity: 'info',
          namespaces: [namespace.id],
          key: `v${family}`,
          title: `${name} ignores pings over IPv${family}.`,
          explanation: `Everything else may well reach ${name}: only echo requests stay without an answer.`,
          evidence: [switchProof(echoSwitches[family], value)],
          mend: mendBy(`Let ${name} answer pings over IPv${family}`, [
            sysctlStep(namespace, echoSwitches[family].replaceAll('.', '/'), 0, value),
          ]),
        }),
      ];
}

/** That nothing waits for peers at a port, where the sockets of the namespace were read. */
export function noListener(
  ground: Ground,
  home: Namespace,
  protocol: 'tcp' | 'udp',
  address: string,
  port: number,
): Finding[] {
  const family = familyOf(address);
  const open = ground.topology.sockets.filter(
    (socket) => socket.namespace === home.id && socket.protocol === protocol,
  );
  const waits = open.some(
    (socket) =>
      socket.port === port &&
      (socket.address === address || isEverywhere(socket.address, socket.family, family)),
  );
  const name = ground.nameOfHome(home.id);
  return home.unread.includes('sockets') || waits
    ? []
    : [
        findingOf({
          rule: 'nobody-listens',
          severity: 'info',
          namespaces: [home.id],
          key: `${protocol} ${address} ${port}`,
          title: `Nothing in ${name} listens at ${protocol.toUpperCase()} port ${port} of ${address}.`,
          explanation: 'The network brings packets there; no program takes them.',
          evidence: open.slice(0, 8).map((socket) => ({
            kind: 'socket',
            text: `${protocol} LISTEN ${socket.address}:${socket.port} ${socket.processes.map((one) => one.name).join(' ')}`.trimEnd(),
            record: socket,
          })),
          mend: null,
        }),
      ];
}

/** A socket of IPv6 that listens everywhere takes IPv4, too, unless it was told not to (ipv6(7), IPV6_V6ONLY), which is not seen. */
function isEverywhere(address: string, family: 4 | 6, wanted: 4 | 6): boolean {
  return (address === '0.0.0.0' && wanted === 4) || (address === '::' && family === 6);
}
