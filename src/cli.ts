/** The same core without VS Code: `patchbay inspect | watch | doctor | pod | trace | verify | lab`. */
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { changesText } from './cli/changesText.ts';
import { doctorText } from './cli/doctorText.ts';
import { inspectText, printable } from './cli/inspectText.ts';
import { parseTarget, targetHelp } from './cli/targetArgument.ts';
import { terminalPrompts } from './cli/terminalPrompts.ts';
import { verifyText } from './cli/verifyText.ts';
import { redactSnapshot } from './iproute/redact/redact.ts';
import { planCreatePods } from './pods/create.ts';
import { planDeletePods } from './pods/delete.ts';
import type { Plan } from './topology/plan.ts';
import { planAsText } from './pods/script.ts';
import { suggestPodNames } from './pods/suggest.ts';
import { diagnoseNode } from './session/diagnoses.ts';
import { seedLab } from './session/labSeed.ts';
import type { NodeSession, TopologyChange } from './session/nodeSession.ts';
import { openNode } from './session/openNode.ts';
import { writeRecording } from './session/recording.ts';
import { buildTopology } from './topology/build.ts';
import { exportFormatNames, exportFormats, type ExportFormat } from './topology/export/formats.ts';
import type { NamespaceId, Topology } from './topology/topology.ts';
import { describeTrace } from './trace/describe.ts';
import { resolveEndpoint } from './trace/endpoint.ts';
import { traceMarkdown } from './trace/markdown.ts';
import type { ProbeWish } from './trace/probe.ts';
import { startLab } from './transport/lab/lab.ts';
import { connectToLab } from './transport/lab/openLab.ts';
import type { Target } from './transport/target.ts';
import { describeError, PatchbayError } from './util/errors.ts';
import { defaultLimit } from './verify/pairs.ts';
import { outcomeOf } from './verify/summary.ts';

interface ConnectFlags {
  readonly identity?: string;
  readonly knownHosts?: string;
}

const interrupted = new AbortController();
process.once('SIGINT', () => interrupted.abort());
process.once('SIGTERM', () => interrupted.abort());

/** Opens the target, hands the live session over, and ends it whatever happens. */
async function withSession(
  target: Target,
  flags: ConnectFlags,
  use: (session: NodeSession, topology: Topology) => Promise<void>,
): Promise<void> {
  const session = await openNode(target, {
    prompts: terminalPrompts(),
    ...(flags.identity === undefined ? {} : { identityFiles: [flags.identity] }),
    ...(flags.knownHosts === undefined ? {} : { knownHostsFiles: [flags.knownHosts] }),
  });
  try {
    const topology = session.topology ?? (await session.start(interrupted.signal));
    await use(session, topology);
  } finally {
    session.dispose();
  }
}

function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}

interface InspectFlags extends ConnectFlags {
  readonly format?: ExportFormat;
  readonly json?: true;
  readonly save?: string;
  readonly redact?: true;
  readonly details?: true;
}

async function inspect(target: Target, names: readonly string[], flags: InspectFlags): Promise<void> {
  await withSession(target, flags, async (session, found) => {
    const only = names.length === 0 ? undefined : new Set(names.map((name) => namespaceNamed(found, name)));
    const details = only !== undefined || flags.details === true;
    if (details && session.state.kind !== 'recording') {
      await readDetails(session, only ?? found.namespaces.map(({ id }) => id));
    }
    const { snapshot, topology: whole } = session;
    const shown = flags.redact && snapshot ? redactSnapshot(snapshot) : snapshot;
    const topology = (flags.redact && shown ? buildTopology(shown) : whole) ?? found;
    if (flags.save !== undefined && shown) {
      await writeRecording(flags.save, shown);
    }
    if (flags.format !== undefined) {
      process.stdout.write(exportFormats[flags.format].write(topology));
    } else if (flags.json) {
      printJson(topology);
    } else {
      process.stdout.write(inspectText(topology, { only, details }));
    }
  });
}

function namespaceNamed(topology: Topology, name: string): NamespaceId {
  const endpoint = resolveEndpoint(topology, name);
  if (endpoint.kind !== 'namespace') {
    throw new PatchbayError('not-found', `There is no pod or namespace called ${printable(name)}.`);
  }
  return endpoint.namespace;
}

/** One that is gone meanwhile is left out, as it is from the picture. */
async function readDetails(session: NodeSession, ids: Iterable<NamespaceId>): Promise<void> {
  const failed = await session.readDetailsOf([...ids], { signal: interrupted.signal });
  const real = failed.find(({ error }) => !(error instanceof PatchbayError) || error.code !== 'not-found');
  if (real) {
    throw real.error;
  }
}

