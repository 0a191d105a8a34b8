/** What a redaction promises, as assertions on any snapshot. */
import assert from 'node:assert/strict';
import { isAddress, isKept } from '../../src/iproute/redact/addresses.ts';
import { isKeptMac, isWellKnownName, macPattern } from '../../src/iproute/redact/names.ts';
import type { Snapshot } from '../../src/iproute/snapshot.ts';
import { buildTopology } from '../../src/topology/build.ts';

/** Every string of a value, with the field it is in. */
function* stringsOf(value: unknown, field = ''): Generator<readonly [string, string]> {
  if (typeof value === 'string') {
    yield [field, value];
  } else if (Array.isArray(value)) {
    for (const item of value) {
      yield* stringsOf(item, field);
    }
  } else if (typeof value === 'object' && value !== null) {
    for (const [name, item] of Object.entries(value)) {
      yield* stringsOf(item, name);
    }
  }
}

function namesOf({ node, namespaces }: Snapshot): string[] {
  return [
    node.hostname,
    ...namespaces.flatMap(({ paths, links, processes }) => [
      ...paths.map((path) => path.slice(path.lastIndexOf('/') + 1)),
      ...(links ?? []).flatMap(({ ifname, ifalias }) => [
        ifname,
        ifalias?.replace(/^patchbay:(?:bridge$|pod=)/, '') ?? '',
      ]),
      ...processes.flatMap(({ name, containerId }) => [name, containerId ?? '']),
    ]),
  ].filter((name) => !isWellKnownName(name));
}

const addressLike = /[0-9a-f]*(?:[:.][0-9a-f]*)+/gi;

function addressesOf(snapshot: Snapshot): string[] {
  return [...stringsOf(snapshot)].flatMap(([, text]) => {
    if (macPattern.test(text)) {
      return isKeptMac(text) ? [] : [text];
    }
    const [address = '', length] = text.split('/');
    const isSecret = isAddress(address) && !isKept(address, length === undefined ? Infinity : Number(length));
    return isSecret ? [address] : [];
  });
}

/** Words that mean something else where they still are: "bridge" is a kind, also where a link is called so. */
const wordFields = new Set([
  'format',
  'kernel',
  'os',
  'iproute2',
  'what',
  'flags',
  'operstate',
  'link_type',
  'type',
  'state',
  'scope',
  'family',
  'qdisc',
  'mode',
  'info_kind',
  'info_slave_kind',
  'table',
  'protocol',
  'group',
  'privilege',
]);

/** The names and addresses of the node that are still somewhere in what was made of it. */
export function leaksOf(original: Snapshot, redacted: Snapshot): string[] {
  const texts = [...stringsOf(redacted)].filter(([field]) => !wordFields.has(field)).map(([, text]) => text);
  const words = new Set(texts);
  const tokens = new Set(texts.flatMap((text) => text.match(addressLike) ?? []));
  const whole = texts.join('\n');
  const names = namesOf(original).filter(
    (name) => words.has(name) || (name.length >= 4 && whole.includes(name)),
  );
  return [...names, ...addressesOf(original).filter((address) => tokens.has(address))];
}

/** Asserts that both topologies are one graph: all but names and addresses is equal. */
export function sameWiring(original: Snapshot, redacted: Snapshot): void {
  const [before, after] = [buildTopology(original), buildTopology(redacted)];
  assert.deepEqual(after.edges, before.edges);
  assert.deepEqual(
    after.namespaces.map(({ id, root, pod, names, processes, links }) => [
      id,
      root,
      pod?.kind,
      names.length,
      processes.map(({ pid }) => pid),
      links,
    ]),
    before.namespaces.map(({ id, root, pod, names, processes, links }) => [
      id,
      root,
      pod?.kind,
      names.length,
      processes.map(({ pid }) => pid),
      links,
    ]),
  );
  const linksOf = ({ links }: typeof before): unknown =>
    links.map((link) => ({
      ...link,
      ...{ raw: null, name: null, alias: null },
      mac: link.mac !== null,
      addresses: link.addresses.map((address) => address.split('/')[1]),
    }));
  assert.deepEqual(linksOf(after), linksOf(before));
  const routesOf = ({ routes }: typeof before): unknown =>
    routes.map(({ namespace, table, type, link, scope, metric, family, destination, gateway }) => ({
      namespace,
      table,
      type,
      link,
      scope,
      metric,
      family,
      length: destination.split('/')[1],
      isDefault: destination === 'default',
      hasGateway: gateway !== null,
    }));
  assert.deepEqual(routesOf(after), routesOf(before));
  assert.deepEqual(
    after.rules.map(({ namespace, priority, table }) => [namespace, priority, table]),
    before.rules.map(({ namespace, priority, table }) => [namespace, priority, table]),
  );
  assert.deepEqual(
    after.neighbours.map(({ namespace, link, states }) => [namespace, link, states]),
    before.neighbours.map(({ namespace, link, states }) => [namespace, link, states]),
  );
  assert.deepEqual(
    after.fdb.map(({ namespace, link, bridge, vlan, state, flags }) => [
      namespace,
      link,
      bridge,
      vlan,
      state,
      flags,
    ]),
    before.fdb.map(({ namespace, link, bridge, vlan, state, flags }) => [
      namespace,
      link,
      bridge,
      vlan,
      state,
      flags,
    ]),
  );
  assert.equal(after.unknown.length, before.unknown.length);
}
