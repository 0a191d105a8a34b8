/** Parsers of what `wg`, `ovs-vsctl` and `teamdctl` print. Pure. */
import * as v from 'valibot';
import type { OvsPortRecord, TeamRecord, WireguardRecord } from './records.ts';

/** The word that wg prints for what is not set. */
const none = '(none)';

/**
 * Reads `wg show all listen-port`, `endpoints`, `allowed-ips` and `latest-handshakes`: lines of "link TAB key TAB value".
 * wg 1.0.20210914 forgets the link on lines of peers without an endpoint, so a peer is found by its key.
 */
export function parseWireguard(facts: readonly string[], links: readonly string[]): WireguardRecord[] {
  const [ports = [], endpoints = [], allowed = [], handshakes = []] = facts.map(linesOf);
  const valueOf = (lines: readonly string[][], key: string): string | undefined =>
    lines.find((words) => words.at(-2) === key)?.at(-1);
  return links.map((ifname) => ({
    ifname,
    listenPort: numberOf(ports.find(([link]) => link === ifname)?.[1]),
    // The one list with a line for each peer, with its link.
    peers: allowed
      .filter(([link]) => link === ifname)
      .map(([, key = '', networks = '']) => ({
        key,
        endpoint: parseEndpoint(valueOf(endpoints, key)),
        allowed: networks === none ? [] : networks.split(' ').filter((network) => network !== ''),
        handshakeAt: numberOf(valueOf(handshakes, key)),
      })),
  }));
}

function linesOf(text: string): string[][] {
  return text.split('\n').flatMap((line) => (line === '' ? [] : [line.split('\t')]));
}

/** A number from 1; wg prints 0 for never and for none. */
function numberOf(text: string | undefined): number | null {
  return text !== undefined && /^[1-9]\d*$/.test(text) ? Number(text) : null;
}

/** "192.0.2.9:4500", "[2001:db8::1]:4500". */
function parseEndpoint(text: string | undefined): WireguardRecord['peers'][number]['endpoint'] {
  const [, six, four, port] = /^(?:\[([^\]]+)\]|([^:]+)):(\d+)$/.exec(text ?? '') ?? [];
  const address = six ?? four;
  return address === undefined ? null : { address, port: Number(port) };
}

/** A cell of ovs-vsctl's JSON (RFC 7047, 5.1): an atom, or a set or map of atoms. */
const cellSchema = v.union([
  v.string(),
  v.number(),
  v.boolean(),
  v.tuple([v.literal('uuid'), v.string()]),
  v.tuple([v.literal('set'), v.array(v.union([v.string(), v.number(), v.tuple([v.string(), v.string()])]))]),
  v.tuple([v.literal('map'), v.array(v.tuple([v.string(), v.string()]))]),
]);
type Cell = v.InferOutput<typeof cellSchema>;
const tableSchema = v.object({ headings: v.array(v.string()), data: v.array(v.array(cellSchema)) });
type Row = ReadonlyMap<string, Cell>;

/** Reads the tables of bridges, ports and interfaces, one JSON document a line; null where that is not what was printed. */
export function parseOvsPorts(text: string): OvsPortRecord[] | null {
  const tables = text.split('\n').filter((line) => line.startsWith('{'));
  const [bridges, ports, interfaces] = tables.map(parseTable);
  if (!bridges || !ports || !interfaces) {
    return null;
  }
  const portsById = byId(ports);
  const interfacesById = byId(interfaces);
  return bridges.flatMap((bridge) =>
    idsIn(bridge.get('ports')).flatMap((portId) => {
      const port = portsById.get(portId);
      return idsIn(port?.get('interfaces')).flatMap((id) => {
        const device = interfacesById.get(id);
        return port && device ? [ovsPort(textOf(bridge.get('name')) ?? '', port, device)] : [];
      });
    }),
  );
}

function parseTable(line: string): Row[] | null {
  try {
    const result = v.safeParse(tableSchema, JSON.parse(line));
    return result.success ? result.output.data.map((cells) => rowOf(result.output.headings, cells)) : null;
  } catch {
    return null;
  }
}

function rowOf(headings: readonly string[], cells: readonly Cell[]): Row {
  return new Map(
    headings.flatMap((name, i) => {
      const cell = cells[i];
      return cell === undefined ? [] : [[name, cell] as const];
    }),
  );
}

function byId(rows: readonly Row[]): ReadonlyMap<string, Row> {
  return new Map(rows.flatMap((row) => idsIn(row.get('_uuid')).map((id) => [id, row] as const)));
}

function ovsPort(bridge: string, port: Row, device: Row): OvsPortRecord {
  const cell = device.get('options');
  const options = new Map(Array.isArray(cell) && cell[0] === 'map' ? cell[1] : []);
  const trunks = port.get('trunks');
  const tag = port.get('tag');
  return {
    bridge,
    port: textOf(port.get('name')) ?? '',
    ifname: textOf(device.get('name')) ?? '',
    kind: textOf(device.get('type')) ?? '',
    tag: typeof tag === 'number' ? tag : null,
    trunks: Array.isArray(trunks) ? numbersIn(trunks) : typeof trunks === 'number' ? [trunks] : [],
    remote: options.get('remote_ip') ?? null,
    key: options.get('key') ?? null,
    peer: options.get('peer') ?? null,
  };
}

/** The ids in a cell: one of them is printed bare, several as a set. */
function idsIn(cell: Cell | undefined): string[] {
  if (!Array.isArray(cell)) {
    return [];
  }
  const [kind, value] = cell;
  if (kind === 'uuid') {
    return [value];
  }
  return kind === 'set'
    ? value.flatMap((item) => (Array.isArray(item) && item[0] === 'uuid' ? [item[1]] : []))
    : [];
}

function numbersIn([kind, value]: readonly [string, unknown]): number[] {
  return kind === 'set' && Array.isArray(value) ? value.filter((item) => typeof item === 'number') : [];
}

function textOf(cell: Cell | undefined): string | null {
  return typeof cell === 'string' ? cell : null;
}

/** What is read of `teamdctl TEAM state dump` (libteam: teamd/teamd_state.c). */
const teamSchema = v.object({
  setup: v.object({ runner_name: v.string() }),
  runner: v.optional(v.object({ active_port: v.optional(v.string()) })),
});

/** Reads `teamdctl TEAM state dump`; null where that is not what was printed. */
export function parseTeam(ifname: string, text: string): TeamRecord | null {
  try {
    const result = v.safeParse(teamSchema, JSON.parse(text));
    return result.success
      ? {
          ifname,
          runner: result.output.setup.runner_name,
          activePort: result.output.runner?.active_port ?? null,
        }
      : null;
  } catch {
    return null;
  }
}