interface DoctorFlags extends ConnectFlags {
  readonly json?: true;
}

async function doctor(target: Target, flags: DoctorFlags): Promise<void> {
  await withSession(target, flags, async (session, found) => {
    const diagnosis = await diagnoseNode(session, { signal: interrupted.signal });
    if (flags.json) {
      printJson(diagnosis);
    } else {
      process.stdout.write(doctorText(diagnosis, session.topology ?? found));
    }
    if (diagnosis.findings.some(({ severity }) => severity === 'error')) {
      process.exitCode = 1;
    }
  });
}

interface WatchFlags extends ConnectFlags {
  readonly json?: true;
}

/** What changes, a line each, until interrupted or the connection is lost; or a line of JSON a topology. */
async function watch(target: Target, flags: WatchFlags): Promise<void> {
  await withSession(target, flags, async (session, topology) => {
    const write = (text: string): boolean => process.stdout.write(`${text}\n`);
    let shown = topology;
    const print = (change: TopologyChange): void => {
      if (flags.json) {
        write(JSON.stringify(change.topology));
      } else {
        changesText(shown, change).forEach(write);
      }
      shown = change.topology;
    };
    write(flags.json ? JSON.stringify(topology) : printable(`Watching ${topology.node.hostname}.`));
    const ended = new Promise<void>((resolve, reject) => {
      session.onDidChangeTopology(print);
      session.onDidChangeState((state) => {
        if (state.kind === 'lost') {
          reject(new PatchbayError('connection-lost', state.message));
        }
      });
      // The reader went away (`| head -1`): that is the end, not an error.
      process.stdout.once('error', () => resolve());
    });
    if (session.state.kind !== 'recording') {
      await Promise.race([ended, untilInterrupted()]);
    }
  });
}

async function untilInterrupted(): Promise<void> {
  if (!interrupted.signal.aborted) {
    await once(interrupted.signal, 'abort');
  }
}

async function carryOut(session: NodeSession, plan: Plan, dryRun: boolean): Promise<void> {
  process.stdout.write(`${printable(planAsText(plan)).replaceAll('\\x0a', '\n')}\n`);
  for (const warning of plan.warnings) {
    process.stderr.write(`${printable(warning)}\n`);
  }
  if (!dryRun) {
    await session.run(plan);
  }
}

interface CreateFlags extends ConnectFlags {
  readonly bridge: string;
  readonly subnet: string;
  readonly address: readonly string[];
  readonly count?: number;
  readonly dryRun?: true;
}

async function createPods(target: Target, names: readonly string[], flags: CreateFlags): Promise<void> {
  await withSession(target, flags, async (session, topology) => {
    const bridge = topology.links.find(
      ({ name, namespace }) =>
        name === flags.bridge && topology.namespaces.some(({ id, root }) => root && id === namespace),
    );
    const plan = planCreatePods(topology, {
      names: names.length > 0 ? names : suggestPodNames(topology, flags.count ?? 1),
      bridge: bridge ? { existing: bridge.id } : { create: flags.bridge, subnet: flags.subnet },
      ...(flags.address.length > 0 ? { addresses: flags.address } : {}),
    });
    await carryOut(session, plan, flags.dryRun ?? false);
  });
}

interface DeleteFlags extends ConnectFlags {
  readonly withBridge?: true;
  readonly dryRun?: true;
}

async function deletePods(target: Target, names: readonly string[], flags: DeleteFlags): Promise<void> {
  await withSession(target, flags, async (session, topology) => {
    const ids = names.map((name) => namespaceNamed(topology, name));
    const { connection } = session.transport;
    const plan = planDeletePods(topology, ids, { withBridge: flags.withBridge ?? false, connection });
    await carryOut(session, plan, flags.dryRun ?? false);
  });
}

interface TraceFlags extends ConnectFlags {
  readonly from: string;
  readonly to: string;
  readonly tcp?: number;
  readonly udp?: number;
  readonly size?: number;
  readonly df?: true;
  readonly count?: number;
  readonly interval?: number;
  readonly ttl?: number;
  readonly json?: true;
  readonly markdown?: true;
  readonly capture?: string;
}

function probeWish(flags: TraceFlags): ProbeWish {
  const { tcp, udp, size, df, count, interval, ttl } = flags;
  const socket = tcp ?? udp;
  if (socket === undefined) {
    const intervalMs = interval === undefined ? undefined : Math.round(interval * 1000);
    return { kind: 'icmp', payloadBytes: size, dontFragment: df, count, intervalMs, ttl };
  }
  if (
    [tcp === undefined ? undefined : udp, size, df, count, interval, ttl].some((one) => one !== undefined)
  ) {
    throw new PatchbayError('bad-input', 'Choose one of --tcp, --udp, and the options of a ping.');
  }
  return { kind: tcp === undefined ? 'udp' : 'tcp', port: socket };
}

