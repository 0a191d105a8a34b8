import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { unpackRecording } from '../../../src/session/recording.ts';
import { buildTopology } from '../../../src/topology/build.ts';
import { resolveEndpoint } from '../../../src/trace/endpoint.ts';
import { predict, predictAnswer, type Prediction } from '../../../src/trace/predict.ts';
import { TopologyIndex } from '../../../src/trace/topologyIndex.ts';
import type { Path } from '../../../src/trace/trace.ts';
import { predictWays } from '../../../src/trace/ways.ts';
import { fixtures, hopNames } from './recorded.ts';

const files = globSync(join(fixtures, '*/services/*.patchbay.json')).sort();

for (const file of files) {
  describe(`a recorded node with kube-proxy's rules (${basename(file, '.patchbay.json')})`, () => {
    let index: TopologyIndex;

    before(async () => {
      index = new TopologyIndex(buildTopology(await unpackRecording(readFileSync(file))));
    });

    const request = (from: string, to: string, port: number) =>
      ({
        from: resolveEndpoint(index.topology, from),
        to: resolveEndpoint(index.topology, to),
        probe: { kind: 'tcp', port },
      }) as const;

    const foretold = (
      from: string,
      to: string,
      port: number,
    ): { there: Prediction; back: Prediction | null } => {
      const wish = request(from, to, port);
      const there = predict(index, wish);
      return { there, back: predictAnswer(index, there, wish.probe) };
    };

    const rewritten = ({ hops }: Path): string[] =>
      hops.flatMap(({ alsoBy }) =>
        alsoBy.flatMap(({ why }) => /the (?:source|destination) .*/.exec(why)?.[0] ?? []),
      );

    it('leads a pod to a service and its answer back, with the node in between', () => {
      const { there, back } = foretold('web', '10.96.0.10', 80);
      assert.deepEqual(hopNames(index, there.path), [
        ...['out eth0 of web', 'in veth-web', 'in cbr0', 'out cbr1', 'out veth-far', 'in eth0 of far'],
      ]);
      assert.deepEqual(rewritten(there.path), [
        'the destination 10.96.0.10 port 80 is rewritten to 10.245.0.2 port 8080 (far) (dnat).',
      ]);
      assert.deepEqual(rewritten(back?.path ?? there.path), [
        'the source 10.245.0.2 port 8080 is rewritten back to 10.96.0.10 port 80.',
      ]);
      assert.deepEqual([there.path.stopped, back?.path.stopped], [null, null]);
    });

    it('leads who asks from outside the pods there under another address', () => {
      for (const [from, to, port] of [
        ['outside', '203.0.113.1', 30080],
        ['node', '10.96.0.10', 80],
        ['outside', 'fd00:99::1', 30080],
      ] as const) {
        const { there, back } = foretold(from, to, port);
        const said = rewritten(there.path);
        assert.equal(said.length, 2, said.join('\n'));
        assert.match(
          said[1] ?? '',
          /^the source .* is rewritten to (?:10\.245\.0\.1|fd00:245::1) \(the node\) \(masquerade\)\.$/,
        );
        assert.deepEqual([there.path.stopped, back?.path.stopped], [null, null]);
        assert.equal(back?.path.to.address, there.path.from.address);
      }
    });

    it('leads a pod to itself, which its port sends back', () => {
      const { there, back } = foretold('web', '10.96.0.40', 80);
      const names = ['out eth0 of web', 'in veth-web', 'through cbr0', 'out veth-web', 'in eth0 of web'];
      assert.deepEqual(
        [hopNames(index, there.path), hopNames(index, back?.path ?? there.path)],
        [names, names],
      );
    });

    it('goes each way that chance may take', () => {
      const { all, areMore } = predictWays(index, request('web', '10.96.0.20', 80));
      assert.deepEqual(
        all.map(({ there: { path } }) => [
          hopNames(index, path).at(-1),
          path.choices[0]?.taken,
          path.choices[0]?.seen,
        ]),
        [
          ['in eth0 of far', 0, false],
          ['in eth0 of near', 1, false],
        ],
      );
      assert.equal(areMore, false);
    });

    it('ends at the rule that refuses what has no endpoint, and says which', () => {
      const { there, back } = foretold('web', '10.96.0.50', 80);
      assert.match(there.path.stopped ?? '', /^The node refuses it: .*, at the hook forward\.$/);
      assert.equal(there.path.stoppedBy?.kind, 'filter');
      assert.equal(back, null);
    });
  });
}
