/** A recorded healthy node (two bridges, four pods), with something about it changed as the tools would print it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseSnapshot, type NamespaceSnapshot } from '../../../src/iproute/snapshot.ts';
import { findFindings } from '../../../src/diagnose/findFindings.ts';
import { buildTopology } from '../../../src/topology/build.ts';
import type { Diagnosis, Finding } from '../../../src/topology/finding.ts';
import type { Topology } from '../../../src/topology/topology.ts';
import { quoteArgv } from '../../../src/util/quote.ts';
import { fixtures } from '../trace/recorded.ts';

type LinkChange = Readonly<Record<string, unknown>>;

/** What to change, by namespace ("" for the node's own) and by link. */
export interface Patch {
  readonly namespaces?: Readonly<Record<string, Partial<NamespaceSnapshot>>>;
  /** "web/eth0", "/cbr0". */
  readonly links?: Readonly<Record<string, LinkChange>>;
  /** The same for `linkinfo.info_data` of a bridge. */
  readonly bridges?: Readonly<Record<string, LinkChange>>;
  /** The same for `linkinfo.info_slave_data` of a port. */
  readonly ports?: Readonly<Record<string, LinkChange>>;
}

const recording = join(fixtures, 'linux-6.18.44-iproute2-6.1.0/traces/cold/node.patchbay.json');

export function patched({ namespaces = {}, links = {}, bridges = {}, ports = {} }: Patch = {}): Topology {
  const snapshot = parseSnapshot(readFileSync(recording, 'utf8'));
  return buildTopology({
    ...snapshot,
    namespaces: snapshot.namespaces.map((namespace) => {
      const name = namespace.root ? '' : (namespace.paths[0]?.replace('/run/netns/', '') ?? '');
      return {
        ...namespace,
        ...namespaces[name],
        links: (namespace.links ?? []).map((link) => {
          const key = `${name}/${link.ifname}`;
          const { linkinfo = {} } = link;
          const data = { ...(linkinfo.info_data as object | undefined), ...bridges[key] };
          const port = { ...linkinfo.info_slave_data, ...ports[key] };
          return {
            ...link,
            ...links[key],
            linkinfo: {
              ...linkinfo,
              info_data: data,
              ...(linkinfo.info_slave_kind && { info_slave_data: port }),
            },
          };
        }),
      };
    }),
  });
}

export function diagnose(patch: Patch = {}): Diagnosis {
  return findFindings(patched(patch));
}

/** The findings of one rule. */
export function foundBy(rule: string, patch: Patch): Finding[] {
  return diagnose(patch).findings.filter((finding) => finding.rule === rule);
}

/** The commands of a mend, one a line; null where there is none. */
export function mendOf(finding: Finding | undefined): string[] | null {
  return finding?.mend?.steps.map(({ argv }) => quoteArgv(argv)) ?? null;
}

/** The commands that take a mend back. */
export function undoOf(finding: Finding | undefined): (string | null)[] | null {
  return finding?.mend?.steps.map(({ undo }) => (undo ? quoteArgv(undo) : null)) ?? null;
}

/** What the node says beside its wiring. */
export const stateWith = (
  netfilter: string,
  values: Readonly<Record<string, number>> = {},
): Partial<NamespaceSnapshot> => ({
  state: {
    rules6: [],
    sysctls: { values, links: [] },
    sockets: [],
    resolvConf: null,
    detailsReadAt: null,
    netfilter: [{ tool: 'nft', text: netfilter, cut: false }],
  },
});
