import assert from 'node:assert/strict';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';

interface MenuEntry {
  readonly command: string;
  readonly when?: string;
}

const root = resolve(import.meta.dirname, '../../..');
const texts = JSON.parse(readFileSync(resolve(root, 'package.nls.json'), 'utf8')) as Record<string, string>;
const { contributes } = JSON.parse(readFileSync(resolve(root, 'package.json'), 'utf8')) as {
  readonly contributes: {
    readonly walkthroughs: readonly {
      readonly steps: readonly {
        readonly description: string;
        readonly media: { readonly svg: string };
        readonly completionEvents: readonly string[];
      }[];
    }[];
    readonly commands: readonly { readonly command: string }[];
    readonly menus: Readonly<Record<string, readonly MenuEntry[]>>;
  };
};
const { commandPalette = [], ...otherMenus } = contributes.menus;

/** What src/views/contextKeys.ts may set. */
const keys: Readonly<Record<string, readonly (string | boolean)[]>> = {
  'patchbay.hasNodes': [true, false],
  'patchbay.activeNode': ['', 'connecting', 'live', 'recording', 'lost', 'failed'],
  'patchbay.isPrivileged': [true, false],
  'patchbay.hasTraces': [true, false],
  isWindows: [true, false],
  isMac: [true, false],
};

/** Whether a condition made of keys, `!`, `==`, `=~`, `&&` and `||` can be true; each key stands for itself. */
function canHold(when: string): boolean {
  return when.split(' || ').some((all) => all.split(' && ').every(canBeTrue));
}

function canBeTrue(term: string): boolean {
  const [, not = '', key = '', value, pattern] = /^(!?)([\w.]+)(?: == (\w+)| =~ \/(.+)\/)?$/.exec(term) ?? [];
  const values = keys[key];
  assert.ok(values, `${term}: nobody sets this key`);
  return pattern === undefined
    ? values.includes(value ?? not === '')
    : values.some((one) => new RegExp(pattern).test(String(one)));
}

describe('The manifest', () => {
  it('leads to every command, by the palette or by a menu', () => {
    const hidden = new Set(
      commandPalette.filter(({ when }) => when === 'false').map(({ command }) => command),
    );
    // "Trace from Here…" is what "Trace Ping…" is called in menus.
    assert.deepEqual([...hidden], ['patchbay.trace.from']);
    const inMenus = new Set(Object.values(otherMenus).flatMap((menu) => menu.map(({ command }) => command)));
    const lost = contributes.commands.filter(({ command }) => hidden.has(command) && !inMenus.has(command));
    assert.deepEqual(lost, []);
  });

  it('asks only for what can be, of keys that are set', () => {
    for (const { command, when = 'false' } of commandPalette) {
      assert.ok(when === 'false' || canHold(when), command);
    }
  });

  it('names a command once for each place of a menu', () => {
    for (const [menu, entries] of Object.entries(contributes.menus)) {
      const places = entries.map((entry) => JSON.stringify(entry));
      assert.equal(new Set(places).size, places.length, menu);
    }
  });

  it('leads from walkthrough and welcome view to commands that there are', () => {
    const known = new Set(contributes.commands.map(({ command }) => command));
    const links = Object.values(texts).flatMap((text) => [...text.matchAll(/\(command:(patchbay\.[\w.]+)/g)]);
    assert.ok(links.length > 8);
    assert.deepEqual(
      links.map(([, command = '']) => command).filter((command) => !known.has(command)),
      [],
    );
  });

  it('shows a small picture with each step of the walkthrough, and knows when it is done', () => {
    const known = new Set(contributes.commands.map(({ command }) => `onCommand:${command}`));
    for (const { media, completionEvents } of contributes.walkthroughs.flatMap(({ steps }) => steps)) {
      const picture = resolve(root, media.svg);
      assert.ok(existsSync(picture) && statSync(picture).size < 5_000, media.svg);
      assert.ok(
        completionEvents.every((event) => known.has(event) || event === 'onContext:patchbay.hasNodes'),
      );
    }
  });
});
