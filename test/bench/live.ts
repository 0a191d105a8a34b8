/**
 * What following a node costs: `npm run bench:live [pods] [changes]`. A sandbox with 300 pods behind one bridge, followed over a real
 * OpenSSH server on loopback. Prints a table and puts it into docs/BENCHMARKS.md.
 */
import { readFileSync, writeFileSync, readdirSync } from 'node:fs';
import { cpus, release } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { NodeSession } from '../../src/session/nodeSession.ts';
import type { TopologyDiff } from '../../src/topology/diff.ts';
import type { RemoteProcess } from '../../src/transport/transport.ts';
import { enteredThrough, startSandbox, type Sandbox } from '../node/support/sandbox.ts';
import { connectTo, startSshd } from '../node/support/sshd.ts';

const podCount = Number(process.argv[2] ?? 300);
const changeCount = Number(process.argv[3] ?? 50);
const measureMs = 20_000;
const perSecond = 10;
/** A change that is not seen for so long is taken for missed. */
const unseenMs = 30_000;

interface Cpu {
  readonly nodeMs: number;
  readonly clientMs: number;
}

const sandbox = await startSandbox();
const sshd = await startSshd();
/** Times that the session found its picture true: reads, and signs of life while nothing happens. */
let reads = 0;
const session = new NodeSession({
  label: 'bench',
  open: async () => enteredThrough(await connectTo(sshd), sandbox.enter),
});
try {
  await makePods(sandbox);
  const started = performance.now();
  await session.start(new AbortController().signal);
  session.onDidConfirm(() => reads++);
  const firstMs = performance.now() - started;
  await settled();
  const readsBefore = reads;
  const idle = await cpuDuring(() => delay(measureMs));
  const idleReads = reads - readsBefore;
  const link = await latencies('ip -batch -', (i) => ({
    line: `link set v${1 + (i % podCount)} ${i < podCount ? 'down' : 'up'}`,
    isSeen: ({ links }) =>
      links.changed.some(
        ({ after, fields }) =>
          after.name === `v${1 + (i % podCount)}` && fields.some(({ field }) => field === 'up'),
      ),
  }));
  const address = await latencies('ip -n pod7 -batch -', (i) => ({
    line: `addr add 192.0.2.${i % 250}/32 dev eth0`,
    isSeen: ({ links }) =>
      links.changed.some(({ after }) => after.addresses.includes(`192.0.2.${i % 250}/32`)),
  }));
  const busy = await cpuDuring(() => keepChanging());
  report([
    ['connect and read everything', ms(firstMs)],
    [`\`ip link set … down\` (node and pod change) to the diff, p50 / p95`, spread(link)],
    ['an address in a pod to the diff, p50 / p95', spread(address)],
    [`idle (${idleReads} reads or signs of life): CPU of the node / of the client`, share(idle)],
    [`${perSecond} changes a second: CPU of the node / of the client`, share(busy)],
  ]);
} finally {
  session.dispose();
  await sshd.stop();
  sandbox.dispose();
}

async function makePods({ transport }: Sandbox): Promise<void> {
  const pods = Array.from({ length: podCount }, (_, i) => i + 1);
  const script = [
    'ip link add cbr0 type bridge; ip link set cbr0 up; ip addr add 10.244.0.1/16 dev cbr0',
    'ip -batch - <<BATCH',
    ...pods.flatMap((n) => [
      `netns add pod${n}`,
      `link add v${n} type veth peer name eth0 netns pod${n}`,
      `link set v${n} up master cbr0`,
    ]),
    'BATCH',
    ...pods.map(
      (n) =>
        `ip -n pod${n} -batch - <<BATCH\nlink set lo up\naddr add 10.244.${n >> 8}.${n & 255}/16 dev eth0\nlink set eth0 up\nroute add default via 10.244.0.1\nBATCH`,
    ),
  ];
  const { stderr, exitCode } = await transport.exec(['sh', '-e', '-s'], { stdin: script.join('\n') });
  if (exitCode !== 0) {
    throw new Error(`The pods could not be made: ${stderr}`);
  }
}

/** Fresh pods look for IPv6 routers for half a minute, which the bridge tells of: that is not idle yet. */
async function settled(): Promise<void> {
  await delay(30_000);
}

interface Change {
  readonly line: string;
  readonly isSeen: (diff: TopologyDiff) => boolean;
}

/** Times of changes made one by one by a program that waits for its next line, so that no start of a process counts. */
async function latencies(command: string, change: (i: number) => Change): Promise<number[]> {
  const driver = await sandbox.transport.spawn(command.split(' '));
  const times: number[] = [];
  for (let i = 0; i < changeCount; i++) {
    times.push(await latency(driver, change(i)));
    // What a change brings after it (carrier, IPv6) must not be taken for the next; and not always at the same phase of the look.
    await delay(200 + (i % 10) * 17);
  }
  driver.endInput();
  await driver.exit;
  return times;
}

