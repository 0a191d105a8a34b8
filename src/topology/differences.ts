/** Pure: how two sets of facts differ, in words. */
import { isSameButCounters } from './counters.ts';

/** By their labels. A label of "" goes without saying; lists are compared by what is in them. */
export type Facts = Readonly<Record<string, unknown>>;

/** More than so many differences are counted, not told. */
const mostTold = 6;

/** "up → down", "MTU 1500 → 1400", "address 10.0.0.2/24 added": one each, in the order of the facts. */
export function differences(before: Facts, after: Facts): string[] {
  const all = differing(before, after);
  return all.length > mostTold ? [...all.slice(0, mostTold - 1), `${all.length - mostTold + 1} more`] : all;
}

function differing(before: Facts, after: Facts): string[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].flatMap((label) =>
    isSameButCounters({ [label]: before[label] }, { [label]: after[label] })
      ? []
      : difference(label, before[label], after[label]),
  );
}

function difference(label: string, from: unknown, to: unknown): string[] {
  if (isList(from) && isList(to)) {
    const [olds, news] = [from.map(valueInWords), to.map(valueInWords)];
    const removed = olds.filter((one) => !news.includes(one)).map((one) => labelled(label, `${one} removed`));
    const added = news.filter((one) => !olds.includes(one)).map((one) => labelled(label, `${one} added`));
    return removed.length + added.length > 0 ? [...removed, ...added] : [labelled(label, 'in another order')];
  }
  if (isFacts(from) && isFacts(to)) {
    return differing(from, to);
  }
  return [labelled(label, `${valueInWords(from)} → ${valueInWords(to)}`)];
}

function labelled(label: string, text: string): string {
  return label === '' ? text : `${label} ${text}`;
}

function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}

function isFacts(value: unknown): value is Facts {
  return typeof value === 'object' && value !== null && !isList(value);
}

function valueInWords(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return value === '' ? 'none' : value;
    case 'boolean':
      return value ? 'yes' : 'no';
    case 'number':
      return String(value);
    default:
      return value === null || value === undefined ? 'none' : JSON.stringify(value);
  }
}
