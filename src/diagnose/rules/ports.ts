/** Pure: bridge ports that keep frames from each other. */
import { formatSubnet } from '../../pods/address.ts';
import type { Finding } from '../../topology/finding.ts';
import type { Link } from '../../topology/topology.ts';
import { groupBy } from '../../util/collections.ts';
import { bridgeSetting, findingOf, linkProof, portProof, type Ground } from '../ground.ts';
import { commandIn, forgetting, linkSetStep, mendBy, portStep, stepOf, type MaybeStep } from '../mends.ts';
import type { Segment } from '../segments.ts';
import { heldOn, homeOfAddress, homesOf, type Held } from '../subnets.ts';

function allPorts(ground: Ground): { readonly port: Link; readonly bridge: Link }[] {
  return ground.topology.links.flatMap((port) => {
    const bridge = ground.index.bridgeOf(port);
    return bridge ? [{ port, bridge }] : [];
  });
}

/** A port that is up and that the spanning tree, or a person, keeps from forwarding. */
export function findBlockedPorts(ground: Ground): Finding[] {
  return allPorts(ground).flatMap(({ port, bridge }) => {
    const { portState: state } = port;
    return state === null || state === 'forwarding' || !port.up || !port.carrier || !bridge.up
      ? []
      : [blockedPort(ground, port, bridge, state)];
  });
}

function blockedPort(ground: Ground, port: Link, bridge: Link, state: string): Finding {
  const name = ground.nameOf(port);
  const stp = bridgeSetting(bridge, 'stp_state');
  const isSpanning = typeof stp === 'number' && stp !== 0;
  const isOnItsWay = isSpanning && (state === 'listening' || state === 'learning');
  const reason = isSpanning
    ? `The spanning tree of ${ground.nameOf(bridge)} holds it back${isOnItsWay ? ' while it listens for loops; it forwards after twice the forward delay' : ', as it does with a port that closes a loop'}.`
    : `${ground.nameOf(bridge)} has no spanning tree, so somebody has set it to this by hand.`;
  return findingOf({
    rule: 'port-not-forwarding',
    severity: isOnItsWay ? 'info' : isSpanning ? 'warning' : 'error',
    links: [port],
    title: `The port ${name} does not forward: it is ${state}.`,
    explanation: `${reason} Nothing passes through it.`,
    evidence: [portProof(port), linkProof(bridge)],
    mend: blockedPortMend(ground, port, bridge, state, isSpanning),
  });
}

/** Ending the spanning tree is safe only where no other bridge is in the segment that could close a loop. */
function blockedPortMend(
  ground: Ground,
  port: Link,
  bridge: Link,
  state: string,
  isSpanning: boolean,
): Finding['mend'] {
  const number = portStates.indexOf(state);
  if (!isSpanning) {
    return number < 0
      ? null
      : mendBy(`Let ${ground.nameOf(port)} forward`, [stateStep(ground, port, number)]);
  }
  const segment = ground.segmentOf(port);
  const hasLoops = !segment || segment.isOpen || segment.bridges.length > 1;
  const type = ['type', 'bridge', 'stp_state'];
  const ports = ground.index.portsOf(bridge.id).filter(({ portState }) => portState !== 'forwarding');
  return hasLoops
    ? null
    : mendBy(
        `End the spanning tree of ${ground.nameOf(bridge)}`,
        [
          linkSetStep(ground.homeOf(bridge), bridge, [...type, '0'], [...type, '1']),
          ...ports.map((one) => forgetting(portStateWords(ground, one, forwardingState))),
        ],
        [`No other bridge is behind the ports of ${ground.nameOf(bridge)}, so nothing can close a loop now.`],
      );
}

/** Not by `ip link set`: what it changes is announced, at which the bridge sets the state of its ports anew. */
function portStateWords(ground: Ground, port: Link, state: number): readonly string[] | null {
  return commandIn(ground.homeOf(port), ['bridge', 'link', 'set', 'dev', port.name, 'state', String(state)]);
}

function stateStep(ground: Ground, port: Link, from: number): MaybeStep {
  return stepOf(portStateWords(ground, port, forwardingState), portStateWords(ground, port, from));
}

/** BR_STATE_DISABLED … BR_STATE_BLOCKING (linux/if_bridge.h). */
const portStates = ['disabled', 'listening', 'learning', 'forwarding', 'blocking'];
const forwardingState = 3;

/** Ports that reach everybody but each other. */
export function findIsolatedPorts(ground: Ground): Finding[] {
  const isolated = allPorts(ground).filter(({ port }) => port.port?.isolated === true);
  const groups = groupBy(isolated, ({ bridge }) => bridge.id);
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    const ports = group.map(({ port }) => port);
    return first && ports.length > 1 ? [isolatedPorts(ground, first.bridge, ports)] : [];
  });
}

export function isolatedPorts(ground: Ground, bridge: Link, ports: readonly Link[]): Finding {
  const count = ports.length === 2 ? 'Two' : String(ports.length);
  return findingOf({
    rule: 'isolated-ports',
    severity: 'info',
    links: ports,
    title: `${count} ports of ${ground.nameOf(bridge)} are isolated from each other: ${nameList(ground, ports)}.`,
    explanation:
      'What is behind an isolated port reaches the node and all other ports, but none that is isolated too.',
    evidence: ports.slice(0, 8).map(portProof),
    mend: mendBy(
      `Let ${nameList(ground, ports)} reach each other`,
      ports.map((port) => portStep(ground.homeOf(port), port, ['isolated', 'off'], ['isolated', 'on'])),
      ['Isolated ports are often meant to be: it keeps pods apart.'],
    ),
  });
}

