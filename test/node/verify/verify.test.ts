import assert from 'node:assert/strict';
import { outcomeOf } from '../../../src/verify/summary.ts';
import { runVerification, type VerificationWish } from '../../../src/verify/runVerification.ts';
import type { Cell, CellVerdict, Verification } from '../../../src/verify/verification.ts';
import type { Transport } from '../../../src/transport/transport.ts';
import { leaveBusybox, without } from '../support/hide.ts';
import { enteredThrough } from '../support/sandbox.ts';
import { inspect, sh, useWiredSandbox } from '../trace/wiring.ts';
import { running } from './running.ts';

const nft = (rules: string): string => `nft -f - <<'RULES'\n${rules}\nRULES\n`;

const masquerade = nft(
  'table ip nat { chain out { type nat hook postrouting priority 100; oifname "cbr1" ip saddr 10.244.0.2 masquerade; }; }',
);
const divert = nft(
  'table ip nat { chain in { type nat hook prerouting priority -100; ip saddr 10.244.0.3 ip daddr 10.245.0.2 dnat to 10.244.0.4; }; }',
);
const oneWay = nft(
  'table ip filter { chain forward { type filter hook forward priority 0; ip saddr 10.244.0.2 ip daddr 10.245.0.2 drop; }; }',
);
const dropIcmp =
  "ip netns exec db nft -f - <<'RULES'\ntable inet f { chain in { type filter hook input priority 0; icmp type echo-request drop; icmpv6 type echo-request drop; }; }\nRULES";
const only4 = { family: 4 } as const;

