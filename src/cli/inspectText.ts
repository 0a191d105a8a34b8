import type { Link, LinkId, Namespace, Topology } from '../topology/topology.ts';

/** Shows what a node sent without letting it drive the terminal: control characters become their escapes. */
export function printable(text: string): string {
  return text.replace(
    /[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g,
    (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
}

/** The picture of a node as text: each namespace with its links, and where their cables lead. */
export function inspectText(topology: Topology): string {
  const { node } = topology;
  const links = new Map(topology.links.map((link) => [link.id, link]));
  const namespaces = new Map(topology.namespaces.map((namespace) => [namespace.id, namespace]));
  const about = [node.os, `Linux ${node.kernel}`, node.iproute2].filter((part) => part !== '').join(' · ');
  const lines = [
    `${node.hostname} (${about})`,
    ...topology.namespaces.flatMap((namespace) => ['', ...namespaceText(namespace, links, namespaces)]),
    ...unknownText(topology, namespaces),
  ];
  return `${lines.map(printable).join('\n')}\n`;
}

function namespaceText(
  namespace: Namespace,
  links: ReadonlyMap<LinkId, Link>,
  namespaces: ReadonlyMap<string, Namespace>,
): string[] {
  const holders = namespace.processes.map(({ pid, name }) => `${name}[${pid}]`).join(' ');
  const kind = namespace.pod?.kind === 'patchbay' ? ' (made by Patchbay)' : '';
  const own = namespace.links.flatMap((id) => links.get(id) ?? []);
  const width = Math.max(0, ...own.map(({ name }) => name.length));
  return [
    `${namespace.name}${kind}${holders === '' ? '' : `  ${holders}`}`,
    ...own.map((link) => `  ${linkText(link, width, links, namespaces)}`),
  ];
}

function linkText(
  link: Link,
  width: number,
  links: ReadonlyMap<LinkId, Link>,
  namespaces: ReadonlyMap<string, Namespace>,
): string {
  const peer = link.peer === null ? undefined : links.get(link.peer);
  const master = link.master === null ? undefined : links.get(link.master);
  const facts = [
    link.name.padEnd(width),
    link.kind.padEnd(8),
    (link.up ? (link.carrier ? 'up' : 'no-carrier') : 'down').padEnd(10),
    link.addresses.join(' '),
    master && `port of ${master.name}`,
    peer && `⇄ ${peer.name} in ${namespaces.get(peer.namespace)?.name ?? peer.namespace}`,
    link.peerUnknown && `⇄ ? (${link.peerUnknown === 'ambiguous' ? 'ambiguous' : 'not readable'})`,
  ];
  return facts
    .filter((fact) => fact)
    .join('  ')
    .trimEnd();
}

function unknownText(topology: Topology, namespaces: ReadonlyMap<string, Namespace>): string[] {
  if (topology.unknown.length === 0) {
    return [];
  }
  const entries = topology.unknown.map(({ namespace, what, reason, remedy }) => {
    const where = namespace === null ? 'node' : (namespaces.get(namespace)?.name ?? namespace);
    return `  ${where}: ${what}: ${reason}${remedy === null ? '' : ` ${remedy}`}`;
  });
  return ['', 'Not known:', ...entries];
}
