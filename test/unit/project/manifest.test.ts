import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

interface MenuEntry {
  readonly command: string;
  readonly when?: string;
}

const { contributes } = JSON.parse(
  readFileSync(resolve(import.meta.dirname, '../../../package.json'), 'utf8'),
) as {
  readonly contributes: {
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

/** Whether a condition made of keys, `!`, `==`, `&&` and `||` can be true; each key stands for itself. */
function canHold(when: string): boolean {
  return when.split(' || ').some((all) => all.split(' && ').every(canBeTrue));
}

function canBeTrue(term: string): boolean {
  const [, not = '', key = '', value] = /^(!?)([\w.]+)(?: == (\w+))?$/.exec(term) ?? [];
  const values = keys[key];
  assert.ok(values, `${term}: nobody sets this key`);
  return values.includes(value ?? not === '');
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
});
