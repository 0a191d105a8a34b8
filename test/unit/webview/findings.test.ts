import assert from 'node:assert/strict';
import ELK from 'elkjs/lib/elk.bundled.js';
import type { ShownFinding } from '../../../src/protocol/messages.ts';
import type { Topology } from '../../../src/topology/topology.ts';
import { announceWith, describe as describeSelection } from '../../../webview/graph/describe.ts';
import { countInWords, FindingIndex, noFindings } from '../../../webview/graph/findings.ts';
import { findingNewsOf } from '../../../webview/graph/news.ts';
import { linkKey, namespaceKey, selectLink, selectNamespace } from '../../../webview/graph/selection.ts';
import { indexTopology } from '../../../webview/graph/topologyIndex.ts';
import { groupKey } from '../../../webview/layout/geometry.ts';
import { layoutPlan } from '../../../webview/layout/layoutTopology.ts';
import { planLayout } from '../../../webview/layout/plan.ts';
import { emptyMemory } from '../../../webview/layout/slots.ts';
import { composeScene, type Scene } from '../../../webview/render/scene.ts';
import { tooltipOf } from '../../../webview/render/tooltip.ts';
import { diagnosisOf, findingsOf, withLinksDown } from '../../harness/panel/findings.ts';
import { podsOnBridge } from '../../harness/panel/topologies.ts';

const whole = podsOnBridge(9).build();
const node = withLinksDown(whole, ['app-2', 'app-5']);
const index = indexTopology(node);
const findings = findingsOf(node);
const podId = (name: string): string => node.namespaces.find((one) => one.pod?.name === name)?.id ?? '';
const eth0Of = (name: string): string =>
  node.links.find((link) => link.namespace === podId(name) && link.name === 'eth0')?.id ?? '';

/** A finding of a weight at a place that no rule of today marks. */
function findingAt(where: Partial<ShownFinding['where']>, severity: ShownFinding['severity']): ShownFinding {
  const [like] = diagnosisOf(node).findings;
  assert.ok(like);
  return {
    ...like,
    id: `${severity} ${JSON.stringify(where)}`,
    severity,
    where: { namespaces: [], links: [], ...where },
  };
}

async function sceneOf(
  topology: Topology,
  found: FindingIndex,
  collapsed: readonly string[] = [],
): Promise<Scene> {
  const drawn = indexTopology(topology);
  const plan = planLayout(drawn, new Set(), new Set(collapsed));
  const { geometry } = await layoutPlan(new ELK(), {
    plan,
    memory: emptyMemory,
    screen: { width: 1200, height: 800 },
  });
  return composeScene(drawn, geometry, { findings: found });
}

describe('findings by place', () => {
  it('are at the links that they name, and of the pods around those', () => {
    assert.deepEqual(
      findings.at(linkKey(eth0Of('app-2'))).map(({ rule }) => rule),
      ['link-down'],
    );
    assert.deepEqual(findings.at(namespaceKey(podId('app-2'))), []);
    const { length } = findings.of(index, selectNamespace(podId('app-2')));
    assert.equal(length, 1);
    assert.deepEqual(findings.of(index, selectNamespace(podId('app-1'))), []);
  });

  it('tell the worst of several first, each once', () => {
    const [web, eth0] = [podId('app-1'), eth0Of('app-1')];
    const several = new FindingIndex({
      findings: [
        findingAt({ links: [eth0, eth0Of('app-3')] }, 'error'),
        findingAt({ namespaces: [web] }, 'warning'),
        findingAt({ links: [eth0] }, 'info'),
      ],
      unchecked: [],
    });
    const here = several.of(index, selectNamespace(web)).map(({ severity }) => severity);
    assert.deepEqual(here, ['error', 'warning', 'info']);
    assert.equal(several.badges.get(linkKey(eth0)), 'error');
    assert.equal(several.badges.get(namespaceKey(web)), 'warning');
  });

  it('are counted in words', () => {
    assert.equal(countInWords(['error', 'warning', 'error', 'info', 'info']), '2 errors, 1 warning, 2 notes');
    assert.equal(countInWords([]), 'no findings');
  });
});