/** A pod that comes to itself through a service, which the bridge would have to send back where it came from. */
export function hairpinOff(ground: Ground, bridge: Link, port: Link): Finding {
  const name = ground.nameOf(port);
  return findingOf({
    rule: 'hairpin-off',
    severity: 'warning',
    links: [port],
    title: `${ground.nameOf(bridge)} sends nothing back out of ${name}, where it came in.`,
    explanation:
      'A pod that asks a service whose endpoint it is itself is led back to where it came from; the port drops that (hairpin is off).',
    evidence: [portProof(port)],
    mend: mendBy(`Let ${name} send back what came in there`, [
      portStep(ground.homeOf(port), port, ['hairpin', 'on'], ['hairpin', 'off']),
    ]),
  });
}

function nameList(ground: Ground, links: readonly Link[]): string {
  const names = links.slice(0, 4).map((link) => ground.nameOf(link));
  return names.length < links.length
    ? `${names.join(', ')} and ${links.length - names.length} more`
    : names.join(' and ');
}

/** A port that the bridge neither learns from nor floods to: no frame for a single host finds it. */
export function findDeafPorts(ground: Ground): Finding[] {
  const fixed = new Set(
    ground.topology.fdb
      .filter(({ bridge, state }) => bridge !== null && state === 'static')
      .map(({ link }) => link),
  );
  return allPorts(ground).flatMap(({ port, bridge }) =>
    port.port?.learning === false && port.port.flood === false && !fixed.has(port.id)
      ? [deafPort(ground, port, bridge)]
      : [],
  );
}

function deafPort(ground: Ground, port: Link, bridge: Link): Finding {
  const name = ground.nameOf(port);
  return findingOf({
    rule: 'port-not-reached',
    severity: 'error',
    links: [port],
    title: `${ground.nameOf(bridge)} neither learns who is behind ${name} nor floods there.`,
    explanation: `Questions (broadcasts) come through; a frame for one host behind ${name} is dropped, since the bridge does not know that it is there.`,
    evidence: [portProof(port)],
    mend: mendBy(`Let ${ground.nameOf(bridge)} learn and flood at ${name}`, [
      portStep(
        ground.homeOf(port),
        port,
        ['learning', 'on', 'flood', 'on'],
        ['learning', 'off', 'flood', 'off'],
      ),
    ]),
  });
}

/** Pods of one subnet that their bridge keeps in different VLANs. */
export function findVlanMismatches(ground: Ground): Finding[] {
  return ground.segments.flatMap((segment) => {
    const homes = homesOf(segment);
    const plugged = pluggedEnds(ground, segment).map((one) => ({
      ...one,
      home: homeOfAddress(homes, one.held),
    }));
    return [...groupBy(plugged, ({ home }) => home)].flatMap(([home, members]) =>
      home === undefined ? [] : strangers(ground, formatSubnet(home.subnet), members),
    );
  });
}

interface Plugged {
  readonly held: Held;
  readonly port: Link;
  readonly bridge: Link;
}

function pluggedEnds(ground: Ground, segment: Segment): Plugged[] {
  return heldOn(segment).flatMap((held) => {
    const port = held.link.kind === 'bridge' ? held.link : ground.index.link(held.link.peer);
    const bridge = port && (port.kind === 'bridge' ? port : ground.index.bridgeOf(port));
    return port && bridge && ground.vlansOf(port).length > 0 ? [{ held, port, bridge }] : [];
  });
}

/** Those whose VLAN is not the one that most of their subnet are in. */
function strangers(ground: Ground, subnet: string, members: readonly Plugged[]): Finding[] {
  const byVlan = [...groupBy(members, ({ port }) => ground.pvidOf(port))].sort(
    ([, a], [, b]) => b.length - a.length,
  );
  const [[common] = [null], ...others] = byVlan;
  return common === null
    ? []
    : others.flatMap(([vlan, group]) => group.map((one) => stranger(ground, subnet, one, vlan, common)));
}

function stranger(
  ground: Ground,
  subnet: string,
  { port, held }: Plugged,
  vlan: number | null,
  common: number,
): Finding {
  const name = ground.nameOf(port);
  return findingOf({
    rule: 'vlan-mismatch',
    severity: 'error',
    links: [port],
    title: `${name} is ${vlan === null ? 'in no VLAN' : `in VLAN ${vlan}`}; the others of ${subnet} are in VLAN ${common}.`,
    explanation: `The bridge filters VLANs: ${ground.nameOf(held.link)} reaches none of them.`,
    evidence: ground.vlansOf(port).map((entry) => ({
      kind: 'vlan',
      text: `${port.name} ${entry.first}${entry.last === entry.first ? '' : `-${entry.last}`}${entry.pvid ? ' PVID' : ''}${entry.untagged ? ' Egress Untagged' : ''}`,
      record: entry,
    })),
    mend: mendBy(`Put ${name} into VLAN ${common}`, [
      vlanStep(ground, port, 'add', common),
      ...(vlan === null ? [] : [vlanStep(ground, port, 'del', vlan)]),
    ]),
  });
}

function vlanStep(ground: Ground, port: Link, verb: 'add' | 'del', vlan: number): MaybeStep {
  const self = port.kind === 'bridge' ? ['self'] : [];
  const add = ['bridge', 'vlan', 'add', 'dev', port.name, 'vid', String(vlan), 'pvid', 'untagged', ...self];
  const remove = ['bridge', 'vlan', 'del', 'dev', port.name, 'vid', String(vlan), ...self];
  const home = ground.homeOf(port);
  const [argv, undo] = verb === 'add' ? [add, remove] : [remove, add];
  return stepOf(commandIn(home, argv), commandIn(home, undo));
}
