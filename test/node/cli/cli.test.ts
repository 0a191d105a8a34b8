import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { Ajv } from 'ajv';
import { renderSchemas } from '../../../scripts/schemas.ts';
import type { LinkRecord } from '../../../src/iproute/records.ts';
import { formatSnapshot } from '../../../src/iproute/snapshot.ts';
import { readRecording } from '../../../src/session/recording.ts';
import type { Diagnosis } from '../../../src/topology/finding.ts';
import type { Topology } from '../../../src/topology/topology.ts';
import type { Trace } from '../../../src/trace/trace.ts';
import type { Verification } from '../../../src/verify/verification.ts';

const cli = 'dist/cli.js';

interface Outcome {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number | null;
}

function start(
  args: readonly string[],
): ChildProcess & { stdout: NodeJS.ReadableStream; stderr: NodeJS.ReadableStream } {
  const child = spawn(process.execPath, [cli, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  return child;
}

async function run(...args: string[]): Promise<Outcome> {
  const child = start(args);
  const [stdout, stderr, [exitCode]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit') as Promise<[number | null]>,
  ]);
  return { stdout, stderr, exitCode };
}

/** A topology has a cycle of types but not of values, so strict mode has nothing to say that tsc has not. */
function assertFits(schemaFile: string, value: unknown): void {
  const schema = JSON.parse(readFileSync(schemaFile, 'utf8')) as object;
  const validate = new Ajv({ strict: false, allErrors: true }).compile(schema);
  assert.ok(validate(value), JSON.stringify(validate.errors?.slice(0, 3)));
}

describe('The command line', () => {
  let lab: ReturnType<typeof start>;
  let url: string;
  let flags: string[];

  before(async () => {
    assert.ok(existsSync(cli), 'run `npm run build` first');
    lab = start(['lab']);
    const [line] = (await once(createInterface(lab.stdout), 'line')) as [string];
    url = line;
    let help = '';
    for await (const chunk of lab.stderr) {
      help += String(chunk);
      flags = /--identity \S+ --known-hosts \S+/.exec(help)?.[0].split(' ') ?? [];
      if (flags.length > 0) {
        break;
      }
    }
  });

  after(async () => {
    const credentials = dirname(flags[1] ?? '');
    lab.kill('SIGINT');
    assert.deepEqual(await once(lab, 'exit'), [0, null]);
    assert.equal(existsSync(credentials), false, 'the keys of the lab are gone');
  });

  const onLab = (command: string[], ...more: string[]): Promise<Outcome> =>
    run(...command, url, ...flags, ...more);

  it('publishes the schemas that its types have', () => {
    for (const [file, schema] of renderSchemas()) {
      assert.equal(readFileSync(file, 'utf8'), schema, `${file} is out of date: npm run schemas`);
    }
  });

  it('inspects a node as JSON that fits its schema', async () => {
    const { stdout, stderr, exitCode } = await onLab(['inspect'], '--json');
    assert.equal(exitCode, 0, stderr);
    const topology = JSON.parse(stdout) as Topology;
    assertFits('docs/inspect.schema.json', topology);
    assert.deepEqual(
      topology.namespaces.map(({ name, root }) => [name, root]),
      [
        ['node', true],
        ['web', false],
        ['db', false],
      ],
    );
    const ids = topology.links.map(({ id }) => id);
    assert.equal(new Set(ids).size, ids.length);
    assert.ok(topology.edges.every(({ a, b }) => ids.includes(a) && ids.includes(b)));
    const bridge = topology.links.find(({ name }) => name === 'cbr0');
    assert.equal(topology.edges.filter(({ kind, b }) => kind === 'port' && b === bridge?.id).length, 2);
  });

  it('inspects a node as text', async () => {
    const { stdout, exitCode } = await onLab(['inspect']);
    assert.equal(exitCode, 0);
    assert.match(stdout, /^web \(made by Patchbay\)$/m);
    assert.match(stdout, /cbr0 +bridge +up +10\.244\.0\.1\/24/);
    assert.match(stdout, /eth0 +veth +up +10\.244\.0\.2\/24 .*⇄ veth\S+ in node/);
  });

  it('tells all of the pods that are named, and says what it does not tell of the others', async () => {
    const named = await onLab(['inspect'], 'web');
    assert.equal(named.exitCode, 0, named.stderr);
    assert.match(named.stdout, /^ {2}rule 32766: from all lookup main \(IPv6\)$/m);
    assert.match(named.stdout, /^ {2}ipv4\.conf\.all\.arp_ignore = \d$/m);
    assert.doesNotMatch(named.stdout, /^db/m);
    assert.match((await onLab(['inspect'])).stdout, /^Not read: .* of 2 namespaces; .*--details/m);
    const all = await onLab(['inspect', '--details', '--json']);
    const { namespaces } = JSON.parse(all.stdout) as Topology;
    assert.ok(namespaces.every(({ unread }) => unread.length === 0));
    assert.equal((await onLab(['inspect'], 'nobody')).exitCode, 1);
  });

  it('traces a ping as JSON that fits its schema', async () => {
    const { stdout, stderr, exitCode } = await onLab(['trace'], '--from', 'web', '--to', 'db', '--json');
    assert.equal(exitCode, 0, stderr);
    const trace = JSON.parse(stdout) as Trace;
    assertFits('docs/trace.schema.json', trace);
    assert.equal(trace.verdict.delivered, true);
    assert.equal(trace.path.hops.length, 5);
  });

  it('creates a pod, shows its commands, and deletes it', async () => {
    const created = await onLab(['pod', 'create'], 'api');
    assert.equal(created.exitCode, 0, created.stderr);
    assert.match(created.stdout, /^ip netns add api$/m);
    const traced = await onLab(['trace'], '--from', 'api', '--to', 'node');
    assert.match(traced.stdout, /^Delivered/m);
    const deleted = await onLab(['pod', 'delete'], 'api');
    assert.equal(deleted.exitCode, 0, deleted.stderr);
    assert.doesNotMatch((await onLab(['inspect'])).stdout, /^api/m);
  });

  it('creates several pods at once', async () => {
    const created = await onLab(['pod', 'create'], '--count', '3', '--dry-run');
    assert.equal(created.exitCode, 0, created.stderr);
    assert.equal(created.stdout.match(/^ip netns add /gm)?.length, 3);
    assert.doesNotMatch((await onLab(['inspect'])).stdout, /^pod/m);
  });

  it('watches a node as lines of JSON', async () => {
    const watcher = start(['watch', url, '--json', ...flags]);
    const lines = createInterface(watcher.stdout);
    const topologies: Topology[] = [];
    for await (const line of lines) {
      const topology = JSON.parse(line) as Topology;
      topologies.push(topology);
      if (topologies.length === 1) {
        assert.equal((await onLab(['pod', 'create'], 'seen')).exitCode, 0);
      }
      if (topology.namespaces.some(({ name }) => name === 'seen')) {
        break;
      }
    }
    assert.ok(topologies.length > 1);
    watcher.kill('SIGINT');
    await once(watcher, 'exit');
    assert.equal((await onLab(['pod', 'delete'], 'seen')).exitCode, 0);
  });

  it('watches a node in words', async () => {
    const watcher = start(['watch', url, ...flags]);
    const lines: string[] = [];
    for await (const line of createInterface(watcher.stdout)) {
      lines.push(line);
      if (lines.length === 1) {
        assert.equal((await onLab(['pod', 'create'], 'told')).exitCode, 0);
      }
      if (line.includes('eth0 of told')) {
        break;
      }
    }
    assert.match(lines[0] ?? '', /^Watching /);
    assert.ok(
      lines.some((line) => /^\d\d:\d\d:\d\d {2}\+ told: pod made by Patchbay$/.test(line)),
      lines.join('\n'),
    );
    watcher.kill('SIGINT');
    await once(watcher, 'exit');
    assert.equal((await onLab(['pod', 'delete'], 'told')).exitCode, 0);
  });

  it('finds nothing wrong with a fresh lab but that it keeps to itself, and exits with 0', async () => {
    const { stdout, exitCode } = await onLab(['doctor']);
    assert.equal(exitCode, 0, stdout);
    const { stdout: json } = await onLab(['doctor'], '--json');
    const diagnosis = JSON.parse(json) as Diagnosis;
    assertFits('docs/diagnosis.schema.json', diagnosis);
    assert.deepEqual(
      diagnosis.findings.filter(({ severity }) => severity === 'error'),
      [],
    );
    assert.deepEqual(diagnosis.unchecked, []);
  });

  it('says what is wrong, what proves it and how to mend it, and exits with 1', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'patchbay-cli-'));
    const file = join(folder, 'broken.patchbay.json');
    assert.equal((await onLab(['inspect'], '--details', '--save', file)).exitCode, 0);
    const whole = await readRecording(file);
    const downed = ({ ifname, ...link }: LinkRecord): LinkRecord => ({
      ...link,
      ifname,
      flags: [],
      operstate: 'DOWN',
    });
    const [root, ...pods] = whole.namespaces;
    const links = root?.links?.map((link) => (link.ifname.startsWith('veth') ? downed(link) : link)) ?? [];
    assert.ok(root);
    await writeFile(file, formatSnapshot({ ...whole, namespaces: [{ ...root, links }, ...pods] }));
    const { stdout, exitCode } = await run('doctor', file);
    await rm(folder, { recursive: true });
    assert.equal(exitCode, 1, stdout);
    assert.match(stdout, /^\S+: 2 errors/);
    assert.match(
      stdout,
      /- veth-web\S* is down\.\n[^]*?\| veth-web\S*: [^\n]*state DOWN\n[^]*?\$ ip link set dev veth-web\S* up/,
    );
  });

  const oneLine = /^patchbay: [^\n]+\n$/;

  it('verifies the Kubernetes network model of a fresh lab: it holds, with 0, and as JSON', async () => {
    const { stdout, stderr, exitCode } = await onLab(['verify']);
    assert.equal(exitCode, 0, stdout);
    assert.match(stdout, /^\S+: the Kubernetes network model holds\.\n\+ All pods can communicate/);
    assert.match(stdout, /\n {2}2 web {2}\+ \\ \+\n/);
    assert.match(stderr, /^Probed 0 of 6 pairs\.\n(Probed \d of 6 pairs\.\n)*Probed 6 of 6 pairs\.\n$/);
    const sampled = await onLab(['verify'], '--json', '--limit', '3', '--seed', '5');
    assert.equal(sampled.exitCode, 0, sampled.stderr);
    const verification = JSON.parse(sampled.stdout) as Verification;
    assertFits('docs/verify.schema.json', verification);
    assert.deepEqual(verification.sample, { limit: 3, seed: 5 });
    assert.match(
      (await onLab(['verify'], '--limit', '3', '--seed', '5')).stdout,
      /3 of 6 pairs, chosen by seed 5/,
    );
  });

  it('exits with 2 where the model could not be verified', async () => {
    for (const args of [
      ['verify', 'ssh://127.0.0.1:1'],
      ['verify', url, ...flags, '--pods', 'nobody'],
      ['verify', url, ...flags, '--family', '6'],
    ]) {
      const { stderr, exitCode } = await run(...args);
      assert.equal(exitCode, 2, `${args.join(' ')}: ${stderr}`);
      assert.match(stderr, oneLine);
    }
  });

  for (const [what, args] of [
    ['a pod name with a space', ['a b']],
    ['a pod name with a quote', [`it's`]],
    ['a pod name that is a command', ['$(id)']],
    ['a pod name of 300 characters', ['x'.repeat(300)]],
    ['a pod name that exists', ['web']],
    ['an address outside the subnet', ['new', '--address', '10.9.9.9']],
    ['an address that is taken', ['new', '--address', '10.244.0.2']],
    ['a malformed address', ['new', '--address', '10.244.0']],
    ['a bridge that is a veth', ['new', '--bridge', 'VETH']],
  ] as const) {
    it(`refuses ${what} in one line`, async () => {
      const { stdout } = await onLab(['inspect']);
      const veth = /^ +(veth\S+)/m.exec(stdout)?.[1] ?? '';
      const refused = await onLab(
        ['pod', 'create'],
        ...args.map((argument) => (argument === 'VETH' ? veth : argument)),
      );
      assert.equal(refused.exitCode, 1, refused.stdout);
      assert.match(refused.stderr, oneLine);
      assert.equal((await onLab(['inspect'])).stdout, stdout);
    });
  }

  it('says in one line what went wrong, and exits with 1', async () => {
    for (const args of [
      ['inspect', 'ssh://127.0.0.1:1'],
      ['inspect', 'missing.patchbay.json'],
      ['trace', url, ...flags, '--from', 'nobody', '--to', 'web'],
      ['pod', 'delete', url, ...flags, 'nobody'],
    ]) {
      const { stderr, exitCode } = await run(...args);
      assert.equal(exitCode, 1, `${args.join(' ')}: ${stderr}`);
      assert.match(stderr, oneLine);
    }
  });

  it('exits with 2 on wrong usage', async () => {
    for (const args of [
      [],
      ['inspect'],
      ['inspect', 'nonsense'],
      ['frobnicate'],
      ['trace', 'local'],
      ['inspect', 'local', '--no-such'],
    ]) {
      assert.equal((await run(...args)).exitCode, 2, args.join(' '));
    }
    assert.equal((await run('--help')).exitCode, 0);
  });

  describe('on a recording', () => {
    let folder: string;

    beforeEach(async () => {
      folder = await mkdtemp(join(tmpdir(), 'patchbay-cli-'));
    });

    afterEach(() => rm(folder, { recursive: true }));

    it('saves one that shows the same, and one that gives no name away', async () => {
      const [plain, redacted] = [join(folder, 'lab.patchbay.json'), join(folder, 'redacted.patchbay.json')];
      const saved = await onLab(['inspect', '--json', '--save', plain]);
      assert.equal(saved.exitCode, 0, saved.stderr);
      assertFits('docs/snapshot.schema.json', JSON.parse(readFileSync(plain, 'utf8')));
      assert.deepEqual(JSON.parse((await run('inspect', '--json', plain)).stdout), JSON.parse(saved.stdout));
      assert.equal((await run('inspect', plain, '--redact', '--save', redacted)).exitCode, 0);
      const shown = (await run('inspect', redacted)).stdout;
      assert.doesNotMatch(shown, /cbr0|web|10\.244\./);
      assert.match(shown, /eth0 +veth +up .*⇄ link\d+ in node/);
      assert.equal((await run('inspect', plain, '--save', join(folder, 'x.json'))).exitCode, 2);
      const nowhere = await run('inspect', plain, '--save', join(folder, 'none', 'x.patchbay.json'));
      assert.equal(nowhere.exitCode, 1);
      assert.match(nowhere.stderr, oneLine);
    });

    it('foretells whether the model holds, and calls that not verified', async () => {
      const file = join(folder, 'lab.patchbay.json');
      assert.equal((await onLab(['inspect'], '--save', file)).exitCode, 0);
      const { stdout, exitCode } = await run('verify', file);
      assert.equal(exitCode, 2, stdout);
      assert.match(stdout, /could not be verified[^]*\? Nothing was sent\. By the tables web would reach db/);
      assertFits('docs/verify.schema.json', JSON.parse((await run('verify', file, '--json')).stdout));
    });

    it('says what is wrong with a file that is none', async () => {
      const file = join(folder, 'x.patchbay.json');
      for (const content of ['', '{', '[]', '{"format":"patchbay-snapshot","version":99}']) {
        await writeFile(file, content);
        const { stderr, exitCode } = await run('inspect', file);
        assert.equal(exitCode, 1);
        assert.match(stderr, oneLine);
      }
    });
  });

  it('shows what can be read without root, and says what is missing', async () => {
    const unprivileged = ['--reuid=65534', '--regid=65534', '--clear-groups'];
    // A namespace of our own to read: never this machine's.
    const child = spawn('unshare', [
      '--net',
      'setpriv',
      ...unprivileged,
      process.execPath,
      cli,
      'inspect',
      'local',
      '--json',
    ]);
    const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
    assert.equal(stderr, '');
    const topology = JSON.parse(stdout) as Topology;
    assert.equal(topology.node.privilege, 'none');
    assert.equal(topology.links.find(({ kind }) => kind === 'loopback')?.name, 'lo');
    const unknown = topology.unknown.find(({ what }) => what === 'processes');
    assert.match(unknown?.remedy ?? '', /root|sudo/);
  });
});