describe('the signs of findings in the picture', () => {
  it('are on the link itself, and from afar on its pod', async () => {
    const { byKey } = await sceneOf(node, findings);
    const pod = byKey.get(namespaceKey(podId('app-2')));
    assert.ok(pod?.kind === 'pod');
    assert.deepEqual([pod.badge, pod.inside], [null, 'error']);
    assert.equal(byKey.get(linkKey(eth0Of('app-2')))?.badge, 'error');
  });

  it('are on a pod for what has no place of its own in the picture', async () => {
    const crowded = podsOnBridge(2);
    const web = crowded.build().namespaces.find((one) => one.pod?.name === 'web')?.id ?? '';
    const many = Array.from({ length: 12 }, (_, at) => crowded.link(web, `dummy${at}`, { kind: 'dummy' }));
    const found = new FindingIndex({
      findings: [findingAt({ links: many.slice(-1) }, 'warning')],
      unchecked: [],
    });
    const { byKey } = await sceneOf(crowded.build(), found);
    assert.equal(byKey.get(namespaceKey(web))?.badge, 'warning');
  });

  it('from afar stand on a pod for the node’s end of its cable, too', async () => {
    const host = node.links.find(({ id }) => id === eth0Of('app-1'))?.peer ?? '';
    const found = new FindingIndex({ findings: [findingAt({ links: [host] }, 'warning')], unchecked: [] });
    const pod = (await sceneOf(node, found)).byKey.get(namespaceKey(podId('app-1')));
    assert.ok(pod?.kind === 'pod');
    assert.deepEqual([pod.badge, pod.inside], [null, 'warning']);
  });

  it('of a collapsed group say the worst in it and how many there are', async () => {
    const open = await sceneOf(node, findings);
    const id = [...open.byKey.keys()].find((key) => key.startsWith('group '))?.slice('group '.length) ?? '';
    assert.equal(open.byKey.get(groupKey(id))?.badge, null);
    const closed = (await sceneOf(node, findings, [id])).byKey.get(groupKey(id));
    assert.ok(closed?.kind === 'group');
    assert.equal(closed.badge, 'error');
    assert.match(closed.subtitle, /9 cables, 2 not up .*· 2 findings$/);
    assert.match(
      tooltipOf(index, closed, { findings }),
      /\nerror: eth0 of app-2 is down\. And 1 more finding\.$/,
    );
  });

  it('leave what they do not change as it was', async () => {
    const before = await sceneOf(node, noFindings);
    const drawn = indexTopology(node);
    const { geometry } = await layoutPlan(new ELK(), {
      plan: planLayout(drawn),
      memory: emptyMemory,
      screen: { width: 1200, height: 800 },
    });
    const first = composeScene(drawn, geometry);
    const after = composeScene(drawn, geometry, { findings, before: { scene: first, index: drawn } });
    const fresh = after.items.filter((item) => first.byKey.get(item.key) !== item).map(({ key }) => key);
    const marked = ['app-2', 'app-5'].flatMap((name) => [namespaceKey(podId(name)), linkKey(eth0Of(name))]);
    assert.deepEqual(fresh.sort(), marked.sort());
    assert.equal(before.items.length, after.items.length);
  });
});

describe('findings in words', () => {
  it('are in the tooltip: the worst, and how many more', async () => {
    const { byKey } = await sceneOf(node, findings);
    const pod = byKey.get(namespaceKey(podId('app-2')));
    assert.ok(pod);
    assert.match(tooltipOf(index, pod, { findings }), /^app-2, .*\nerror: eth0 of app-2 is down\.$/s);
  });

  it('are heard with what is selected', () => {
    const said = announceWith(index, selectLink(eth0Of('app-2')), findings);
    assert.match(said, /^eth0 of app-2, veth.*\. error: eth0 of app-2 is down\.$/);
    assert.doesNotMatch(announceWith(index, selectLink(eth0Of('app-1')), findings), /error/);
  });

  it('are a section of the inspector, with places elsewhere to go to', () => {
    const [first] = describeSelection(index, selectNamespace(podId('app-2')), { findings })?.sections ?? [];
    assert.equal(first?.title, 'Findings');
    const [found] = first.findings ?? [];
    assert.deepEqual(found?.finding.mend?.commands, ['ip -n app-2 link set dev eth0 up']);
    assert.deepEqual(found.elsewhere, [{ text: 'eth0 of app-2', selection: selectLink(eth0Of('app-2')) }]);
    const [own] = describeSelection(index, selectLink(eth0Of('app-2')), { findings })?.sections ?? [];
    assert.deepEqual(own?.findings?.[0]?.elsewhere, []);
  });

  it('are news when they appear and when they are gone', () => {
    const healthy = findingsOf(whole);
    const one = findingsOf(withLinksDown(whole, ['app-2']));
    assert.equal(findingNewsOf(healthy, one), 'error: eth0 of app-2 is down.');
    assert.equal(findingNewsOf(one, healthy), 'no longer: eth0 of app-2 is down.');
    assert.equal(findingNewsOf(one, findingsOf(withLinksDown(whole, ['app-2']))), '');
    const all = findingsOf(withLinksDown(whole, ['app-1', 'app-3', 'app-4', 'app-6']));
    assert.equal(findingNewsOf(one, all), '4 findings more, 1 gone');
  });
});
