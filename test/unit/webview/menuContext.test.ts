import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { menuContext, mendableOf, menuWords } from '../../../webview/graph/menuContext.ts';
import { indexTopology } from '../../../webview/graph/topologyIndex.ts';
import type { Selection } from '../../../src/protocol/messages.ts';
import { findingsOf, withLinksDown } from '../../harness/panel/findings.ts';
import { podsOnBridge, topologies } from '../../harness/panel/topologies.ts';

const manifest = JSON.parse(readFileSync(resolve(import.meta.dirname, '../../../package.json'), 'utf8')) as {
  readonly contributes: {
    readonly menus: Readonly<Record<string, readonly { readonly command: string; readonly when: string }[]>>;
  };
};

/** The commands that VS Code would offer for these words. */
function offered(words: string): string[] {
  return (manifest.contributes.menus['webview/context'] ?? []).flatMap(({ command, when }) => {
    const pattern = /^webviewId == 'patchbay\.topology' && patchbayItem =~ \/(.*)\/$/.exec(when)?.[1];
    assert.ok(pattern !== undefined, when);
    return new RegExp(pattern).test(words) ? [command.replace('patchbay.', '')] : [];
  });
}

describe('The menu of the panel', () => {
  const index = indexTopology(podsOnBridge(2).build());
  const link = [...index.links.values()].find(({ name, peer }) => name === 'eth0' && peer !== null);
  const namespace = index.namespaces.get(link?.namespace ?? '');
  const linkSelection = { kind: 'link', id: link?.id ?? '' } as const;
  const podSelection = { kind: 'namespace', id: namespace?.id ?? '' } as const;

  it('offers a link what fits it', () => {
    const commands = offered(menuWords(index, linkSelection, 'live'));
    assert.ok(commands.includes('link.setDown') && !commands.includes('link.setUp'));
    for (const one of ['item.copyMac', 'item.copyAddress', 'namespace.openShell', 'item.showCommands']) {
      assert.ok(commands.includes(one), one);
    }
    assert.ok(!commands.includes('pod.delete'));
  });

  it('offers to delete only what Patchbay made', () => {
    const ours = namespace?.pod?.kind === 'patchbay';
    assert.equal(offered(menuWords(index, podSelection, 'live')).includes('pod.delete'), ours);
  });

  it('offers a bridge of the node to make a pod on', () => {
    const bridge = [...index.links.values()].find(({ kind }) => kind === 'bridge');
    const commands = offered(menuWords(index, { kind: 'link', id: bridge?.id ?? '' }, 'live'));
    assert.ok(commands.includes('pod.create'));
    assert.ok(!offered(menuWords(index, linkSelection, 'live')).includes('pod.create'));
  });

  it('offers the mend of the worst that is wrong, where that is known', () => {
    const topology = withLinksDown(podsOnBridge(2).build(), [namespace?.name ?? '']);
    const [node, findings] = [indexTopology(topology), findingsOf(topology)];
    const [finding] = findings.all;
    for (const selection of [linkSelection, podSelection]) {
      assert.equal(mendableOf(node, selection, findings), finding?.id);
      const words = `${menuWords(node, selection, 'live')} mendable`;
      assert.ok(offered(words).includes('finding.mend'));
      assert.ok(!offered(words.replace(' live', ' recording')).includes('finding.mend'));
    }
    assert.equal(mendableOf(node, null, findings), null);
    assert.ok(!offered(menuWords(index, podSelection, 'live')).includes('finding.mend'));
  });

  it('offers to diagnose, to read again, to mark and to save the node from the ground', () => {
    const commands = offered(menuWords(index, null, 'live'));
    for (const one of ['node.diagnose', 'node.refresh', 'history.mark', 'snapshot.save']) {
      assert.ok(commands.includes(one), one);
    }
    const ofRecording = offered(menuWords(index, null, 'recording'));
    assert.ok(ofRecording.includes('node.diagnose') && !ofRecording.includes('node.refresh'));
  });

  it('offers nothing that takes root where there is no way to it', () => {
    const { topology } = index;
    const asUser = indexTopology({ ...topology, node: { ...topology.node, privilege: 'none' } });
    for (const selection of [linkSelection, podSelection, null]) {
      const commands = offered(menuWords(asUser, selection, 'live'));
      assert.deepEqual(
        commands.filter((one) => /^(link|pod|namespace)\./.test(one)),
        [],
      );
      assert.ok(commands.includes('trace.from'));
    }
    const own = { kind: 'namespace', id: asUser.root?.id ?? '' } as const;
    assert.ok(offered(menuWords(asUser, own, 'live')).includes('namespace.openShell'));
  });

  it('offers nothing that changes or enters a recording, whose traces are foretold', () => {
    for (const selection of [linkSelection, podSelection, null]) {
      const commands = offered(menuWords(index, selection, 'recording'));
      const acting = commands.filter((one) => /^(link|pod|namespace)\./.test(one));
      assert.deepEqual(acting, []);
      assert.ok(commands.includes('trace.from'));
    }
  });

  it('offers the ground to make a pod on, and nothing of what is gone', () => {
    assert.ok(offered(menuWords(index, null, 'live')).includes('pod.create'));
    const gone = offered(menuWords(index, { kind: 'link', id: '1:1' }, 'live'));
    assert.ok(!gone.some((one) => one.startsWith('link.') || one.startsWith('item.copy')));
  });

  it('has no entry that is never offered', () => {
    const all = Object.values(topologies).flatMap((make) => {
      const made = indexTopology(make());
      const selections: (Selection | null)[] = [
        ...[...made.links.keys()].map((id) => ({ kind: 'link', id }) as const),
        ...[...made.namespaces.keys()].map((id) => ({ kind: 'namespace', id }) as const),
        null,
      ];
      return selections.flatMap((selection) => offered(`${menuWords(made, selection, 'live')} mendable`));
    });
    const inMenu = (manifest.contributes.menus['webview/context'] ?? []).map(({ command }) => command);
    assert.deepEqual(
      inMenu.filter((command) => !all.includes(command.replace('patchbay.', ''))),
      [],
    );
  });

  it('gives the commands what they are about', () => {
    const about = { node: 'lab', selection: linkSelection };
    assert.deepEqual(JSON.parse(menuContext('link live', { ...about, finding: null })), {
      patchbayItem: 'link live',
      preventDefaultContextMenuItems: true,
      node: 'lab',
      selection: linkSelection,
    });
    assert.deepEqual(JSON.parse(menuContext('link live', { ...about, finding: 'link-down 1:2' })), {
      patchbayItem: 'link live mendable',
      preventDefaultContextMenuItems: true,
      node: 'lab',
      selection: linkSelection,
      finding: 'link-down 1:2',
    });
  });
});
