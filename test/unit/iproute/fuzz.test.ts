/** Damage to what a node printed, from a recorded run: no parser throws, and nothing bad costs anything beside it. */
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { batchSections, parseBatch, parseFdb, tableSections } from '../../../src/iproute/batch.ts';
import { collectSnapshot } from '../../../src/iproute/collect.ts';
import { FrameReader, type Frame } from '../../../src/iproute/frames.ts';
import { parseHolders, parseNamespaceMounts } from '../../../src/iproute/holders.ts';
import { cutReadings } from '../../../src/iproute/netlink/readings.ts';
import { MonitorReader } from '../../../src/iproute/monitor.ts';
import { parseNsids } from '../../../src/iproute/nsids.ts';
import { parseSnapshotFile, type NamespaceSnapshot, type Snapshot } from '../../../src/iproute/snapshot.ts';
import { buildTopology } from '../../../src/topology/build.ts';
import { decodeText } from '../../../src/util/bytes.ts';
import { PatchbayError } from '../../../src/util/errors.ts';
import {
  framesOf,
  latin1,
  recordedStream,
  replay,
  type RecordedFrame,
} from '../../support/recordedStream.ts';

const stream = recordedStream();
const frames = framesOf(stream);
/** What a topology shows; the ids of `nsids` only help to prove cables. */
const knowable = ['links', 'routes', 'rules', 'neighbours', 'fdb'] as const;
const sections = [...knowable, 'nsids'] as const;

/** Runs a property and prints its seed; PATCHBAY_FUZZ_SEED repeats a run. */
async function check<T extends [unknown, ...unknown[]]>(
  arbitraries: { [K in keyof T]: fc.Arbitrary<T[K]> },
  holds: (...drawn: T) => void | Promise<void>,
  numRuns = 300,
): Promise<void> {
  const seed = process.env['PATCHBAY_FUZZ_SEED'];
  const drawn = fc.tuple(...arbitraries) as fc.Arbitrary<unknown> as fc.Arbitrary<T>;
  const property = fc.asyncProperty(drawn, async (values) => holds(...values));
  await fc.assert(property, {
    numRuns,
    ...(seed === undefined ? {} : { seed: Number(seed) }),
    reporter: (details) => {
      console.log(`      seed ${details.seed}`);
      if (details.failed) {
        throw new Error(fc.defaultReportMessage(details), { cause: details.errorInstance });
      }
    },
  });
}

const garbage = fc.uint8Array({ maxLength: 60 }).map(latin1);