/** Rejects where a change is not seen: that is a fault of what is measured. */
function latency(driver: RemoteProcess, { line, isSeen }: Change): Promise<number> {
  return new Promise((resolve, reject) => {
    const started = performance.now();
    const seen: string[] = [];
    const listening = session.onDidChangeTopology(({ diff }) => {
      seen.push(JSON.stringify(diff?.links.changed.map(({ after, fields }) => [after.name, fields])));
      if (diff && isSeen(diff)) {
        listening.dispose();
        clearTimeout(timer);
        resolve(performance.now() - started);
      }
    });
    const timer = setTimeout(() => {
      listening.dispose();
      reject(new Error(`"${line}" was not seen within ${unseenMs / 1_000} s; what was: ${seen.join('; ')}`));
    }, unseenMs);
    driver.write(`${line}\n`);
  });
}

async function keepChanging(): Promise<void> {
  const driver = await sandbox.transport.spawn(['ip', '-batch', '-']);
  for (let i = 0; i < (measureMs / 1_000) * perSecond; i++) {
    driver.write(`link set v${1 + (i % podCount)} ${i % 2 === 0 ? 'mtu 1400' : 'mtu 1500'}\n`);
    await delay(1_000 / perSecond);
  }
  driver.endInput();
  await driver.exit;
}

async function cpuDuring(work: () => Promise<void>): Promise<Cpu> {
  const [node, client, started] = [nodeCpuMs(), process.cpuUsage(), performance.now()];
  await work();
  const { user, system } = process.cpuUsage(client);
  const seconds = (performance.now() - started) / 1_000;
  return { nodeMs: (nodeCpuMs() - node) / seconds, clientMs: (user + system) / 1_000 / seconds };
}

/** CPU of the server, of all it started, and of what these waited for (proc_pid_stat(5): utime, stime, cutime, cstime). */
function nodeCpuMs(): number {
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap(statOf);
  const ours = new Set([sshd.pid]);
  for (let before = 0; before !== ours.size;) {
    before = ours.size;
    all.filter(({ parent }) => ours.has(parent)).forEach(({ pid }) => ours.add(pid));
  }
  const ticks = all.filter(({ pid }) => ours.has(pid)).reduce((sum, { used }) => sum + used, 0);
  return ticks * 10;
}

function statOf(pid: string): { pid: number; parent: number; used: number }[] {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = text
      .slice(text.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    return [
      { pid: Number(pid), parent: fields[1] ?? 0, used: fields.slice(11, 15).reduce((a, b) => a + b, 0) },
    ];
  } catch {
    return []; // It ended meanwhile.
  }
}

function ms(value: number): string {
  return `${value.toFixed(0)} ms`;
}

function spread(times: readonly number[]): string {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? NaN;
  return `${ms(at(0.5))} / ${ms(at(0.95))}`;
}

/** Of one core. */
function share({ nodeMs, clientMs }: Cpu): string {
  return `${(nodeMs / 10).toFixed(1)} % / ${(clientMs / 10).toFixed(1)} % of a core`;
}

function report(rows: readonly (readonly [string, string])[]): void {
  const width = Math.max(...rows.map(([what]) => what.length));
  const valueWidth = Math.max(...rows.map(([, value]) => value.length));
  const line = (what: string, value: string): string =>
    `| ${what.padEnd(width)} | ${value.padEnd(valueWidth)} |`;
  const table = [
    line(`${podCount} pods, over ssh`, 'measured'),
    `| ${'-'.repeat(width)} | ${'-'.repeat(valueWidth)} |`,
    ...rows.map(([what, value]) => line(what, value)),
  ].join('\n');
  console.log(table);
  writeInto(
    path.join(import.meta.dirname, '../../docs/BENCHMARKS.md'),
    [
      `\`npm run bench:live\` on ${cpus().length} × ${cpus()[0]?.model ?? 'CPU'}, Linux ${release()}; ${changeCount} changes each, CPU over ${measureMs / 1_000} s.`,
      '',
      table,
    ].join('\n'),
  );
}

/** Replaces what is between our markers, and nothing else of the file. */
function writeInto(file: string, text: string): void {
  const [begin, end] = ['<!-- live:begin -->', '<!-- live:end -->'];
  const old = readOr(file, '# Benchmarks\n');
  const section = `${begin}\n\n${text}\n\n${end}`;
  const [from, to] = [old.indexOf(begin), old.indexOf(end)];
  writeFileSync(
    file,
    from === -1 || to === -1
      ? `${old.trimEnd()}\n\n## Following a node\n\n${section}\n`
      : old.slice(0, from) + section + old.slice(to + end.length),
  );
}

function readOr(file: string, otherwise: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return otherwise;
  }
}
