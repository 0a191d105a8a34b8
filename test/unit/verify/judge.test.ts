import assert from 'node:assert/strict';
import { TopologyIndex } from '../../../src/trace/topologyIndex.ts';
import { chooseEnds } from '../../../src/verify/ends.ts';
import { judge, type Evidence } from '../../../src/verify/judge.ts';
import { choosePairs } from '../../../src/verify/pairs.ts';
import type { Sighting } from '../../../src/verify/prober.ts';
import { rulesOf } from '../../../src/verify/rules.ts';
import { failingEnds, outcomeOf } from '../../../src/verify/summary.ts';
import type { Cell } from '../../../src/verify/verification.ts';
import { topologyOf, type Sketch } from '../pods/sketch.ts';

const sketch: Sketch = {
  node: { links: { cbr0: { kind: 'bridge', addresses: ['10.244.0.1/24'] } } },
  web: { links: { eth0: { addresses: ['10.244.0.2/24'] } } },
  db: { links: { eth0: { addresses: ['10.244.0.3/24'] } } },
  'th\nird': { links: { eth0: { addresses: ['10.244.0.4/24'] } } },
};
const index = new TopologyIndex(topologyOf(sketch));
const { ends } = chooseEnds(index, [4]);
const { pairs } = choosePairs(index, ends, [4], { limit: 100, seed: 1 });

/** "request in db 10.244.0.2>10.244.0.3" */
function sighting(text: string): Sighting {
  const [message, direction, place, addresses = '', ...error] = text.split(' ');
  const [source = '', destination = ''] = addresses.split('>');
  return {
    pair: 0,
    namespace: `id-${place}`,
    direction: direction as Sighting['direction'],
    message: message as Sighting['message'],
    source,
    destination,
    error: error.length === 0 ? null : error.join(' '),
  };
}

const left = 'request out web 10.244.0.2>10.244.0.3';
const arrived = 'request in db 10.244.0.2>10.244.0.3';
const replied = 'reply out db 10.244.0.3>10.244.0.2';
const answered = 'reply in web 10.244.0.3>10.244.0.2';

function verdictOf(seen: readonly string[], more: Partial<Evidence> = {}): Cell {
  const pair = pairs.find(({ from, to }) => from.name === 'web' && to.name === 'db');
  assert.ok(pair);
  return judge(index, pair, {
    sightings: seen.map(sighting),
    watched: { sender: true, receiver: true },
    unsent: null,
    answer: null,
    ...more,
  });
}

const blind = { watched: { sender: false, receiver: false } };

describe('the verdict on a pair', () => {
  const cases: readonly [string, Cell, Cell['verdict'], Cell['lostOn'], string][] = [
    [
      'holds where it arrived as it was sent, and was answered',
      verdictOf([left, arrived, replied, answered]),
      'holds',
      null,
      'db sees web as 10.244.0.2, and answers.',
    ],
    [
      'names the address under which a translated source is seen, and whose it is',
      verdictOf([left, 'request in db 10.244.0.1>10.244.0.3', replied, answered]),
      'translated',
      null,
      'db sees web as 10.244.0.1, an address of the node: the source is translated on the way.',
    ],
    [
      'goes by what the receiver saw last: nearest to itself',
      verdictOf([left, 'request in db 10.244.0.9>10.244.0.3', arrived, replied, answered]),
      'holds',
      null,
      'db sees web as 10.244.0.2, and answers.',
    ],
    [
      'names who gets what was translated to another, also without an answer',
      verdictOf([left, 'request in th\nird 10.244.0.2>10.244.0.4']),
      'translated',
      null,
      'What web sends to db (10.244.0.3) comes to th�ird at 10.244.0.4, and no answer came back.',
    ],
    [
      'tells a destination that is translated to another address of the same pod',
      verdictOf([left, 'request in db 10.244.0.2>10.99.0.3', replied, answered]),
      'translated',
      null,
      'What web sends to db (10.244.0.3) comes there at 10.99.0.3: the destination is translated on the way.',
    ],
    [
      'says that another answers where the receiver saw nothing',
      verdictOf([left, answered]),
      'astray',
      null,
      '10.244.0.3 answers web, but db saw nothing of it: another answers in its place.',
    ],
    [
      'says that it was not sent, and why',
      verdictOf([], { unsent: 'Network is unreachable' }),
      'lost',
      'request',
      'web cannot send to db (10.244.0.3): Network is unreachable.',
    ],
    [
      'says that it did not leave',
      verdictOf([]),
      'lost',
      'request',
      'The ping to db (10.244.0.3) did not leave web.',
    ],
    [
      'says that it was lost on the way there',
      verdictOf([left]),
      'lost',
      'request',
      'The ping of web was lost on the way to db (10.244.0.3).',
    ],
    [
      'says what was reported',
      verdictOf([left, 'error in web 10.244.0.1>10.244.0.2 destination host unreachable']),
      'lost',
      'request',
      'The ping of web did not come to db (10.244.0.3): 10.244.0.1 reports: destination host unreachable.',
    ],
    [
      'says that the answer was lost on the way back',
      verdictOf([left, arrived, replied]),
      'lost',
      'reply',
      'The ping of web came to db (10.244.0.3), and the answer was lost on the way back.',
    ],
    [
      'claims no loss where ICMP alone was not answered',
      verdictOf([left, arrived]),
      'unanswered',
      null,
      'The ping of web came to db (10.244.0.3), and ICMP was not answered; other traffic may be.',
    ],
    [
      'claims no address where nobody watched the receiver',
      verdictOf([], { ...blind, answer: { answered: true, complaint: null } }),
      'unknown',
      null,
      'db (10.244.0.3) answers web; as whom it sees web was not watched.',
    ],
    [
      'claims no loss where nobody watched and nothing answered',
      verdictOf([], { ...blind, answer: { answered: false, complaint: null } }),
      'unanswered',
      null,
      'db (10.244.0.3) did not answer web; whether the ping came there was not watched.',
    ],
    [
      'takes the word of ping for an error',
      verdictOf([], {
        ...blind,
        answer: { answered: false, complaint: 'From 10.244.0.1 Destination Host Unreachable' },
      }),
      'lost',
      'request',
      'The ping of web did not come to db (10.244.0.3): From 10.244.0.1 Destination Host Unreachable.',
    ],
  ];
  for (const [name, { verdict, lostOn, text }, expected, half, words] of cases) {
    it(name, () => assert.deepEqual([verdict, lostOn, text], [expected, half, words]));
  }

  it('keeps the view of the receiver', () => {
    const { seen } = verdictOf([left, 'request in db 10.244.0.1>10.244.0.3']);
    assert.deepEqual(seen, { namespace: 'id-db', source: '10.244.0.1', destination: '10.244.0.3' });
  });
});