/** Damage to the body of a section. */
const damage: fc.Arbitrary<(body: string) => string> = fc.oneof(
  // Cut off.
  fc
    .double({ min: 0, max: 1, noNaN: true })
    .map((share) => (body: string) => body.slice(0, body.length * share)),
  // Twice.
  fc.constant((body: string) => body + body),
  // Binary garbage before, within and in place of it.
  garbage.map((bytes) => (body: string) => bytes + body),
  fc.tuple(garbage, fc.double({ min: 0, max: 1, noNaN: true })).map(
    ([bytes, share]) =>
      (body: string) =>
        body.slice(0, body.length * share) + bytes + body.slice(body.length * share),
  ),
  garbage.map((bytes) => () => bytes),
  // Lines in another order.
  fc.constant((body: string) => body.split('\n').reverse().join('\n')),
  // Fields missing, of another type, and of kinds that nobody heard of.
  fc
    .constantFrom('ifindex', 'ifname', 'dst', 'priority', 'mac', 'state', 'flags', 'addr_info', 'linkinfo')
    .map((field) => (body: string) => body.replaceAll(`"${field}":`, '"invented":')),
  fc
    .constantFrom('null', '7', '"text"', '[[]]', '{}')
    .map((value) => (body: string) => body.replace(/:"[^"]*"/g, `:${value}`)),
  fc.constant((body: string) => body.replace(/"info_kind":"\w+"/g, '"info_kind":"quantum"')),
  fc
    .constantFrom('Killed\n', 'ip: not found\n', '[null]\n', '[{}]\n', '{"a":1}\n', '[{"a":\n')
    .map((text) => () => text),
);

/** The frame with its body damaged; its header still says what it is. */
function damaged(frame: RecordedFrame, change: (body: string) => string): RecordedFrame {
  const end = frame.text.indexOf('\n') + 1;
  return { ...frame, text: frame.text.slice(0, end) + change(frame.text.slice(end)) };
}

const collect = (changed: readonly RecordedFrame[], options = {}): Promise<Snapshot> =>
  collectSnapshot(replay(changed, options));

describe('Damage to a recorded run of the collector', function () {
  this.timeout(60_000);
  let whole: Snapshot;

  before(async () => {
    whole = await collect(frames);
    assert.deepEqual(whole.unknown, []);
    assert.ok(whole.namespaces.length >= 6);
    assert.ok(whole.namespaces.some(({ fdb }) => (fdb?.length ?? 0) > 0));
  });

  const unharmed = (id: string): NamespaceSnapshot => {
    const found = whole.namespaces.find((namespace) => namespace.id === id);
    assert.ok(found);
    return found;
  };

  /** Whether a section is said not to be known: by itself, or with the links, without which nothing of a namespace is. */
  const isSaid = ({ unknown }: Snapshot, { id, links }: NamespaceSnapshot, section: string): boolean =>
    unknown.some(
      ({ namespace, what }) => namespace === id && (what === section || (what === 'links' && links === null)),
    );

  /** What is said of a namespace is what is true, or it is said not to be known. */
  const assertNothingMadeUp = (snapshot: Snapshot): void => {
    const excused = snapshot.unknown.some(({ namespace }) => namespace === null);
    for (const namespace of snapshot.namespaces) {
      const truth = whole.namespaces.find(({ id }) => id === namespace.id);
      for (const section of truth ? knowable : []) {
        const isExcused = excused && namespace[section] === null;
        if (!isSaid(snapshot, namespace, section) && !isExcused) {
          assert.deepEqual(namespace[section], truth?.[section], `${section} of ${namespace.id}`);
        }
      }
    }
  };

  it('in one section never costs another', async () => {
    const choice = fc.constantFrom(
      ...frames.filter(({ section }) => ['batch', 'links', 'tables', 'fdb', 'nsids'].includes(section)),
    );
    await check([choice, damage], async (victim, change) => {
      const changed = frames.map((frame) => (frame === victim ? damaged(frame, change) : frame));
      let snapshot: Snapshot;
      try {
        snapshot = await collect(changed);
      } catch (error) {
        // Without the links of the node itself there is nothing to show.
        assert.ok(error instanceof PatchbayError, String(error));
        assert.deepEqual([victim.section, unharmed(victim.id).root], ['links', true]);
        return;
      }
      const parts: Readonly<Record<string, readonly string[]>> = {
        batch: batchSections,
        tables: tableSections,
      };
      const own = parts[victim.section] ?? [victim.section];
      for (const namespace of snapshot.namespaces) {
        const truth = unharmed(namespace.id);
        assert.deepEqual(namespace.paths, truth.paths);
        assert.deepEqual(namespace.processes, truth.processes);
        for (const section of sections) {
          const isHarmed = namespace.id === victim.id && own.includes(section);
          // Where the links are not known, neither is whether there is a bridge to ask.
          const isUnsure =
            section === 'fdb' && namespace.id === victim.id && isSaid(snapshot, namespace, 'fdb');
          if (!isHarmed && !isUnsure) {
            assert.deepEqual(namespace[section], truth[section], `${section} of ${namespace.id}`);
          }
        }
      }
      buildTopology(snapshot);
    });
  });

  it('in what the kernel said of one namespace never costs another', async () => {
    const frame = frames.find(({ section }) => section === 'netlink');
    assert.ok(frame);
    const body = frame.text.slice(frame.text.indexOf('\n') + 1);
    const readings = Array.from(cutReadings(Buffer.from(body, 'latin1')));
    assert.ok(readings.length >= 4);
    const flip = fc
      .tuple(fc.nat(), fc.integer({ min: 1, max: 255 }))
      .map(([place, bits]) => (text: string) => {
        const at = place % text.length;
        return text.slice(0, at) + String.fromCharCode(text.charCodeAt(at) ^ bits) + text.slice(at + 1);
      });
    const choice = fc.nat({ max: readings.length - 1 });
    await check([choice, fc.oneof(flip, damage)], async (victim, change) => {
      const told = readings.map(({ inode, answers }, i) => {
        const text = i === victim ? change(latin1(answers)) : latin1(answers);
        return `${inode} ${text.length}\n${text}`;
      });
      const changed = damaged(frame, () => told.join(''));
      const snapshot = await collect(frames.map((one) => (one === frame ? changed : one)));
      for (const namespace of snapshot.namespaces) {
        if (namespace.id !== readings[victim]?.inode) {
          assert.deepEqual(namespace, unharmed(namespace.id));
        }
      }
      buildTopology(snapshot);
    });
  });

  it('in the lists of names and processes never costs what was read', async () => {
    const choice = fc.constantFrom(
      ...frames.filter(({ section }) => ['mounts', 'processes', 'cgroups', 'names'].includes(section)),
    );
    await check([choice, damage], async (victim, change) => {
      const snapshot = await collect(
        frames.map((frame) => (frame === victim ? damaged(frame, change) : frame)),
      );
      for (const namespace of snapshot.namespaces) {
        const truth = whole.namespaces.find(({ id }) => id === namespace.id);
        for (const section of truth ? sections : []) {
          assert.deepEqual(namespace[section], truth?.[section]);
        }
      }
      buildTopology(snapshot);
    });
  });

  it('that repeats sections changes nothing', async () => {
    await check([fc.subarray(frames.map((_, i) => i))], async (repeated) => {
      const snapshot = await collect(
        frames.flatMap((frame, i) => (repeated.includes(i) ? [frame, frame] : [frame])),
      );
      assert.deepEqual({ ...snapshot, takenAt: '' }, { ...whole, takenAt: '' });
    });
  });

  it('that brings sections in another order changes nothing', async () => {
    const [first, ...others] = frames;
    assert.equal(first?.section, 'node');
    // The kernel's own answers come when all else is known that does not follow from them.
    const isLast = ({ section }: RecordedFrame): boolean => section === 'netlink';
    const rest = others.filter((frame) => !isLast(frame));
    await check([fc.shuffledSubarray(rest, { minLength: rest.length })], async (shuffled) => {
      const snapshot = await collect([first, ...shuffled, ...others.filter(isLast)]);
      const sorted = (namespaces: readonly NamespaceSnapshot[]): NamespaceSnapshot[] =>
        [...namespaces].sort((a, b) => a.id.localeCompare(b.id));
      assert.deepEqual(sorted(snapshot.namespaces), sorted(whole.namespaces));
      assert.deepEqual(snapshot.unknown, []);
    });
  });

  it('that cuts it short, at any byte of either lane, makes nothing up', async () => {
    const cut = fc.tuple(fc.nat({ max: stream.lanes[0].length }), fc.nat({ max: stream.lanes[1].length }));
    await check([cut, fc.integer({ min: 1, max: 5000 })], async (at, chunkBytes) => {
      try {
        const snapshot = await collect(frames, { cut: at, chunkBytes });
        assertNothingMadeUp(snapshot);
        buildTopology(snapshot);
      } catch (error) {
        if (!(error instanceof PatchbayError)) {
          throw error;
        }
      }
    });
  });

  it('that loses sections makes nothing up', async () => {
    const [first, ...rest] = frames;
    assert.ok(first);
    await check([fc.subarray(rest)], async (kept) => {
      try {
        assertNothingMadeUp(await collect([first, ...kept]));
      } catch (error) {
        if (!(error instanceof PatchbayError)) {
          throw error;
        }
      }
    });
  });
});

describe('Parsers', () => {
  const bodyOf = (section: string): string => {
    const text = frames.find((frame) => frame.section === section)?.text ?? '';
    return text.slice(text.indexOf('\n') + 1);
  };
  const decoded = (text: string): string => decodeText(Buffer.from(text, 'latin1'));

  it('cut the same frames from a stream, however it is chunked, and none from garbage', async () => {
    const cut = (chunks: readonly Uint8Array[]): Frame[] => {
      const reader = new FrameReader(stream.nonce);
      return [...chunks.flatMap((chunk) => reader.push(chunk)), ...reader.end()];
    };
    const [lane] = stream.lanes;
    const whole = cut([lane]);
    await check([fc.array(fc.nat({ max: lane.length })), fc.uint8Array()], (places, noise) => {
      const sorted = [0, ...places.sort((a, b) => a - b), lane.length];
      const chunks = sorted.slice(1).map((end, i) => lane.subarray(sorted[i], end));
      assert.deepEqual(cut([noise, ...chunks]), whole);
      assert.deepEqual(cut([noise]), []);
      const short = cut([lane.subarray(0, places[0] ?? 0)]);
      assert.deepEqual(short.slice(0, -1), whole.slice(0, Math.max(0, short.length - 1)));
    });
  });

  it('keep three sections of a batch when the fourth is damaged', async () => {
    const lines = bodyOf('batch').trimEnd().split('\n');
    const whole = parseBatch(lines.join('\n'));
    assert.equal(lines.length, batchSections.length);
    await check([fc.nat({ max: 3 }), damage], (at, change) => {
      const bad = change(lines[at] ?? '').replaceAll('\n', ' ');
      const result = parseBatch(decoded(lines.with(at, bad).join('\n')));
      for (const [i, section] of batchSections.entries()) {
        const isSaid = result.failures.some(({ what }) => what === section);
        // Which of two sections an empty list answers is not known where an answer is missing.
        if (i !== at && !(whole[section]?.length === 0 && isSaid)) {
          assert.deepEqual(result[section], whole[section], section);
        }
        assert.ok(result[section] !== null || isSaid, section);
      }
    });
  });

  it('take an FDB, ids and any text for them without complaint', async () => {
    const choice = fc.constantFrom(bodyOf('fdb'), bodyOf('nsids'), bodyOf('batch'));
    await check([choice, damage], (body, change) => {
      const text = decoded(change(body));
      const { fdb, failures } = parseFdb(text);
      assert.ok(fdb !== null || failures.length > 0);
      assert.ok(Array.isArray(parseNsids(text)));
    });
  });

  it('lose no mount and no process to a line that is none', async () => {
    const mounts = bodyOf('mounts').trimEnd().split('\n');
    const lists = (['processes', 'cgroups', 'names'] as const).map((list) =>
      bodyOf(list).trimEnd().split('\n'),
    );
    const join = (lines: readonly string[]): string => decoded(`${lines.join('\n')}\n`);
    const holdersOf = ([processes = [], cgroups = [], names = []]: readonly (readonly string[])[]): unknown =>
      parseHolders({ processes: join(processes), cgroups: join(cgroups), names: join(names) }, null);
    const line = garbage.map((text) => decoded(text.replace(/[\n\r0-9]/g, 'x')));
    const known = [parseNamespaceMounts(join(mounts)), holdersOf(lists)] as const;
    assert.ok(known[0].length > 0);
    assert.notDeepEqual(known[1], []);
    await check([line, fc.nat({ max: mounts.length }), fc.nat({ max: 2 }), fc.nat()], (bad, i, which, j) => {
      const spoilt = lists.map((list, at) =>
        at === which ? list.toSpliced(j % (list.length + 1), 0, bad) : list,
      );
      const read = [parseNamespaceMounts(join(mounts.toSpliced(i, 0, bad))), holdersOf(spoilt)];
      assert.deepEqual(read, known);
    });
  });

  it('hear the same events of a monitor, however it is chunked, and survive any bytes', async () => {
    const said = [
      '[2026-11-22T17:00:00.000001] [nsid 3][LINK]2: eth0@if5: <BROADCAST> mtu 1500\n',
      '    link/ether 02:42:ac:11:00:02 brd ff:ff:ff:ff:ff:ff\n',
      '[2026-11-22T17:00:00.000002] [nsid current][ADDR]Deleted 4: br0    inet 10.0.0.1/24\n',
      '[2026-11-22T17:00:00.000003] [nsid current][NSID]Deleted nsid 7 \n',
    ].join('');
    const bytes = Buffer.from(said);
    const whole = new MonitorReader().push(bytes);
    assert.deepEqual(
      whole.map(({ nsid, subject }) => subject ?? nsid),
      [3, null, 7],
    );
    await check([fc.nat({ max: bytes.length }), fc.uint8Array()], (at, noise) => {
      const reader = new MonitorReader();
      assert.deepEqual([...reader.push(bytes.subarray(0, at)), ...reader.push(bytes.subarray(at))], whole);
      const spoilt = new MonitorReader();
      spoilt.push(noise);
      assert.deepEqual(spoilt.push(Buffer.concat([Buffer.from('\n'), bytes])).slice(-3), whole);
    });
  });

  it('take a recording whole or say what is wrong with it', async () => {
    const fixtures = join(import.meta.dirname, '../../fixtures');
    const [file = ''] = globSync('**/*.patchbay.json', { cwd: fixtures });
    const text = readFileSync(join(fixtures, file), 'utf8');
    await check([damage], (change) => {
      try {
        parseSnapshotFile(change(text));
      } catch (error) {
        assert.ok(error instanceof PatchbayError && error.code === 'bad-file', String(error));
      }
    });
  });
});
