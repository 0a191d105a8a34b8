/** One fault from beginning to end: break, probe, find the cause, mend, probe again. */
import assert from 'node:assert/strict';
import { findFindings } from '../../../src/diagnose/findFindings.ts';
import { NodeSession } from '../../../src/session/nodeSession.ts';
import type { Finding } from '../../../src/topology/finding.ts';
import type { Topology } from '../../../src/topology/topology.ts';
import { describeTrace } from '../../../src/trace/describe.ts';
import { resolveEndpoint } from '../../../src/trace/endpoint.ts';
import type { ProbeWish } from '../../../src/trace/probe.ts';
import { TopologyIndex } from '../../../src/trace/topologyIndex.ts';
import type { Endpoint, Trace } from '../../../src/trace/trace.ts';
import { nameOfLink } from '../../../src/trace/words.ts';
import { startSandbox } from '../support/sandbox.ts';
import { sh, wiring } from '../trace/wiring.ts';
import type { Fault } from './faults.ts';

/** What became of one fault. */
export interface Result {
  readonly fault: Fault;
  readonly before: Trace;
  readonly broken: Trace;
  /** All that the rules found, without the probe, while it was broken. */
  readonly findings: readonly Finding[];
  readonly places: readonly string[];
  /** Null where no mend was offered. */
  readonly mended: Trace | null;
  readonly topology: Topology;
}

/** The pods know each other before it starts; what an interface heard of IPv6 routers is none of it. */
const settled = `
  for a in web db third; do for b in 10.244.0.1 10.244.0.2 10.244.0.3 10.244.0.4; do
    ip netns exec $a ping -c 1 -W 1 $b >/dev/null
  done; done
  ip netns exec web ping -c 1 -W 1 10.245.0.2 >/dev/null
`;

/** Makes a node of its own, breaks it, and mends it again by the first cause. */
export async function runFault(fault: Fault): Promise<Result> {
  const sandbox = await startSandbox();
  const session = new NodeSession({ label: fault.name, open: () => Promise.resolve(sandbox.transport) });
  try {
    await sh(
      sandbox.transport,
      `echo 0 >/proc/sys/net/bridge/bridge-nf-call-iptables 2>/dev/null || :\n${wiring}\n${settled}\n${fault.setup ?? ''}`,
    );
    const topology = await session.start(new AbortController().signal);
    const ends = endsOf(topology, fault);
    const before = await session.trace(...ends, wishOf(fault));
    await sh(sandbox.transport, fault.inject);
    await session.refresh();
    const broken = await session.trace(...ends, wishOf(fault));
    const whole = session.topology ?? topology;
    const [cause] = broken.causes;
    const mended = cause?.mend ? await mend(session, cause, ends, fault) : null;
    return {
      fault,
      before,
      broken,
      findings: findFindings(whole).findings,
      places: placesOf(whole, cause),
      mended,
      topology: whole,
    };
  } finally {
    session.dispose();
    sandbox.dispose();
  }
}

/** Runs it and demands the right cause at the right place, proved, and a mend after which the same probe passes. */
export async function assertNamedAndMended(fault: Fault): Promise<void> {
  const { before, broken, places, mended, findings, topology } = await runFault(fault);
  const story = describeTrace(broken, topology);
  assert.ok(passes(before), describeTrace(before, topology));
  assert.equal(passes(broken), false, story);
  const [first, ...others] = broken.causes;
  assert.equal(first?.rule, fault.rule, [story, ...others.map(({ title }) => title)].join('\n'));
  assert.ok(places.includes(fault.place), places.join(', '));
  assert.ok(first.evidence.length > 0);
  assert.ok(mended && passes(mended), mended ? describeTrace(mended, topology) : 'no mend');
  const found = findings.filter(({ rule }) => rule === fault.rule);
  assert.equal(
    found.some((finding) => placesOf(topology, finding).includes(fault.place)),
    fault.isStatic,
  );
}

const wishOf = ({ probe: { wish } }: Fault): { readonly probe?: ProbeWish } => (wish ? { probe: wish } : {});

type Ends = readonly [Endpoint, Endpoint];

function endsOf(topology: Topology, { probe }: Fault): Ends {
  return [resolveEndpoint(topology, probe.from), resolveEndpoint(topology, probe.to)];
}

async function mend(
  session: NodeSession,
  { mend: plan }: Finding,
  ends: Ends,
  fault: Fault,
): Promise<Trace | null> {
  if (!plan) {
    return null;
  }
  await session.run(plan);
  return session.trace(...ends, wishOf(fault));
}

/** "eth0 of web", "veth-db", "node": all that a finding names. */
export function placesOf(topology: Topology, finding: Finding | undefined): string[] {
  const index = new TopologyIndex(topology);
  const { links = [], namespaces = [] } = finding?.where ?? {};
  return [
    ...links.flatMap((id) => {
      const link = index.link(id);
      return link ? [nameOfLink(index, link)] : [];
    }),
    ...namespaces.map((id) => index.namespace(id)?.name ?? id),
  ];
}

/** The probe came through, to the one that was meant. */
export function passes(trace: Trace): boolean {
  return trace.verdict.delivered && trace.causes.length === 0;
}
