import assert from 'node:assert/strict';
import type { ProbeWish } from '../../../src/trace/probe.ts';
import type { Trace } from '../../../src/trace/trace.ts';
import type { Transport } from '../../../src/transport/transport.ts';
import { startSandbox, type Sandbox } from '../support/sandbox.ts';
import { modes, servicesScript } from './kubeServices.ts';
import { listen, natVoices, sh, traceAndTell } from './wiring.ts';

/** What does not depend on the form of the rules is looked at once. */
const isFirst = (mode: string): boolean => mode === modes[0]?.[0];

const tcp = (port: number): ProbeWish => ({ kind: 'tcp', port });

for (const [mode, rules] of modes) {
  describe(`ways to services, by kube-proxy's rules in ${mode}`, () => {
    let sandbox: Sandbox;
    let transport: Transport;

    before(async () => {
      sandbox = await startSandbox();
      transport = sandbox.transport;
      await sh(transport, servicesScript(rules));
      for (const pod of ['web', 'db', 'far', 'near']) {
        await listen(transport, pod, 'tcp', 8080);
      }
    });

    after(() => sandbox.dispose());

    const traced = (from: string, to: string, probe: ProbeWish) => traceAndTell(transport, from, to, probe);

    const nat = ({ path, wayBack }: Trace): string[] => natVoices([...path.hops, ...(wayBack?.hops ?? [])]);

    const ways: readonly (readonly [
      what: string,
      from: string,
      to: string,
      probe: ProbeWish,
      said: readonly RegExp[],
    ])[] = [
      [
        'a pod to a service',
        'web',
        '10.96.0.10',
        tcp(80),
        [
          /the destination 10\.96\.0\.10 port 80 is rewritten to 10\.245\.0\.2 port 8080 \(far\) \(dnat\)\.$/,
          /The node remembers the connection: the source 10\.245\.0\.2 port 8080 is rewritten back to 10\.96\.0\.10 port 80\./,
        ],
      ],
      [
        'a pod to a service, over IPv6',
        'web',
        'fd00:96::10',
        tcp(80),
        [
          /the destination fd00:96::10 port 80 is rewritten to fd00:245::2 port 8080 \(far\) \(dnat\)\.$/,
          /the source fd00:245::2 port 8080 is rewritten back to fd00:96::10 port 80\./,
        ],
      ],
      [
        'a pod to itself by a service, masqueraded so that the answer comes back by the bridge',
        'web',
        '10.96.0.40',
        tcp(80),
        [
          /the destination 10\.96\.0\.40 port 80 is rewritten to 10\.244\.0\.2 port 8080 \(web\) \(dnat\)\.$/,
          /the source 10\.244\.0\.2 is rewritten to 10\.244\.0\.1 \(the node\) \(masquerade\)\.$/,
          /the destination 10\.244\.0\.1 is rewritten back to 10\.244\.0\.2\./,
          /the source 10\.244\.0\.2 port 8080 is rewritten back to 10\.96\.0\.40 port 80\./,
        ],
      ],
      [
        'the node to a service',
        'node',
        '10.96.0.10',
        tcp(80),
        [
          /the destination 10\.96\.0\.10 port 80 is rewritten to 10\.245\.0\.2 port 8080 \(far\) \(dnat\)\.$/,
          /the source 203\.0\.113\.1 is rewritten to 10\.245\.0\.1 \(the node\) \(masquerade\)\.$/,
          /the destination 10\.245\.0\.1 is rewritten back to 203\.0\.113\.1\./,
          /the source 10\.245\.0\.2 port 8080 is rewritten back to 10\.96\.0\.10 port 80\./,
        ],
      ],
      [
        'the outside to a port of the node',
        'outside',
        '203.0.113.1',
        tcp(30080),
        [
          /the destination 203\.0\.113\.1 port 30080 is rewritten to 10\.245\.0\.2 port 8080 \(far\) \(dnat\)\.$/,
          /the source 203\.0\.113\.2 is rewritten to 10\.245\.0\.1 \(the node\) \(masquerade\)\.$/,
          /the destination 10\.245\.0\.1 is rewritten back to 203\.0\.113\.2\./,
          /the source 10\.245\.0\.2 port 8080 is rewritten back to 203\.0\.113\.1 port 30080\./,
        ],
      ],
      [
        'the outside to a port of the node, over IPv6',
        'outside',
        'fd00:99::1',
        tcp(30080),
        [
          /the destination fd00:99::1 port 30080 is rewritten to fd00:245::2 port 8080 \(far\) \(dnat\)\.$/,
          /the source fd00:99::2 is rewritten to fd00:245::1 \(the node\) \(masquerade\)\.$/,
          /the destination fd00:245::1 is rewritten back to fd00:99::2\./,
          /the source fd00:245::2 port 8080 is rewritten back to fd00:99::1 port 30080\./,
        ],
      ],
    ];
    const common = ['a pod to a service', 'the outside to a port of the node'];
    for (const [what, from, to, probe, said] of ways.filter(
      ([what]) => isFirst(mode) || common.includes(what),
    )) {
      it(`are foretold and seen: ${what}`, async () => {
        const result = await traced(from, to, probe);
        assert.deepEqual(
          [result.verdict.outcome, result.path.stopped, result.wayBack?.stopped],
          ['answered', null, null],
          result.told,
        );
        const voices = nat(result);
        assert.equal(voices.length, said.length, voices.join('\n'));
        said.forEach((sentence, at) => assert.match(voices[at] ?? '', sentence));
        const seen = new Set(result.sightings.map(({ link }) => link));
        const hops = [...result.path.hops, ...(result.wayBack?.hops ?? [])];
        assert.deepEqual(
          hops.filter(({ link, direction }) => direction !== 'through' && !seen.has(link)),
          [],
          result.told,
        );
        assert.deepEqual(
          result.kernel.filter(({ agrees }) => agrees !== true),
          [],
          result.told,
        );
        assert.deepEqual(result.notes, []);
        // Of what starts on the node nothing is seen before it is translated.
        const told =
          from === 'node'
            ? /the source .* is rewritten back to/
            : /Its (?:source .* is rewritten to .*, and its )?destination .* port \d+ is rewritten to .* port 8080\./;
        assert.match(result.told, told);
      });
    }

    it('name each endpoint of which chance takes one, and follow the one that was taken', async () => {
      const taken = new Set<string>();
      for (let i = 0; i < 40 && taken.size < 2; i++) {
        const result = await traced('web', '10.96.0.20', tcp(80));
        const [choice, ...others] = result.path.choices;
        assert.deepEqual(choice?.options, ['10.245.0.2 port 8080 (far)', '10.245.0.3 port 8080 (near)']);
        assert.deepEqual([choice.seen, others], [true, []], result.told);
        assert.match(
          nat(result)[0] ?? '',
          /rewritten to one of 10\.245\.0\.2 port 8080 \(far\) and 10\.245\.0\.3 port 8080 \(near\) \(dnat\)\. Chance decides which\.$/,
        );
        const end = result.path.hops.at(-1)?.namespace;
        assert.equal(end, result.path.to.namespace);
        assert.ok(
          result.sightings.some(({ namespace }) => namespace === end),
          result.told,
        );
        assert.equal(result.verdict.outcome, 'answered');
        taken.add(choice.options[choice.taken] ?? '');
      }
      assert.equal(taken.size, 2);
    });

    it('say what is not followed where clients stay with an endpoint', async () => {
      const result = await traced('web', '10.96.0.30', tcp(80));
      assert.equal(result.path.choices[0]?.seen, true, result.told);
      assert.match(
        nat(result)[0] ?? '',
        /That is not certain: it depends on what is not followed here \(.*(?:affinity|recent)/,
      );
      assert.equal(result.verdict.outcome, 'answered');
    });

    it('end at the rule that refuses a service without endpoints', async () => {
      const result = await traced('web', '10.96.0.50', tcp(80));
      assert.match(
        result.path.stopped ?? '',
        /^The node refuses it: `.*reject.*` in chain .*, at the hook forward\.$/i,
        result.told,
      );
      assert.equal(result.path.stoppedBy?.kind, 'filter');
      assert.deepEqual([result.verdict.delivered, result.verdict.outcome], [false, 'refused'], result.told);
    });

    if (!isFirst(mode)) {
      return;
    }

    it('come back from a pod of the same bridge only where br_netfilter lets the node translate the answer', async () => {
      await sh(transport, 'echo 1 >/proc/sys/net/bridge/bridge-nf-call-iptables');
      const led = await traced('web', '10.96.0.60', tcp(80));
      assert.deepEqual(
        [led.verdict.outcome, led.path.stopped, led.wayBack?.stopped],
        ['answered', null, null],
        led.told,
      );
      await sh(transport, 'echo 0 >/proc/sys/net/bridge/bridge-nf-call-iptables');
      const lost = await traced('web', '10.96.0.60', tcp(80));
      await sh(transport, 'echo 1 >/proc/sys/net/bridge/bridge-nf-call-iptables');
      assert.equal(lost.path.stopped, null);
      const reason =
        'The answer comes to web from 10.244.0.3 port 8080, and not from 10.96.0.60 port 80, which was asked: nothing on its way rewrites it back.';
      assert.deepEqual(
        [lost.wayBack?.stopped, lost.verdict.delivered, lost.verdict.lostOn],
        [reason, false, 'reply'],
        lost.told,
      );
      assert.ok(lost.verdict.reason?.includes(reason), lost.verdict.reason ?? '');
    });

    it('end at a port that sends nothing back where it came in', async () => {
      await sh(transport, 'ip link set dev veth-web type bridge_slave hairpin off');
      const result = await traced('web', '10.96.0.40', tcp(80));
      await sh(transport, 'ip link set dev veth-web type bridge_slave hairpin on');
      assert.match(
        result.path.stopped ?? '',
        /behind veth-web, where the frame came in, and a bridge sends nothing back there \(hairpin is off\)\.$/,
        result.told,
      );
      assert.equal(result.verdict.delivered, false, result.told);
    });
  });
}
