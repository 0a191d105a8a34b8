/** Pure: the full text of an item, of which the picture may show a part. */
import type { LinkId } from '../../src/topology/topology.ts';
import { announce } from '../graph/describe.ts';
import { noFindings, worstSentence, type FindingIndex } from '../graph/findings.ts';
import { selectionName, selectLink } from '../graph/selection.ts';
import { displayName } from '../graph/text.ts';
import type { TopologyIndex } from '../graph/topologyIndex.ts';
import type { CountersOf } from './renderer.ts';
import { countedOf, type SceneItem, type WireItem } from './scene.ts';

const unknownWords = {
  ambiguous: 'several could be it',
  'not-readable': 'it cannot be read',
} as const;

function wireWords(index: TopologyIndex, item: WireItem, links: readonly LinkId[]): string {
  const names = links.map((id) => selectionName(index, selectLink(id))).filter((name) => name !== '');
  return item.unknown === null
    ? names.join(' — ')
    : `The other end of ${names.join('')} is not known: ${unknownWords[item.unknown]}.`;
}

/** What is told of an item beside the topology. */
interface Beside {
  readonly findings?: FindingIndex;
  readonly counters?: CountersOf;
}

/**
 * What a person is told who points at an item: its first line is its name, its last the worst that is wrong with it. "" where
 * there is nothing to tell.
 */
export function tooltipOf(
  index: TopologyIndex,
  item: SceneItem,
  { findings = noFindings, counters = () => [] }: Beside = {},
): string {
  const isThing = item.selection !== null && item.kind !== 'wire';
  const wrong = isThing ? worstSentence(findings.of(index, item.selection)) : '';
  const counted = countedOf(item);
  const carried = counted === null ? [] : counters(counted).map((pieces) => pieces.join('  '));
  return [wordsOf(index, item), ...carried, wrong].filter((part) => part !== '').join('\n');
}

function wordsOf(index: TopologyIndex, item: SceneItem): string {
  switch (item.kind) {
    case 'group':
      return [item.title, item.subtitle, item.wrong].filter((line) => line !== '').join('\n');
    case 'wire':
      return wireWords(index, item, item.links);
    case 'pod':
      if (item.ghost !== null) {
        const host = item.selection === null ? '' : selectionName(index, item.selection);
        return `Where the cable of ${host} leads is not known: ${unknownWords[item.ghost]}.`;
      }
      return [item.selection === null ? '' : announce(index, item.selection), item.detail].join('\n').trim();
    case 'box':
      return item.selection === null ? displayName(item.title) : announce(index, item.selection);
    case 'link': {
      const link = index.links.get(item.counted);
      const more = link?.addresses.slice(1) ?? [];
      return [announce(index, selectLink(item.counted)), ...more, item.detail].join('\n');
    }
  }
}