describe('the Kubernetes network model, put to the test in a sandbox', () => {
  const node = useWiredSandbox();

  const verify = async (wish: VerificationWish = {}, over = node.transport): Promise<Verification> => {
    const request = { transport: over, topology: await inspect(node.transport) };
    const result = await runVerification(request, { id: 'test', ...wish });
    assert.equal(await sh(node.transport, running), '', 'nothing stays on the node');
    return result;
  };

  const between = ({ ends, cells }: Verification, from: string, to: string, family = 4): Cell => {
    const [a, b] = [from, to].map((wanted) => ends.find(({ name }) => name === wanted)?.namespace);
    const cell = cells.find((one) => one.from === a && one.to === b && one.family === family);
    assert.ok(cell, `${from} to ${to}`);
    return cell;
  };

  /** "web db translated": the pairs that do not hold. */
  const failing = ({ ends, cells }: Verification): string[] => {
    const name = (id: string): string => ends.find(({ namespace }) => namespace === id)?.name ?? id;
    return cells
      .filter(({ verdict }) => verdict !== 'holds')
      .map(({ from, to, verdict }) => `${name(from)} ${name(to)} ${verdict}`);
  };

  const rules = (result: Verification): string[] => result.rules.map(({ verdict }) => verdict);

  const texts = ({ cells }: Verification): string => cells.map(({ text }) => text).join('\n');

  it('holds on two bridges with a router between them, over both families, and leaves neighbour tables as they were', async () => {
    const neighbours =
      'for pod in web db third far; do ip -n $pod neigh | sed "s/ .*//"; done; ip neigh | sed "s/ .*//"';
    await sh(node.transport, 'ip netns exec web ping -c 1 10.244.0.3');
    const before = await sh(node.transport, neighbours);
    let done: (readonly [number, number])[] = [];
    const topology = await inspect(node.transport);
    const result = await runVerification(
      { transport: node.transport, topology },
      { id: '7', onProgress: (count, of) => (done = [...done, [count, of]]) },
    );
    assert.deepEqual(failing(result), [], texts(result));
    assert.deepEqual(rules(result), ['holds', 'holds', 'holds']);
    assert.deepEqual([result.pairs, result.cells.length, result.sample], [40, 40, null]);
    assert.deepEqual([result.families, result.probedBy, result.notes], [[4, 6], 'perl', []]);
    assert.deepEqual([done[0], done.at(-1), done.length], [[0, 40], [40, 40], 41]);
    assert.deepEqual(between(result, 'web', 'far').seen?.source, '10.244.0.2');
    // Who is reached through a router, and the routers, are nobody's neighbours on account of one ping.
    const routers = /^(10\.24[45]\.0\.1|fd00:24[45]::1|fe80:.*|fd00:24[45]::2|10\.24[45]\.0\.[0-9]+)$/;
    const after = (await sh(node.transport, neighbours)).split('\n').filter((one) => one !== '');
    assert.ok(before.includes('10.244.0.3') && after.includes('10.244.0.3'), after.join(' '));
    assert.equal(after.filter((one) => !routers.test(one)).length, 0);
    assert.equal(await sh(node.transport, running), '');
  });

  it('finds the source that a masquerade puts in place of the pod, and names it', async () => {
    await sh(node.transport, masquerade);
    const result = await verify();
    assert.deepEqual(failing(result), ['web far translated']);
    const { text, seen } = between(result, 'web', 'far');
    assert.equal(seen?.source, '10.245.0.1');
    assert.match(text, /^far sees web as 10\.245\.0\.1, an address of the node/);
    assert.deepEqual(rules(result), ['broken', 'holds', 'broken']);
    assert.equal(outcomeOf(result), 'broken');
  });

  it('finds who gets what is translated to another pod', async () => {
    await sh(node.transport, divert);
    const result = await verify(only4);
    assert.deepEqual(failing(result), ['db far translated']);
    assert.match(between(result, 'db', 'far').text, /comes to third at 10\.244\.0\.4/);
  });

  it('says in which direction a one-way drop loses a ping, both ways', async () => {
    await sh(node.transport, oneWay);
    const result = await verify(only4);
    assert.deepEqual(failing(result), ['web far lost', 'far web lost']);
    assert.equal(between(result, 'web', 'far').lostOn, 'request');
    assert.equal(between(result, 'far', 'web').lostOn, 'reply');
  });

  it('does not claim that a pod is out of reach whose own filter drops ICMP', async () => {
    await sh(node.transport, dropIcmp);
    const result = await verify();
    const silent = ['node', 'web', 'third', 'far'].map((name) => `${name} db unanswered`);
    assert.deepEqual(failing(result), [...silent, ...silent]);
    assert.match(
      between(result, 'web', 'db').text,
      /came to db .* ICMP was not answered; other traffic may be/,
    );
    assert.deepEqual(rules(result), ['unverified', 'unverified', 'holds']);
    assert.equal(outcomeOf(result), 'unverified');
  });

  it('finds all pairs of a pod whose cable is cut, without waiting for each of them', async () => {
    await sh(node.transport, 'ip link set veth-db down');
    const result = await verify(only4);
    const others = ['node', 'web', 'third', 'far'];
    const expected = others.flatMap((name) => [`${name} db lost`, `db ${name} lost`]);
    assert.deepEqual(failing(result).sort(), expected.sort());
    assert.ok(
      result.durationMs < 8 * 1_000,
      `${result.durationMs} ms: 8 pairs one after the other take 16 s`,
    );
  });

  it('tells another that answers to the same address', async () => {
    await sh(
      node.transport,
      'ip -n third addr flush dev eth0; ip -n third addr add 10.244.0.3/24 dev eth0; ip -n web neigh replace 10.244.0.3 lladdr $(ip netns exec third cat /sys/class/net/eth0/address) dev eth0',
    );
    const { ends, cells } = await verify(only4);
    const id = (name: string): string | undefined => ends.find((end) => end.name === name)?.namespace;
    const cell = cells.find(({ from, to }) => from === id('web') && to === id('db'));
    assert.equal(cell?.verdict, 'astray', cell?.text);
    assert.match(cell.text, /comes to third at 10\.244\.0\.3/);
  });

  it('holds where there is IPv6 alone', async () => {
    await sh(
      node.transport,
      'for pod in web db third far; do ip -n $pod -4 addr flush dev eth0; done; ip -4 addr flush dev cbr0; ip -4 addr flush dev cbr1',
    );
    const result = await verify();
    assert.deepEqual(
      [result.families, failing(result), rules(result)],
      [[6], [], ['holds', 'holds', 'holds']],
    );
    assert.equal(result.ends[0]?.ipv4, null);
  });

  it('cannot verify those that share no family, and leaves out who has no address', async () => {
    await sh(
      node.transport,
      'ip -n db -6 addr flush dev eth0; ip -n third -4 addr flush dev eth0; ip -n far addr flush dev eth0',
    );
    const result = await verify();
    assert.deepEqual(result.notes, ['far has no address and was left out.']);
    assert.deepEqual(rules(result), ['unverified', 'holds', 'unverified']);
    assert.equal(result.rules[0]?.unverified, 2);
  });

  it('probes the pods that are asked for, and a sample above the limit', async () => {
    const topology = await inspect(node.transport);
    const far = topology.namespaces.find(({ name }) => name === 'far')?.id ?? '';
    const one = await verify({ pods: [far] });
    assert.deepEqual([one.ends.map(({ name }) => name), one.cells.length], [['node', 'far'], 4]);
    const sampled = await verify({ limit: 12, seed: 3 });
    assert.deepEqual([sampled.pairs, sampled.cells.length, sampled.sample], [40, 12, { limit: 12, seed: 3 }]);
    await assert.rejects(verify({ limit: 0 }), { code: 'bad-input' });
    await assert.rejects(verify({ pods: [] }), { code: 'not-found' });
  });

  it('enters no other namespace than the one that was read', async () => {
    const topology = await inspect(node.transport);
    await sh(node.transport, 'ip netns del third; ip netns add third');
    const result = await runVerification({ transport: node.transport, topology }, { id: 'test', family: 4 });
    assert.ok(
      result.notes.some((note) => note.startsWith('third could not be entered: it is not where it was read')),
    );
    assert.equal(between(result, 'third', 'web').verdict, 'unknown');
    assert.match(between(result, 'third', 'web').text, /^Nothing was sent\. By the tables/);
    assert.equal(between(result, 'web', 'db').verdict, 'holds');
  });

  it('without root pings the pods from the node, and foretells the rest', async () => {
    const topology = await inspect(node.transport);
    const asNobody = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'];
    const unprivileged: Transport = {
      ...enteredThrough(node.transport, asNobody),
      privilege: { uid: 65534, way: 'none' },
    };
    const request = { transport: unprivileged, topology };
    const result = await runVerification(request, { id: 'test', ...only4 });
    assert.equal(result.probedBy, 'ping');
    assert.match(result.notes.join(' '), /Pods can only be sent from and watched with root rights/);
    assert.match(between(result, 'node', 'web').text, /^web \(10\.244\.0\.2\) answers the node/);
    assert.equal(between(result, 'web', 'db').foretold, 'arrives');
    assert.deepEqual(rules(result), ['unverified', 'unverified', 'unverified']);
  });

  it('leaves nothing behind when it is cancelled', async () => {
    await sh(node.transport, 'ip link set veth-db down');
    const topology = await inspect(node.transport);
    const abort = new AbortController();
    const run = runVerification(
      { transport: node.transport, topology },
      { id: 'test', signal: abort.signal, onProgress: () => abort.abort() },
    );
    await assert.rejects(run, { code: 'cancelled' });
    assert.equal(await sh(node.transport, running), '');
  });

  it('says the same by python3 where there is no perl', async () => {
    await sh(node.transport, `${masquerade}\n${dropIcmp}`);
    const result = await verify({}, await without(node.transport, 'perl'));
    assert.deepEqual([result.probedBy, result.notes], ['python3', []]);
    const silent = ['node', 'web', 'third', 'far'].map((name) => `${name} db unanswered`);
    assert.deepEqual(failing(result).sort(), [...silent, ...silent, 'web far translated'].sort());
    assert.equal(between(result, 'web', 'far').seen?.source, '10.245.0.1');
  });

  describe('without an interpreter', () => {
    it('says the same with ping, seen by tcpdump', async () => {
      await sh(node.transport, `${masquerade}\n${dropIcmp}`);
      const result = await verify(only4, await without(node.transport, 'perl', 'python3'));
      assert.equal(result.probedBy, 'tcpdump', result.notes.join(' '));
      const silent = ['node', 'web', 'third', 'far'].map((name) => `${name} db unanswered`);
      assert.deepEqual(failing(result).sort(), [...silent, 'web far translated'].sort());
      assert.equal(between(result, 'web', 'far').seen?.source, '10.245.0.1');
      assert.match(between(result, 'web', 'db').text, /ICMP was not answered/);
    });

    it('says the same with ping, seen by dumpcap', async function () {
      const has = await node.transport.exec(['sh', '-c', 'command -v dumpcap']);
      if (has.exitCode !== 0) {
        this.skip();
      }
      await sh(node.transport, masquerade);
      const result = await verify(only4, await without(node.transport, 'perl', 'python3', 'tcpdump'));
      assert.equal(result.probedBy, 'dumpcap', result.notes.join(' '));
      assert.deepEqual(failing(result), ['web far translated']);
    });

    it('claims no source address where ping is all there is, and reports what ping was told', async () => {
      await sh(node.transport, `${masquerade}\nip -n db route del default`);
      const over = await without(node.transport, 'perl', 'python3', 'tcpdump', 'dumpcap');
      const result = await verify(only4, over);
      assert.equal(result.probedBy, 'ping');
      assert.deepEqual(rules(result), ['broken', 'unverified', 'unverified']);
      assert.equal(between(result, 'web', 'far').verdict, 'unknown');
      assert.match(between(result, 'web', 'far').text, /as whom it sees web was not watched/);
      assert.equal(between(result, 'db', 'far').verdict, 'lost');
      assert.match(between(result, 'db', 'far').text, /Network is unreachable/);
      assert.match(result.notes.join(' '), /Install perl, python3 or tcpdump/);
    });

    it('foretells where nothing can be sent, and calls that not verified', async () => {
      await sh(node.transport, `ip link set veth-db down\n${oneWay}`);
      const result = await verify(only4, await without(node.transport, 'perl', 'python3', 'ping'));
      assert.equal(result.probedBy, 'none');
      const verdicts = new Set<CellVerdict>(result.cells.map(({ verdict }) => verdict));
      assert.deepEqual([...verdicts], ['unknown']);
      assert.deepEqual(
        [between(result, 'web', 'third').foretold, between(result, 'web', 'db').foretold],
        ['arrives', 'stops'],
      );
      assert.match(between(result, 'web', 'far').text, /By the tables web does not reach far/);
      assert.match(
        between(result, 'far', 'web').text,
        /By the tables far would reach web .* and get no answer: /,
      );
      assert.match(result.notes.join(' '), /neither perl, python3 nor ping/);
      assert.equal(outcomeOf(result), 'unverified');
    });

    it('leaves nothing behind when it is cancelled', async () => {
      await sh(node.transport, 'ip link set veth-db down');
      const topology = await inspect(node.transport);
      const over = await without(node.transport, 'perl', 'python3');
      const abort = new AbortController();
      const run = runVerification(
        { transport: over, topology },
        { id: 'test', signal: abort.signal, onProgress: () => abort.abort() },
      );
      await assert.rejects(run, { code: 'cancelled' });
      while ((await sh(node.transport, running)) !== '');
    });
  });

  it('pings with busybox from where it can, and foretells the rest', async () => {
    const topology = await inspect(node.transport);
    await sh(node.transport, leaveBusybox);
    const result = await runVerification({ transport: node.transport, topology }, { id: 'test', family: 4 });
    assert.equal(result.probedBy, 'ping', result.notes.join(' '));
    assert.match(result.notes.join(' '), /Nothing could be sent from web, db, third and far: /);
    assert.match(between(result, 'node', 'web').text, /^web \(10\.244\.0\.2\) answers the node/);
    assert.equal(between(result, 'web', 'db').foretold, 'arrives');
    assert.deepEqual([...new Set(result.cells.map(({ verdict }) => verdict))], ['unknown'], texts(result));
  });
});
