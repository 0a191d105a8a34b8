/** A record as JSON that opens piece by piece. Each piece is made when it is opened; all of it can be selected as text. */
import { displayName } from '../../graph/text.ts';
import { h } from '../dom.ts';

function isOpenable(value: unknown): value is object {
  return typeof value === 'object' && value !== null && Object.keys(value).length > 0;
}

function plain(value: unknown): string {
  return displayName(JSON.stringify(value));
}

function summaryOf(value: object): string {
  const count = Object.keys(value).length;
  return Array.isArray(value) ? `[ ${count} ]` : `{ ${count} }`;
}

function entry(name: string, value: unknown): HTMLElement {
  const label = h('span', { class: 'json-key' }, displayName(name));
  if (!isOpenable(value)) {
    const kind = value === null ? 'null' : typeof value;
    return h('div', { class: 'json-leaf' }, label, ': ', h('span', { class: `json-${kind}` }, plain(value)));
  }
  const details = h(
    'details',
    { class: 'json-node' },
    h('summary', {}, label, ' ', h('span', { class: 'muted' }, summaryOf(value))),
  );
  details.addEventListener(
    'toggle',
    () => details.append(h('div', { class: 'json-children' }, ...entries(value))),
    { once: true },
  );
  return details;
}

const mostEntries = 200;

function entries(value: object): HTMLElement[] {
  const all = Object.entries(value);
  const more = all.length - mostEntries;
  const shown = all.slice(0, mostEntries).map(([name, part]) => entry(name, part));
  return more > 0
    ? [...shown, h('p', { class: 'muted' }, `and ${more} more; copying copies all of them`)]
    : shown;
}

/** The pieces of a record, closed. */
export function jsonTree(value: unknown): HTMLElement {
  return h('div', { class: 'json' }, ...(isOpenable(value) ? entries(value) : [h('span', {}, plain(value))]));
}
