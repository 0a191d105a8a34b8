import assert from 'node:assert/strict';
import { describeTrace } from '../../../src/trace/describe.ts';
import { traceMarkdown } from '../../../src/trace/markdown.ts';
import { isSeen, tellTrace, type StoryStep } from '../../../src/trace/tellTrace.ts';
import type { Trace } from '../../../src/trace/trace.ts';
import { recordedStories } from './recorded.ts';
import { linkName } from '../../../src/trace/words.ts';

const { index, titled, traces } = recordedStories();
const nameOf = (id: string): string => linkName(index, id);
const tell = (trace: Trace): StoryStep[] => tellTrace(trace, nameOf);
const places = (steps: readonly StoryStep[]): string[] =>
  steps.map(({ links }) => links.map(nameOf).join(' + '));
const ofRole = (steps: readonly StoryStep[], role: StoryStep['role']): StoryStep[] =>
  steps.filter((step) => step.role === role);

const ping = titled('web → db (10.244.0.3)');
const overIpv6 = titled('web → db (fd00:244::3)');
const lost = traces.findLast(({ verdict }) => !verdict.delivered) ?? assert.fail('no lost trace');

describe('the story of a ping between two pods of one bridge', () => {
  const steps = tell(ping);

  it('takes its packet through exactly five steps each way', () => {
    const five = ['eth0 of web', 'veth-web', 'cbr0', 'veth-db', 'eth0 of db'];
    assert.deepEqual(places(ofRole(steps, 'request')), five);
    assert.deepEqual(places(ofRole(steps, 'reply')), five.toReversed());
  });

  it('goes on from where the frame was, and begins anew with each message', () => {
    for (const role of ['question', 'answer', 'request', 'reply'] as const) {
      const [first, ...rest] = ofRole(steps, role);
      assert.deepEqual(first?.from, []);
      rest.forEach((step, at) => assert.deepEqual(step.from, [first, ...rest][at]?.links, step.text));
    }
  });

  it('makes one step of the flood, with all the ports', () => {
    const floods = steps.filter(({ links }) => links.length > 1);
    assert.deepEqual(
      floods.map(({ frame, links }) => [frame, links.map(nameOf).sort()]),
      [['ARP question', ['cbr0', 'veth-db', 'veth-third']]],
    );
  });

  it('measures what was seen from the first sighting, and gives a bridge that is crossed unseen no time', () => {
    const untimed = steps.filter(({ atNs }) => atNs === null);
    assert.deepEqual(places(untimed), ['cbr0', 'cbr0']);
    assert.ok(steps.every(isSeen));
    assert.deepEqual(
      steps.flatMap(({ atNs }) => atNs ?? []),
      ping.events.map(({ atNs }) => atNs),
    );
  });

  it('shows the entry by which the bridge sends on as the table has it then, not as it was foretold', () => {
    const [, , , onward] = ofRole(steps, 'request');
    assert.match(
      onward?.text ?? '',
      /^cbr0 knows [\da-f:]{17} behind veth-db, so it sends the echo request on there\.$/,
    );
    assert.deepEqual(
      onward?.grounds.map(({ kind }) => kind),
      ['fdb'],
    );
    const record = onward.grounds[0]?.record as Record<string, unknown>;
    assert.deepEqual([record['ifname'], record['master']], ['veth-db', 'cbr0']);
  });

  it('gives each hop the record that decides it, in both directions', () => {
    const kinds = (role: StoryStep['role']): string[] =>
      ofRole(steps, role).map(({ grounds }) => grounds[0]?.kind ?? 'none');
    assert.deepEqual(kinds('request'), ['route', 'veth', 'port', 'fdb', 'veth']);
    assert.deepEqual(kinds('reply'), ['route', 'veth', 'port', 'fdb', 'veth']);
  });
});

describe('what tables learn in a story', () => {
  it('is told where the bridge and the asker learn it, and only what they did not know', () => {
    const learned = tell(overIpv6).flatMap((step) =>
      step.learned.map(({ table, link, address }) => [step.frame, table, nameOf(link), address]),
    );
    assert.deepEqual(learned, [
      ['NDP question', 'fdb', 'veth-web', null],
      ['NDP answer', 'fdb', 'veth-db', null],
      ['NDP answer', 'neighbour', 'eth0 of web', 'fd00:244::3'],
    ]);
    assert.deepEqual(
      tell(titled('web → far (10.96.0.10), TCP 80')).flatMap((step) => step.learned),
      [],
    );
  });
});

describe('the story of a packet whose addresses change on its way', () => {
  it('shows the rule of translation at the link where it leaves, and takes the way back for foretold', () => {
    const steps = tell(titled('web → outside (203.0.113.2)'));
    const translated = steps.filter(({ grounds }) => grounds.some(({ kind }) => kind === 'nat'));
    assert.deepEqual(places(translated), ['up0']);
    assert.deepEqual(
      steps.filter(({ kind }) => kind !== 'seen'),
      [],
    );
  });

  it('follows a TCP connection through a service by its segments', () => {
    const steps = tell(titled('web → far (10.96.0.10), TCP 80'));
    const segments = [...new Set(steps.map(({ frame }) => frame))];
    assert.deepEqual(segments, ['TCP SYN', 'TCP SYN-ACK', 'TCP ACK']);
    const syn = steps.filter(({ frame }) => frame === 'TCP SYN');
    assert.deepEqual(places(syn), ['eth0 of web', 'veth-web', 'cbr0', 'cbr1', 'veth-far', 'eth0 of far']);
    assert.ok(syn[3]?.grounds.some(({ kind }) => kind === 'nat'));
  });
});

