/** The legend: every mark of the picture with its meaning. */
import { lamp, plugMark } from '../render/templates.ts';
import { svg } from '../render/svg.ts';
import { h } from './dom.ts';

function sample(...shapes: readonly SVGElement[]): SVGElement {
  return svg(
    'svg',
    { class: 'graph sample', width: 44, height: 20, viewBox: '0 0 44 20', 'aria-hidden': 'true' },
    ...shapes,
  );
}

function wireSample(classes: string): SVGElement {
  return sample(svg('g', { class: `item wire ${classes}` }, svg('path', { class: 'line', d: 'M3 10H41' })));
}

function entries(): (readonly [SVGElement, string])[] {
  return [
    [sample(lamp('up', 22, 10, 4)), 'up'],
    [sample(lamp('no-carrier', 22, 10, 4)), 'up, but no carrier: the cable leads nowhere'],
    [sample(lamp('down', 22, 10, 4)), 'down'],
    [wireSample('bus is-up colour-0'), 'bus bar of a bridge; each bridge has its own colour'],
    [wireSample('veth is-up'), 'veth cable'],
    [wireSample('veth is-down'), 'cable with an end that is down'],
    [wireSample('unknown'), 'where it leads is not known'],
    [wireSample('lower'), 'lies on another interface (VLAN, macvlan)'],
    [wireSample('tunnel'), 'tunnel over another interface'],
    [sample(plugMark(18, 4)), 'pod made by Patchbay'],
    [sample(svg('path', { class: 'route flow', d: 'M3 10H41' })), 'way of the traced packet'],
  ];
}

/** Builds the legend, hidden. */
export function buildLegend(
  keys: readonly { readonly keys: string; readonly meaning: string }[],
): HTMLElement {
  const marks = entries().map(([picture, meaning]) => h('li', {}, picture, h('span', {}, meaning)));
  const shortcuts = keys.map((one) => h('li', {}, h('kbd', {}, one.keys), h('span', {}, one.meaning)));
  const legend = h(
    'div',
    { class: 'legend', role: 'region', 'aria-label': 'Legend' },
    h('h3', {}, 'What the marks mean'),
    h('ul', {}, ...marks),
    h('h3', {}, 'Keys'),
    h('ul', { class: 'keys' }, ...shortcuts),
  );
  legend.hidden = true;
  return legend;
}
