import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { exportDot } from '../../../../src/topology/export/dot.ts';
import { exportMermaid } from '../../../../src/topology/export/mermaid.ts';
import { broken, hostileNames, podsOnBridge } from '../../../harness/panel/topologies.ts';

const hostile = hostileNames().build();
const withQuotes = {
  ...hostile,
  links: hostile.links.map((link, at) =>
    at === 1 ? { ...link, name: '"];\\N&#34;}end\nclick l0 "javascript:alert(1)"' } : link,
  ),
};

describe('A topology as a Mermaid flowchart', () => {
  const lineForms = [
    /^%% [\w. -]*$/,
    /^flowchart LR$/,
    /^ {2}subgraph n\d+\["[^"<>&\\]*"\]$/,
    /^ {4}l\d+(\["[^"]*"\]|\{\{"[^"]*"\}\})$/,
    /^ {2}end$/,
    /^ {2}l\d+ (===|---|-\.->) l\d+$/,
    /^ {2}classDef down stroke-dasharray: 4 3$/,
    /^ {2}class l\d+(,l\d+)* down$/,
    /^$/,
  ];

  for (const [name, topology] of Object.entries({ hostile, withQuotes, broken: broken().build() })) {
    it(`has no line but ours for ${name}`, () => {
      for (const line of exportMermaid(topology).split('\n')) {
        assert.ok(
          lineForms.some((form) => form.test(line)),
          line,
        );
        assert.doesNotMatch(line.replaceAll('<br/>', ''), /[<>`\\]|javascript:alert\(/);
      }
    });
  }

  it('joins a pod to its bridge: cable, then port', () => {
    const text = exportMermaid(podsOnBridge(1).build());
    assert.match(text, /subgraph n0\["[\w.-]+"\][^]*\{\{"cbr0<br\/>[\d./]+"\}\}[^]*subgraph n1\["web"\]/);
    assert.match(text, /===/);
    assert.match(text, /---/);
  });
});

describe('A topology in Graphviz’s language', () => {
  it('keeps hostile names inside their strings', () => {
    for (const line of exportDot(withQuotes).split('\n')) {
      const outside = line.replace(/"(?:[^"\\]|\\n)*"/g, '""');
      assert.match(
        outside,
        /^(graph "" \{| {2}(graph|node) \[.*\];| {2}subgraph cluster_n\d+ \{| {4}label="";| {4}l\d+ \[label=""(, shape=hexagon)?(, style="")?\];| {2}\}| {2}l\d+ -- l\d+ \[[\w=]+\];|\}|)$/,
        line,
      );
    }
  });

  (existsSync('/usr/bin/dot') ? it : it.skip)('is read by Graphviz itself', () => {
    const svg = execFileSync('dot', ['-Tsvg'], { input: exportDot(withQuotes) }).toString();
    assert.match(svg, /javascript:alert/);
    assert.doesNotMatch(svg, /<script|<a /);
  });
});
