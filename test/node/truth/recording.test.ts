import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { Ajv } from 'ajv';
import fc from 'fast-check';
import { redactSnapshot } from '../../../src/iproute/redact/redact.ts';
import { formatSnapshot, isPacked, parseSnapshotFile, type Snapshot } from '../../../src/iproute/snapshot.ts';
import { readNode, type NodeReading } from '../../../src/session/readNode.ts';
import { readRecording, writeRecording } from '../../../src/session/recording.ts';
import { buildTopology } from '../../../src/topology/build.ts';
import { PatchbayError } from '../../../src/util/errors.ts';
import { leaksOf, sameWiring } from '../../support/redaction.ts';
import { startSandbox } from '../support/sandbox.ts';
import { arbitraryModel, type Model } from './model.ts';
import { realise, supportedKinds } from './realise.ts';

/** Cases a run; more by environment for a long night. */
const runs = Number(process.env['PATCHBAY_RECORDING_RUNS'] ?? 40);

const schema = JSON.parse(await readFile('docs/snapshot.schema.json', 'utf8')) as object;
const fits = new Ajv({ strict: false, allErrors: true }).compile(schema);

function assertFits(value: unknown): void {
  assert.ok(fits(value), JSON.stringify(fits.errors?.slice(0, 3)));
}

async function readModel(model: Model): Promise<NodeReading> {
  const sandbox = await startSandbox();
  try {
    await realise(sandbox.transport, model);
    return await readNode(sandbox.transport);
  } finally {
    sandbox.dispose();
  }
}

describe('A recording of a real node', function () {
  this.timeout(300_000);
  let folder: string;
  let file: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'patchbay-recording-'));
    file = join(folder, 'node.patchbay.json');
  });

  afterEach(() => rm(folder, { recursive: true }));

  it(`shows the same topology, and redacted the same wiring, for ${runs} random nodes`, async () => {
    const kinds = await supportedKinds();
    const property = fc.asyncProperty(arbitraryModel(kinds), async (model) => {
      const { snapshot, pairing } = await readModel(model);
      assertFits(snapshot);
      await writeRecording(file, snapshot);
      assertFits(JSON.parse(await readFile(file, 'utf8')));
      assert.deepEqual(buildTopology(await readRecording(file)), buildTopology(snapshot, pairing));
      const redacted = redactSnapshot(snapshot);
      assert.deepEqual(leaksOf(snapshot, redacted), []);
      sameWiring(snapshot, redacted);
      assertFits(redacted);
    });
    const seed = process.env['PATCHBAY_TRUTH_SEED'];
    await fc.assert(property, {
      numRuns: runs,
      ...(seed === undefined ? {} : { seed: Number(seed) }),
      reporter: (details) => {
        console.log(`      seed ${details.seed}`);
        if (details.failed) {
          throw new Error(fc.defaultReportMessage(details), { cause: details.errorInstance });
        }
      },
    });
  });

  it('takes less than 200 KB for 300 pods', async () => {
    const sandbox = await startSandbox();
    let snapshot: Snapshot;
    try {
      const script = `ip link add cbr0 type bridge; ip addr add 10.244.0.1/16 dev cbr0; ip link set cbr0 up
        for i in $(seq 300); do
          echo "netns add pod$i"
          echo "link add veth$i alias patchbay:pod=pod$i type veth peer name eth0 netns pod$i"
          echo "link set veth$i up master cbr0"
        done | ip -batch -
        for i in $(seq 300); do
          printf '%s\\n' "addr add 10.244.$((i / 250)).$((i % 250 + 2))/16 dev eth0" 'link set eth0 up' 'link set lo up' \\
            'route add default via 10.244.0.1' | ip -n pod$i -batch -
        done`;
      const { stderr, exitCode } = await sandbox.transport.exec(['sh', '-e', '-s'], { stdin: script });
      assert.equal(exitCode, 0, stderr);
      ({ snapshot } = await readNode(sandbox.transport));
    } finally {
      sandbox.dispose();
    }
    assert.equal(snapshot.namespaces.length, 301);
    await writeRecording(file, snapshot);
    const { size } = await stat(file);
    console.log(`      ${size} bytes on disk, ${formatSnapshot(snapshot).length} unpacked`);
    assert.ok(size < 200_000, `${size} bytes`);
    await writeRecording(file, redactSnapshot(snapshot));
    const redactedSize = (await stat(file)).size;
    console.log(`      ${redactedSize} bytes redacted`);
    assert.ok(redactedSize < 200_000, `${redactedSize} bytes`);
  });

  describe('once saved', () => {
    let snapshot: Snapshot;

    before(async () => {
      ({ snapshot } = await readModel({ namespaces: [{ kind: 'root', name: 'node' }], links: [] }));
    });

    const opened = async (content: string | Uint8Array): Promise<Snapshot> => {
      await writeFile(file, content);
      return readRecording(file);
    };
    const refuses = (content: string | Uint8Array, message: RegExp): Promise<void> =>
      assert.rejects(
        opened(content),
        (error) => error instanceof PatchbayError && error.code === 'bad-file' && message.test(error.message),
      );

    it('is JSON that says what it is, and unpacks with gzip alone', async () => {
      await writeRecording(file, snapshot);
      const packed = parseSnapshotFile(await readFile(file, 'utf8'));
      assert.ok(isPacked(packed));
      assert.equal(packed.takenAt, snapshot.takenAt);
      const text = gunzipSync(Buffer.from(packed.data.join(''), 'base64')).toString();
      assert.deepEqual(JSON.parse(text), snapshot);
    });

    it('opens as plain JSON, with a byte order mark, and gzipped', async () => {
      const text = formatSnapshot(snapshot);
      assert.deepEqual(await opened(text), snapshot);
      assert.deepEqual(await opened(`\ufeff${text}`), snapshot);
      assert.deepEqual(await opened(gzipSync(text)), snapshot);
      await writeRecording(file, snapshot);
      assert.deepEqual(await opened(gzipSync(await readFile(file))), snapshot);
    });

    it('keeps fields that this release does not know', async () => {
      const [root, ...others] = snapshot.namespaces;
      const later = {
        ...snapshot,
        invented: { later: true },
        node: { ...snapshot.node, uptime: 7 },
        namespaces: [{ ...root, sysctls: { ip_forward: '1' } }, ...others],
      };
      assert.deepEqual(await opened(JSON.stringify(later)), later);
    });

    it('says that a later release wrote it, whatever else is in it', async () => {
      const message = /version 2; this Patchbay reads version 1/;
      await refuses(JSON.stringify({ ...snapshot, version: 2 }), message);
      await refuses('{"format":"patchbay-snapshot","version":2,"encoding":"zstd"}', message);
    });

    it('says what is wrong with it', async () => {
      await writeRecording(file, snapshot);
      const packed = await readFile(file, 'utf8');
      await refuses('', /not valid JSON/);
      await refuses(packed.slice(0, -20), /not valid JSON/);
      await refuses(new Uint8Array([0x1f, 0x8b, 8, 0, 0]), /damaged/);
      await refuses(packed.replace(/"data": \[\s*"....../, '"data": ["AAAAAA'), /damaged/);
      await refuses(JSON.stringify({ ...JSON.parse(packed), encoding: 'zstd' }), /encoding|expected/i);
      await refuses('[]', /not a Patchbay snapshot/);
      await refuses('{"format":"patchbay-snapshot","version":1}', /not a Patchbay snapshot/);
      const nested = gzipSync(packed).toString('base64');
      await refuses(JSON.stringify({ ...JSON.parse(packed), data: [nested] }), /another recording/);
    });
  });
});
