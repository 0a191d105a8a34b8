import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import ipaddr from 'ipaddr.js';
import { AddressMap, isKept } from '../../../src/iproute/redact/addresses.ts';
import { Keystream } from '../../../src/iproute/redact/keystream.ts';
import { redactSnapshot } from '../../../src/iproute/redact/redact.ts';
import type { Snapshot } from '../../../src/iproute/snapshot.ts';
import { unpackRecording } from '../../../src/session/recording.ts';
import { leaksOf, sameWiring } from '../../support/redaction.ts';

const fixtures = join(import.meta.dirname, '../../fixtures');
const recordings = globSync('**/*.patchbay.json', { cwd: fixtures });

function recording(file: string): Promise<Snapshot> {
  return unpackRecording(readFileSync(join(fixtures, file)));
}

const v4 = fc.ipV4();
const v6 = fc.ipV6().filter((address) => !address.includes('.'));
const twoOfAKind = fc.oneof(fc.tuple(v4, v4), fc.tuple(v6, v6));

function bitsOf(address: string): string {
  return ipaddr
    .parse(address)
    .toByteArray()
    .map((byte) => byte.toString(2).padStart(8, '0'))
    .join('');
}

function sharedBits(a: string, b: string): number {
  const [x, y] = [bitsOf(a), bitsOf(b)];
  const at = Array.from(x).findIndex((bit, i) => bit !== y[i]);
  return at === -1 ? x.length : at;
}

describe('Addresses that are replaced', () => {
  const key = fc.string();

  it('share as many leading bits as before', () => {
    fc.assert(
      fc.property(key, twoOfAKind, (text, [a, b]) => {
        const map = new AddressMap(new Keystream(text));
        assert.equal(sharedBits(map.address(a), map.address(b)), sharedBits(a, b));
      }),
    );
  });

  it('are in a network after it exactly if they were before', () => {
    fc.assert(
      fc.property(key, twoOfAKind, fc.nat(128), (text, [a, b], length) => {
        const map = new AddressMap(new Keystream(text));
        const bits = Math.min(length, bitsOf(a).length);
        assert.equal(sharedBits(map.address(b), map.network(a, bits)) >= bits, sharedBits(a, b) >= bits);
      }),
    );
  });

  it('stay the first and the last of their network', () => {
    fc.assert(
      fc.property(key, v4, fc.integer({ min: 8, max: 30 }), (text, address, length) => {
        const map = new AddressMap(new Keystream(text));
        map.keepEnds(address, length);
        const bits = bitsOf(address).slice(0, length);
        if (isKept(address, length) || /^(?:169\.254|22[4-9]|23|24|25)/.test(address)) {
          return;
        }
        for (const end of ['0', '1']) {
          const last = ipaddr.fromByteArray(
            (bits.padEnd(32, end).match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)),
          );
          assert.equal(bitsOf(map.address(last.toString())).slice(length), ''.padEnd(32 - length, end));
        }
      }),
    );
  });

  it('are left alone where they say nothing of a node', () => {
    const map = new AddressMap(new Keystream('any'));
    for (const same of [
      '0.0.0.0',
      '127.0.0.1',
      '127.0.0.53',
      '169.254.255.255',
      '224.0.0.251',
      '255.255.255.255',
      '::',
      '::1',
      'fe80::',
      'ff02::1',
      'ff02::16',
    ]) {
      assert.equal(map.address(same), same);
    }
    for (const [address, length] of [
      ['0.0.0.0', 0],
      ['128.0.0.0', 1],
      ['127.0.0.0', 8],
      ['169.254.0.0', 16],
      ['fe80::', 10],
      ['fe80::', 64],
      ['ff00::', 8],
    ] as const) {
      assert.equal(map.network(address, length), address);
    }
    assert.match(map.address('169.254.7.9'), /^169\.254\./);
    assert.match(map.address('fe80::5054:ff:fe12:3456'), /^fe80::/);
  });
});

describe('redactSnapshot', () => {
  it('gives the same for the same', async () => {
    const snapshot = await recording(recordings[0] ?? '');
    assert.deepEqual(redactSnapshot(snapshot), redactSnapshot(structuredClone(snapshot)));
  });

  for (const file of recordings) {
    it(`keeps the wiring and nothing else of ${file}`, async () => {
      const snapshot = await recording(file);
      const redacted = redactSnapshot(snapshot);
      assert.notDeepEqual(leaksOf(snapshot, snapshot), [], 'there is nothing to hide');
      assert.deepEqual(leaksOf(snapshot, redacted), []);
      sameWiring(snapshot, redacted);
    });
  }

  const [file = ''] = recordings;
  const node = async (change: (snapshot: Record<string, unknown>) => void): Promise<Snapshot> => {
    const snapshot = structuredClone(await recording(file));
    change(snapshot);
    return redactSnapshot(snapshot);
  };

  it('hides what it has never heard of', async () => {
    const redacted = await node((snapshot) => {
      snapshot['secrets'] = { psk: 'swordfish', peers: ['hunter2', '10.1.2.3:51820'], port: 7 };
    });
    assert.doesNotMatch(JSON.stringify(redacted), /swordfish|hunter2|10\.1\.2\.3/);
    assert.equal((redacted['secrets'] as { port: number }).port, 7);
  });

  it('replaces names and addresses inside of sentences', async () => {
    const { hostname } = (await recording(file)).node;
    const redacted = await node((snapshot) => {
      const reason = `Cannot open "gone" on ${hostname} at 10.1.2.3/24: No such file`;
      snapshot['unknown'] = [{ namespace: null, what: 'links', reason, remedy: null }];
    });
    const [unknown] = redacted.unknown;
    assert.match(unknown?.reason ?? '', /^Cannot open "text\d+" on host\d+ at [\d.]+\/24: No such file$/);
    assert.doesNotMatch(unknown?.reason ?? '', /gone|10\.1\.2\.3/);
  });

  it('keeps a short container id the beginning of the long one', async () => {
    const id = '0123456789abcdef'.repeat(4);
    const redacted = await node((snapshot) => {
      snapshot['ids'] = [id, id.slice(0, 12)];
    });
    const [long = '', short = ''] = redacted['ids'] as string[];
    assert.match(long, /^[0-9a-f]{64}$/);
    assert.notEqual(long, id);
    assert.equal(long.slice(0, 12), short);
  });

  it('keeps what a MAC address says of its kind', async () => {
    const macs = ['02:42:ac:11:00:02', 'a4:bb:6d:01:02:03', '33:33:ff:12:34:56', '01:80:c2:00:00:00'];
    const redacted = await node((snapshot) => {
      snapshot['macs'] = macs;
    });
    const [local = '', universal = '', group = '', bridges] = redacted['macs'] as string[];
    assert.equal(Number.parseInt(local.slice(0, 2), 16) & 3, 2);
    assert.equal(Number.parseInt(universal.slice(0, 2), 16) & 3, 0);
    assert.match(group, /^33:33:/);
    assert.notEqual(group, macs[2]);
    assert.equal(bridges, macs[3]);
  });
});