async function trace(target: Target, flags: TraceFlags): Promise<void> {
  await withSession(target, flags, async (session, topology) => {
    const from = resolveEndpoint(topology, flags.from);
    const to = resolveEndpoint(topology, flags.to);
    const probe = probeWish(flags);
    const result = await session.trace(from, to, { signal: interrupted.signal, probe });
    const frames = session.captureOf(result);
    if (flags.capture !== undefined && frames) {
      await writeFile(flags.capture, frames);
    }
    if (flags.json) {
      printJson(result);
    } else if (flags.markdown) {
      process.stdout.write(traceMarkdown(result, topology));
    } else {
      process.stdout.write(`${describeTrace(result, topology)}\n`);
    }
  });
}

interface VerifyFlags extends ConnectFlags {
  readonly family?: '4' | '6';
  readonly limit: number;
  readonly seed?: number;
  readonly pods?: readonly string[];
  readonly json?: true;
}

const verifyCodes = { holds: 0, broken: 1, unverified: 2 } as const;

async function verify(target: Target, flags: VerifyFlags): Promise<void> {
  // Whatever goes wrong, nothing is verified.
  process.exitCode = verifyCodes.unverified;
  await withSession(target, flags, async (session, topology) => {
    const { family, limit, seed, pods } = flags;
    const verification = await session.verify({
      family: family === undefined ? undefined : family === '4' ? 4 : 6,
      limit,
      seed,
      pods: pods?.map((name) => namespaceNamed(topology, name)),
      signal: interrupted.signal,
      onProgress: tellProgress(),
    });
    if (flags.json) {
      printJson(verification);
    } else {
      process.stdout.write(verifyText(verification, topology.node.hostname));
    }
    process.exitCode = verifyCodes[outcomeOf(verification)];
  });
}

/** A line on standard error now and then; on a terminal always the same one. */
function tellProgress(): (done: number, of: number) => void {
  const { isTTY } = process.stderr;
  let toldAt = -Infinity;
  return (done, of) => {
    if (performance.now() - toldAt >= (isTTY ? 100 : 2_000) || done === of) {
      toldAt = performance.now();
      process.stderr.write(
        `${isTTY ? '\r' : ''}Probed ${done} of ${of} pairs.${isTTY && done < of ? '' : '\n'}`,
      );
    }
  };
}

/** Starts a lab, prints how to reach it, and stays until interrupted. */
async function lab(): Promise<void> {
  const node = await startLab();
  const credentials = await mkdtemp(join(tmpdir(), 'patchbay-lab-'));
  try {
    const { identityFile, knownHostsFile } = await node.writeCredentials(credentials);
    const transport = await connectToLab(node, interrupted.signal);
    await seedLab(transport);
    transport.dispose();
    const url = `ssh://${node.user}@${node.host}:${node.port}`;
    process.stdout.write(`${url}\n`);
    process.stderr.write(
      [
        'A lab node with two pods on cbr0. It ends with Ctrl-C.',
        `  patchbay inspect ${url} --identity ${identityFile} --known-hosts ${knownHostsFile}`,
        `  ssh -i ${identityFile} -o UserKnownHostsFile=${knownHostsFile} -p ${node.port} ${node.user}@${node.host}`,
        '',
      ].join('\n'),
    );
    await Promise.race([untilInterrupted(), new Promise<void>((resolve) => node.onDidEnd(() => resolve()))]);
  } finally {
    await node.dispose();
    await rm(credentials, { recursive: true, force: true });
  }
}

function targetArgument(text: string): Target {
  const target = parseTarget(text);
  if (!target) {
    throw new InvalidArgumentError(`It must be ${targetHelp}.`);
  }
  return target;
}

function recordingArgument(text: string): string {
  if (!text.endsWith('.patchbay.json')) {
    throw new InvalidArgumentError('Its name must end in .patchbay.json.');
  }
  return text;
}

function countArgument(text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1) {
    throw new InvalidArgumentError('It must be a whole number from 1.');
  }
  return count;
}

function listArgument(text: string): string[] {
  return text.split(',').filter((word) => word !== '');
}

function numberArgument(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value)) {
    throw new InvalidArgumentError('It must be a number.');
  }
  return value;
}

