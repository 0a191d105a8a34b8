/** Pure: what decided a step of a trace, as a reader sees it: what kind of record it is, and its fields in the field's own words. */
import type { Ground } from '../../src/trace/tellTrace.ts';
import { displayName } from './text.ts';

const groundWords: Readonly<Record<Ground['kind'], string>> = {
  rule: 'Routing rule',
  route: 'Route',
  neighbour: 'Neighbour entry',
  fdb: 'Entry of the forwarding table (FDB)',
  flood: 'No entry in the forwarding table (FDB)',
  veth: 'veth pair',
  port: 'Bridge port',
  vlan: 'VLAN of the bridge port',
  lower: 'Lower interface',
  tunnel: 'Tunnel',
  local: 'Address of its own',
  nat: 'Rule of address translation (NAT)',
  filter: 'Filter rule',
  switch: 'Kernel switch (sysctl)',
  drop: 'Dropped by the kernel',
  cause: 'Cause',
};

export function groundTitle({ kind }: Ground): string {
  return groundWords[kind];
}

export interface RecordField {
  readonly key: string;
  readonly value: string;
}

/** More fields than these, and nesting deeper than this, say nothing about a decision. */
const most = { fields: 14, depth: 3 } as const;

/** The fields of a record that hold something, in its order; of nested ones "linkinfo.info_kind". */
export function recordFields(record: unknown): RecordField[] {
  return fieldsOf(record, '', 0).slice(0, most.fields);
}

function fieldsOf(value: unknown, key: string, depth: number): RecordField[] {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') {
    return value === '' ? [] : [{ key: displayName(key), value: displayName(String(value)) }];
  }
  if (typeof value !== 'object' || value === null || depth > most.depth) {
    return [];
  }
  const plain = Object.values(value).every((part) => typeof part !== 'object');
  if (Array.isArray(value) && plain) {
    return value.length === 0 ? [] : [{ key: displayName(key), value: displayName(value.join(' ')) }];
  }
  return Object.entries(value).flatMap(([name, part]) =>
    fieldsOf(part, key === '' ? name : `${key}.${name}`, depth + 1),
  );
}
