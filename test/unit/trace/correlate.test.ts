import assert from 'node:assert/strict';
import { correlate } from '../../../src/trace/correlate.ts';
import { judge } from '../../../src/trace/verdict.ts';
import { echoOf, linkName, recorded, silence, type Recorded } from './recorded.ts';

function texts({ story }: Recorded): string[] {
  return story.events.map(({ text }) => text.replace(/([0-9a-f]{2}:){5}[0-9a-f]{2}/g, 'MAC'));
}

function lost({ index, verdict }: Recorded): (string | null)[] {
  return [verdict.lostOn, linkName(index, verdict.lostAfter), linkName(index, verdict.lostBefore)];
}

const requestAndReply = [
  'web sends the echo request out of eth0.',
  'The echo request comes out of veth-web, a port of cbr0.',
  'cbr0 knows MAC behind veth-db, so it sends the echo request on there.',
  'The echo request reaches eth0 of db.',
  'db sends the echo reply out of eth0.',
  'The echo reply comes out of veth-db, a port of cbr0.',
  'cbr0 knows MAC behind veth-web, so it sends the echo reply on there.',
  'The echo reply reaches eth0 of web.',
];

describe('correlate and judge, on recorded captures', () => {
  it('tells question, flood, answer, request and reply of a first ping, in this order', () => {
    const trace = recorded('cold');
    const [ask, arrive, flood, reach, ...rest] = texts(trace);
    assert.equal(ask, 'web asks out of eth0: who has 10.244.0.3?');
    assert.equal(arrive, 'The question comes out of veth-web, a port of cbr0.');
    assert.match(flood ?? '', /^cbr0 floods the question to 3 links: /);
    assert.equal(reach, 'The question reaches eth0 of db.');
    assert.deepEqual(rest, [
      'db answers out of eth0: 10.244.0.3 is at MAC.',
      'The answer comes out of veth-db, a port of cbr0.',
      'cbr0 knows MAC behind veth-web, so it sends the answer on there.',
      'The answer reaches eth0 of web.',
      ...requestAndReply,
    ]);
    assert.equal(trace.verdict.delivered, true);
  });

  it('makes one event of a flood, over all ports, and marks the copies that go astray', () => {
    const { story, index } = recorded('cold');
    const flood = story.events.find(({ text }) => text.includes('floods'));
    assert.deepEqual(flood?.links.map((id) => linkName(index, id)).sort(), ['cbr0', 'veth-db', 'veth-third']);
    const astray = story.sightings.filter(({ flooded }) => flooded).map(({ link }) => linkName(index, link));
    assert.deepEqual(astray, ['veth-third']);
  });

  it('measures each step from the one before, in whole nanoseconds', () => {
    const { story } = recorded('cold');
    assert.equal(story.events[0]?.sincePreviousNs, null);
    const sum = story.events.reduce((total, { sincePreviousNs }) => total + (sincePreviousNs ?? 0), 0);
    assert.equal(sum, story.events.at(-1)?.atNs);
    assert.ok(
      story.events.every(
        ({ atNs, sincePreviousNs }) => Number.isInteger(atNs) && (sincePreviousNs ?? 0) >= 0,
      ),
    );
  });

  it('tells a ping between two that know each other without a question', () => {
    assert.deepEqual(texts(recorded('warm')), requestAndReply);
  });

  it('keeps path order where a bridge hands a frame up with its time of arrival', () => {
    const told = texts(recorded('pod-to-node'));
    const at = told.indexOf('The echo request comes out of veth-web, a port of cbr0.');
    assert.equal(told[at + 1], 'The echo request reaches cbr0.');
    const back = texts(recorded('node-to-pod'));
    const reply = back.indexOf('The echo reply comes out of veth-db, a port of cbr0.');
    assert.equal(back[reply + 1], 'The echo reply reaches cbr0.');
  });

  it('tells a routed ping, with the question of the second stretch', () => {
    const told = texts(recorded('routed'));
    assert.ok(told.includes('The node asks out of cbr1: who has 10.245.0.2?'));
    assert.ok(told.includes('The node sends the echo request out of cbr1.'));
    assert.equal(told.at(-1), 'The echo reply reaches eth0 of web.');
  });

  it('tells neighbour discovery in the place of ARP', () => {
    const trace = recorded('ipv6');
    const protocols = new Set(trace.story.sightings.map(({ protocol }) => protocol));
    assert.deepEqual([...protocols].sort(), ['icmp-reply', 'icmp-request', 'ndp-reply', 'ndp-request']);
    assert.ok(texts(trace).some((text) => text.startsWith('cbr0 floods the question')));
    assert.ok(texts(trace).includes('db answers out of eth0: fd00:244::3 is at MAC.'));
    assert.equal(trace.verdict.delivered, true);
  });

  it('goes through loopback once each way', () => {
    assert.deepEqual(texts(recorded('itself')), [
      'The echo request goes through lo of web.',
      'The echo reply goes through lo of web.',
    ]);
  });

  it('finds a question that nobody answered, at the bridge', () => {
    const trace = recorded('absent');
    assert.deepEqual(lost(trace), ['request', 'cbr0', null]);
    assert.match(trace.verdict.reason ?? '', /web asked who has 10.244.0.9, and nobody answered/i);
    assert.ok(texts(trace).includes('web asks again out of eth0: who has 10.244.0.9?'));
  });

  it('reports the error that came back', () => {
    const trace = recorded('no-route-at-node');
    assert.deepEqual(lost(trace), ['request', 'cbr0', null]);
    assert.match(
      trace.verdict.reason ?? '',
      /^10.244.0.1 reports to 10.244.0.2: destination network unreachable/,
    );
  });

  it('says between which links a node did not forward, and that it does not see why', () => {
    const trace = recorded('not-forwarded');
    assert.deepEqual(lost(trace), ['request', 'cbr0', 'cbr1']);
    assert.match(trace.verdict.reason ?? '', /not visible from here/);
  });

  it('tells a request that arrived and was not answered from one that was lost', () => {
    const trace = recorded('ignored');
    assert.deepEqual(lost(trace), ['reply', 'eth0 of db', null]);
    assert.match(trace.verdict.reason ?? '', /db received the request and sent no answer/i);
    assert.match(trace.verdict.reason ?? '', /not visible from here/);
  });

  it('blames a port that is down with its name', () => {
    const trace = recorded('veth-down');
    assert.deepEqual(lost(trace), ['request', 'cbr0', 'veth-db']);
    assert.match(trace.verdict.reason ?? '', /veth-db, its other end, is down/);
  });

  it('sees nothing of pings that are not its own', () => {
    const { index, prediction, captured } = recorded('warm');
    assert.deepEqual(correlate(index, prediction, captured, echoOf(5)), {
      beganNs: null,
      sightings: [],
      events: [],
    });
  });

  for (const missing of ['veth-db', 'eth0 of db']) {
    it(`names ${missing} where it alone did not see the request`, () => {
      const { index, prediction, captured, sent } = recorded('warm');
      const names = prediction.path.hops.map(({ link }) => linkName(index, link));
      const kept = new Set(names.slice(0, names.indexOf(missing)));
      const seen = captured.map(({ namespace, frames }) => ({
        namespace,
        frames: frames.filter(({ ifindex }) => kept.has(linkName(index, `${namespace}:${ifindex}`))),
      }));
      const story = correlate(index, prediction, seen, sent);
      const watched = new Set(captured.map(({ namespace }) => namespace));
      const onlyRequests = {
        ...story,
        sightings: story.sightings.filter(({ protocol }) => protocol === 'icmp-request'),
      };
      const verdict = judge(index, {
        prediction,
        wayBack: null,
        story: onlyRequests,
        watched,
        sent: sent.probe,
        drops: [],
        probe: silence,
      });
      const [before] = names
        .slice(0, names.indexOf(missing))
        .filter((name) => name !== 'cbr0')
        .slice(-1);
      assert.deepEqual(
        [linkName(index, verdict.lostAfter), linkName(index, verdict.lostBefore)],
        [before, missing],
      );
      assert.equal(verdict.lostOn, 'request');
      assert.equal(verdict.reason, 'The reason is not visible from here.');
    });
  }

  it('names where the reply was lost', () => {
    const { index, prediction, captured, sent } = recorded('warm');
    const story = correlate(index, prediction, captured, sent);
    const web = prediction.path.hops[0]?.link;
    const sightings = story.sightings.filter(
      ({ protocol, link }) => protocol !== 'icmp-reply' || link !== web,
    );
    const watched = new Set(captured.map(({ namespace }) => namespace));
    const verdict = judge(index, {
      prediction,
      wayBack: null,
      story: { ...story, sightings },
      watched,
      sent: sent.probe,
      drops: [],
      probe: silence,
    });
    assert.deepEqual(
      [verdict.lostOn, linkName(index, verdict.lostAfter), linkName(index, verdict.lostBefore)],
      ['reply', 'veth-web', 'eth0 of web'],
    );
  });
});

describe('judge, where the whole reply was seen and ping still counted none', () => {
  const judged = (delayNs: number): string => {
    const { index, prediction, captured, sent } = recorded('warm');
    const story = correlate(index, prediction, captured, sent);
    const sightings = story.sightings.map((one) =>
      one.protocol === 'icmp-reply' ? { ...one, atNs: one.atNs + delayNs } : one,
    );
    const watched = new Set(captured.map(({ namespace }) => namespace));
    return (
      judge(index, {
        prediction,
        wayBack: null,
        story: { ...story, sightings },
        watched,
        sent: sent.probe,
        drops: [],
        probe: silence,
      }).reason ?? ''
    );
  };

  it('says that it came too late where it did', () => {
    assert.match(
      judged(2.03e9),
      /^The reply came back to eth0 of web after 2\.03 s, later than the probe waits \(2 s\)\.$/,
    );
  });

  it('claims no lateness where there was none', () => {
    assert.equal(judged(0), 'The reply came back to eth0 of web, but it was not taken.');
  });
});
