/** Pure: what the tables of a node say of a pair to which nothing was sent. */
import { predict, predictAnswer } from '../trace/predict.ts';
import type { TopologyIndex } from '../trace/topologyIndex.ts';
import { nameOfNamespace } from '../trace/words.ts';
import { describeError, PatchbayError } from '../util/errors.ts';
import { cellOf } from './judge.ts';
import type { Pair } from './pairs.ts';
import type { Cell } from './verification.ts';

/** A cell that nothing verified, with what is foretold. */
export function foretell(index: TopologyIndex, pair: Pair): Cell {
  const { foretold, text } = tell(index, pair);
  return { ...cellOf(pair), foretold, text: `Nothing was sent. ${text}` };
}

function tell(index: TopologyIndex, { from, to, destination }: Pair): Pick<Cell, 'foretold' | 'text'> {
  const sender = nameOfNamespace(index, from.namespace);
  const reaches = `reach ${nameOfNamespace(index, to.namespace)} (${destination})`;
  try {
    const there = predict(index, {
      from: { kind: 'namespace', namespace: from.namespace },
      to: { kind: 'address', address: destination },
    });
    const { path, translated } = there;
    if (path.stopped !== null || path.to.namespace !== to.namespace) {
      const why = path.stopped === null ? '.' : `: ${path.stopped}`;
      return { foretold: 'stops', text: `By the tables ${sender} does not ${reaches}${why}` };
    }
    const back = predictAnswer(index, there)?.path.stopped ?? null;
    if (back !== null) {
      return {
        foretold: 'stops',
        text: `By the tables ${sender} would ${reaches} and get no answer: ${back}`,
      };
    }
    return translated.length > 0
      ? { foretold: 'translated', text: `By the tables ${sender} would ${reaches} through NAT.` }
      : { foretold: 'arrives', text: `By the tables ${sender} would ${reaches}.` };
  } catch (error) {
    if (error instanceof PatchbayError) {
      return { foretold: 'stops', text: describeError(error) };
    }
    throw error;
  }
}