describe('the story of a packet that never leaves its pod', () => {
  it('is two steps through lo', () => {
    assert.deepEqual(places(tell(titled('web → web (10.244.0.2)'))), ['lo of web', 'lo of web']);
  });
});

describe('the story of a packet that is lost', () => {
  it('says where and why after what was seen of it, with what proves the cause', () => {
    const end = tell(lost).find(({ kind }) => kind === 'lost');
    assert.match(end?.text ?? '', /^The request was lost between veth-web and eth0 of db\. .* it is down\.$/);
    assert.deepEqual([end?.from.map(nameOf), end?.links.map(nameOf)], [['veth-web'], ['eth0 of db']]);
    const [cause] = end?.grounds ?? [];
    assert.match(cause?.why ?? '', /^eth0 of db is down\./);
    assert.notEqual(cause?.record, null);
  });

  it('takes copies that a bridge floods elsewhere for no part of the way', () => {
    const [flood] = tell(lost).filter(({ text }) => text.includes('floods'));
    assert.deepEqual(flood?.links.map(nameOf), ['veth-third']);
    assert.equal(flood.kind, 'seen');
  });

  it('goes on with the rest of the way that it should have taken', () => {
    const unanswered: Trace = {
      ...ping,
      events: ping.events.slice(0, -2),
      sightings: ping.sightings.filter(({ atNs }) => atNs < (ping.events.at(-2)?.atNs ?? 0)),
      verdict: {
        ...ping.verdict,
        ...{ delivered: false, outcome: 'silent', rttMs: null },
        ...{ lostOn: 'reply', lostAfter: ping.events.at(-3)?.links[0] ?? null },
        ...{ lostBefore: ping.events.at(-2)?.links[0] ?? null },
      },
    };
    const end = tell(unanswered).slice(-3);
    assert.deepEqual(
      end.map(({ kind, role }) => [kind, role]),
      [
        ['lost', 'reply'],
        ['unseen', 'reply'],
        ['unseen', 'reply'],
      ],
    );
    assert.match(end[1]?.text ?? '', /^Predicted, not seen: veth-web\. /);
  });
});

describe('the story of a packet that nobody watched', () => {
  const unwatched = { ...ping, observedBy: 'none' as const, sightings: [], events: [] };

  it('is the prediction, in the five steps, and claims nothing as seen', () => {
    const steps = tell(unwatched);
    assert.deepEqual(places(steps), ['eth0 of web', 'veth-web', 'cbr0', 'veth-db', 'eth0 of db']);
    assert.ok(steps.every(({ kind, atNs }) => kind === 'predicted' && atNs === null));
  });

  it('ends where the prediction does', () => {
    const path = { ...ping.path, hops: ping.path.hops.slice(0, 2), stopped: 'cbr0 is down.' };
    const end = tell({ ...unwatched, path }).at(-1);
    assert.deepEqual(
      [end?.kind, end?.text, end?.links.map(nameOf)],
      ['stopped', 'cbr0 is down.', ['veth-web']],
    );
  });

  it('is told by counters without times: what counted, then what did not', () => {
    const counted = tell({
      ...ping,
      observedBy: 'counters',
      events: [],
      sightings: ping.sightings
        .filter(({ protocol, link }) => protocol === 'icmp-request' && nameOf(link) !== 'eth0 of db')
        .map((one) => ({ ...one, protocol: 'other' as const })),
    });
    assert.deepEqual(
      counted.map(({ kind, links }) => `${kind} ${links.map(nameOf).join()}`),
      ['seen eth0 of web', 'seen veth-web', 'seen cbr0', 'seen veth-db', 'unseen eth0 of db'],
    );
  });
});

describe('a packet that goes where nobody foretold', () => {
  it('is said to have strayed there', () => {
    const hops = ping.path.hops.filter(({ link }) => !['veth-db', 'eth0 of db'].includes(nameOf(link)));
    const strayed = tell({ ...ping, path: { ...ping.path, hops }, wayBack: null })
      .filter(({ kind }) => kind === 'strayed')
      .map(({ text }) => text);
    assert.equal(strayed.length, 2);
    assert.match(strayed[1] ?? '', /^The echo request reaches eth0 of db\. This was not predicted\.$/);
  });
});

describe('one story for all who tell it', () => {
  it('is in the document and on the terminal, sentence by sentence', () => {
    const [document, terminal] = [traceMarkdown(ping, index.topology), describeTrace(ping, index.topology)];
    for (const { text } of tell(ping)) {
      assert.ok(document.includes(text), text);
      assert.ok(terminal.includes(text), text);
    }
  });
});

describe('a trace of an older release', () => {
  it('is told all the same', () => {
    const events = ping.events.map(({ atNs, sincePreviousNs, phase, links, text }) => {
      return { atNs, sincePreviousNs, phase, links, text };
    });
    const steps = tell({ ...ping, events, wayBack: null });
    assert.deepEqual(places(ofRole(steps, 'request')), [
      'eth0 of web',
      'veth-web',
      'cbr0',
      'veth-db',
      'eth0 of db',
    ]);
    assert.deepEqual(
      ofRole(steps, 'reply').map(({ kind, frame }) => [kind, frame]),
      Array.from({ length: 4 }, () => ['seen', 'echo reply']),
    );
  });
});