describe('the three rules', () => {
  const good = verdictOf([left, arrived, replied, answered]);
  const cellsWith = (changed: Readonly<Record<string, Partial<Cell>>>): Cell[] =>
    pairs.map(({ from, to, family }) => ({
      ...good,
      from: from.namespace,
      to: to.namespace,
      family,
      ...changed[`${from.name}>${to.name}`],
    }));
  const verdicts = (cells: readonly Cell[]): string[] => rulesOf(ends, cells).map(({ verdict }) => verdict);

  it('hold where every pair shows it', () => {
    const rules = rulesOf(ends, cellsWith({}));
    assert.deepEqual(
      rules.map(({ rule, holds }) => [rule, holds]),
      [
        ['pods-to-pods', 6],
        ['node-and-pods', 6],
        ['own-address', 12],
      ],
    );
    assert.equal(outcomeOf({ rules }), 'holds');
  });

  it('are broken each by what it speaks of, and name the pairs', () => {
    const nat = cellsWith({ 'web>db': { verdict: 'translated' } });
    assert.deepEqual(verdicts(nat), ['broken', 'holds', 'broken']);
    assert.deepEqual(rulesOf(ends, nat)[0]?.failing, [{ from: 'id-web', to: 'id-db', family: 4 }]);
    const node = cellsWith({ 'node>db': { verdict: 'lost', seen: null } });
    assert.deepEqual(verdicts(node), ['holds', 'broken', 'unverified']);
    assert.equal(outcomeOf({ rules: rulesOf(ends, node) }), 'broken');
  });

  it('are not verified by silence, though an arrival shows the address', () => {
    const silent = cellsWith({ 'web>db': { verdict: 'unanswered' } });
    assert.deepEqual(verdicts(silent), ['unverified', 'holds', 'holds']);
    assert.equal(outcomeOf({ rules: rulesOf(ends, silent) }), 'unverified');
  });

  it('are not verified by ends that share no family', () => {
    const [node, web, db] = ends;
    assert.ok(node && web && db);
    const modern = { ...db, ipv4: null, ipv6: 'fd00::3' };
    const [first, second] = rulesOf([node, web, modern], []);
    assert.deepEqual([first?.unverified, second?.unverified], [2, 2]);
  });

  it('are summed up by who is at fault', () => {
    const dead = Object.fromEntries(
      pairs
        .filter(({ from, to }) => from.name === 'db' || to.name === 'db')
        .map(({ from, to }) => [`${from.name}>${to.name}`, { verdict: 'lost' as const }]),
    );
    assert.deepEqual(
      failingEnds(ends, cellsWith(dead)).map(({ name }) => name),
      ['db'],
    );
    const all = cellsWith({}).map((cell): Cell => ({ ...cell, verdict: 'lost' }));
    assert.deepEqual(failingEnds(ends, all), []);
  });
});
