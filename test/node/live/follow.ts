/** What the tests of following a node share. */
import assert from 'node:assert/strict';
import { readNode } from '../../../src/session/readNode.ts';
import { NodeSession } from '../../../src/session/nodeSession.ts';
import { buildTopology } from '../../../src/topology/build.ts';
import { diffTopology, isEmptyDiff, type TopologyDiff } from '../../../src/topology/diff.ts';
import type { Topology } from '../../../src/topology/topology.ts';
import type { Transport } from '../../../src/transport/transport.ts';
import { startSandbox, type Sandbox } from '../support/sandbox.ts';

/** Waits for the live topology to fulfil a condition; the test's own time-out says when that is too long. */
export function until(session: NodeSession, condition: (topology: Topology) => boolean): Promise<Topology> {
  return new Promise((resolve) => {
    const check = (topology: Topology | null): void => {
      if (topology && condition(topology)) {
        listening.dispose();
        resolve(topology);
      }
    };
    const listening = session.onDidChangeTopology(({ topology }) => check(topology));
    check(session.topology);
  });
}

/** A node in a sandbox, and a session that follows it; counts how often the session reads, and what it reads. */
export class Followed {
  readonly sandbox: Sandbox;
  readonly session: NodeSession;
  /** For each run of the collector: how many namespaces it did not read anew. */
  readonly skipped: number[] = [];

  private constructor(sandbox: Sandbox) {
    this.sandbox = sandbox;
    this.session = new NodeSession({
      label: 'Sandbox',
      open: () => Promise.resolve(countingReads(sandbox.transport, this.skipped)),
    });
  }

  static async start(script = ''): Promise<Followed> {
    const followed = new Followed(await startSandbox());
    try {
      await followed.sh(script);
      await followed.session.start(new AbortController().signal);
      return followed;
    } catch (error) {
      followed.dispose();
      throw error;
    }
  }

  /** Runs of the collector until now. */
  get reads(): number {
    return this.skipped.length;
  }

  async sh(script: string): Promise<string> {
    const { stdout, stderr, exitCode } = await this.sandbox.transport.exec(['sh', '-e', '-s'], {
      stdin: script,
    });
    assert.equal(exitCode, 0, `${script}\n${stderr}`);
    return stdout;
  }

  async inodeOf(name: string): Promise<string> {
    return (await this.sh(`stat -L -c %i /run/netns/${name}`)).trim();
  }

  /**
   * Deletes a namespace and makes another of its name, then does the rest. True where it was given the same inode: others on
   * this machine may be given it first, however many are tried.
   */
  async replace(name: string, rest: string): Promise<boolean> {
    const before = await this.inodeOf(name);
    await this.sh(`ip netns del ${name}
      chosen=
      for round in $(seq 20); do
        for i in $(seq 20); do echo "netns add t$round-$i"; done | ip -batch -
        chosen=$(stat -L -c '%i %n' /run/netns/t$round-* | sed -n 's/^${before} //p')
        [ -z "$chosen" ] || break
      done
      touch /run/netns/${name}
      mount --bind \${chosen:-/run/netns/t1-1} /run/netns/${name}
      ls /run/netns | sed -n 's/^t[0-9]*-/netns del &/p' | ip -batch -
      ${rest}`);
    return (await this.inodeOf(name)) === before;
  }

  until(condition: (topology: Topology) => boolean): Promise<Topology> {
    return until(this.session, condition);
  }

  /** The node as it is, read anew by nobody's leave. */
  async fresh(): Promise<Topology> {
    const { snapshot, pairing } = await readNode(this.sandbox.transport);
    return buildTopology(snapshot, pairing);
  }

  /** The next time the session says that its picture is true. */
  confirmed(): Promise<Date> {
    return new Promise((resolve) => {
      const listening = this.session.onDidConfirm((at) => {
        listening.dispose();
        resolve(at);
      });
    });
  }

  /**
   * Waits until the live topology equals a fresh one, counters apart; rejects with the difference when it does not
   * within the time. A fresh one may be taken in the middle of what the kernel still settles, so one is not enough.
   */
  async converged(timeoutMs = 15_000): Promise<void> {
    const deadline = performance.now() + timeoutMs;
    for (;;) {
      const fresh = wiringOf(await this.fresh());
      const diff = this.session.topology && diffTopology(wiringOf(this.session.topology), fresh);
      if (diff && isEmptyDiff(diff)) {
        return;
      }
      assert.ok(performance.now() < deadline, `The live topology is not the node's:\n${describeDiff(diff)}`);
      await this.confirmed();
    }
  }

  dispose(): void {
    this.session.dispose();
    this.sandbox.dispose();
  }
}

/**
 * A topology without what has no events and is read again at intervals only (iproute/stateScript.ts): switches, sockets,
 * rule sets, rules of IPv6.
 */
function wiringOf(topology: Topology): Topology {
  return {
    ...topology,
    namespaces: topology.namespaces.map((namespace) => ({
      ...namespace,
      ...{ switches: null, netfilter: null, resolvConf: null, unread: [], stateReadAt: null },
    })),
    links: topology.links.map((link) => ({ ...link, switches: {}, holders: [] })),
    rules: topology.rules.filter(({ family }) => family === 4),
    sockets: [],
  };
}

/** The parts of a diff in which there is something. */
export function describeDiff(diff: TopologyDiff | null): string {
  const parts = Object.entries(diff ?? {}).filter(
    ([, part]) =>
      typeof part === 'object' &&
      part !== null &&
      Object.values(part as object).some((list) => Array.isArray(list) && list.length > 0),
  );
  return JSON.stringify(
    Object.fromEntries(parts),
    (key, value: unknown) => (key === 'raw' ? undefined : value),
    1,
  );
}

function countingReads(transport: Transport, skipped: number[]): Transport {
  return {
    ...transport,
    exec: (argv, options) => transport.exec(argv, options),
    spawn: (argv, options) => {
      // The collector is `sh -s -- NONCE INODE…` (iproute/collect.ts).
      if (argv[0] === 'sh' && argv[1] === '-s') {
        skipped.push(argv.length - 4);
      }
      return transport.spawn(argv, options);
    },
    dispose: () => undefined,
  };
}