function program(): Command {
  const root = new Command('patchbay')
    .description(
      'See how the network inside a Linux node is wired, rewire it, and follow a packet through it.',
    )
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(text) });

  const onNode = (command: Command): Command =>
    command
      .argument('<target>', targetHelp, targetArgument)
      .option('-i, --identity <file>', 'private key for ssh')
      .option('--known-hosts <file>', 'known_hosts file instead of the usual ones');

  onNode(root.command('inspect'))
    .description('print the namespaces, links and cables of a node')
    .argument('[namespaces...]', 'pods or namespaces to tell of in full; the whole node where left out')
    .option('--details', 'with rules, switches, sockets and packet filters of every namespace')
    .option('--json', 'as JSON (docs/inspect.schema.json)')
    .addOption(new Option('--format <format>', 'as a graph for other programs').choices(exportFormatNames))
    .option('--save <file>', 'and save it as a recording, a .patchbay.json file', recordingArgument)
    .option('--redact', 'with addresses and names replaced, for a stranger to look at')
    .action(inspect);

  onNode(root.command('watch'))
    .description('print what changes on the node as it happens')
    .option('--json', 'the whole topology as a line of JSON at each change')
    .action(watch);

  onNode(root.command('doctor'))
    .description('say what is wrong on a node, why, and how to mend it; exits with 1 where there are errors')
    .option('--json', 'as JSON (docs/diagnosis.schema.json)')
    .action(doctor);

  const pod = root.command('pod').description('create and delete pods');
  onNode(pod.command('create'))
    .description('create pods on a bridge, whole or not at all')
    .argument('[names...]', 'names of the pods; suggested where left out')
    .option('--bridge <name>', 'bridge to plug into; made where there is none', 'cbr0')
    .option('--subnet <cidr>', 'subnet of a new bridge', '10.244.0.0/24')
    .option('--address <address...>', 'addresses, one a pod; the next free ones where left out', [])
    .option('-n, --count <n>', 'how many pods to create when no names are given', countArgument)
    .option('--dry-run', 'print the commands and change nothing')
    .action(createPods);
  onNode(pod.command('delete'))
    .description('delete pods that Patchbay made')
    .argument('<names...>', 'names of the pods')
    .option('--with-bridge', 'and the bridge, where Patchbay made it and nothing else is plugged in')
    .option('--dry-run', 'print the commands and change nothing')
    .action(deletePods);

  onNode(root.command('trace'))
    .description('predict the way of a packet, send it, and watch every link on the way')
    .requiredOption('--from <place>', 'pod, namespace or "node"')
    .requiredOption('--to <place>', 'pod, namespace, "node" or an address')
    .option('--tcp <port>', 'open a TCP connection in place of a ping', numberArgument)
    .option('--udp <port>', 'send a UDP datagram in place of a ping', numberArgument)
    .option('--size <bytes>', 'payload of the ping', numberArgument)
    .option('--df', 'the ping may not be fragmented')
    .option('--count <n>', 'how many pings', numberArgument)
    .option('--interval <seconds>', 'time between them', numberArgument)
    .option('--ttl <hops>', 'hops that the ping may take', numberArgument)
    .option('--capture <file>', 'save the captured frames as pcapng')
    .option('--markdown', 'as Markdown, with a sequence diagram')
    .option('--json', 'as JSON (docs/trace.schema.json)')
    .action(trace);

  onNode(root.command('verify'))
    .description(
      'probe every pair of the node and its pods for the Kubernetes network model; exits with 0 where it holds, 1 where it does not, 2 where that could not be verified',
    )
    .addOption(new Option('--family <family>', 'IPv4 or IPv6 alone').choices(['4', '6']))
    .option('--limit <n>', 'probe a sample where there are more pairs', countArgument, defaultLimit)
    .option('--seed <n>', 'choose the same sample again', numberArgument)
    .option('--pods <names>', 'these pods alone, separated by commas', listArgument)
    .option('--json', 'as JSON (docs/verify.schema.json)')
    .action(verify);

  root
    .command('lab')
    .description('start a throw-away node, print its address, stay until Ctrl-C')
    .action(lab);
  return root;
}

/**
 * Exit codes: 0 done, 1 an error (one line on standard error; of `doctor`: or errors found), 2 wrong usage. Of `verify`: 1 the
 * model does not hold, 2 it could not be verified, for whatever reason.
 */
async function main(): Promise<number> {
  try {
    await program().parseAsync();
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) {
      return error.exitCode === 0 ? 0 : 2;
    }
    process.stderr.write(`patchbay: ${printable(describeError(error).replaceAll('\n', ' '))}\n`);
    return Number(process.exitCode ?? 1);
  }
}

void main().then((code) => {
  process.exitCode = code === 0 ? (process.exitCode ?? 0) : code;
});
