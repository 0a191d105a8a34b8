/** Pure: the text of `nft list ruleset` (nft(8)) → tables. */
import { chainPriority } from './hooks.ts';
import { readElements } from './nftElements.ts';
import { parseNftRule } from './nftRule.ts';
import { BlockReader, type Token } from './nftTokens.ts';
import type { ChainBase, ElementSet, FilterChain, FilterTable, TableFamily } from './ruleset.ts';

const families: readonly string[] = ['ip', 'ip6', 'inet', 'bridge', 'arp', 'netdev'];

/** Reads what can be read; a text that was cut ends in the middle of a chain, which then has only its first rules. */
export function parseNftRuleset(text: string): FilterTable[] {
  const reader = new BlockReader(text);
  const tables: FilterTable[] = [];
  for (let head = reader.enter(); head !== null; head = reader.enter()) {
    const [what, family = '', name = ''] = head.map((token) => token.text);
    if (what === 'table') {
      tables.push(readTable(reader, family, name));
    } else {
      reader.leave();
    }
  }
  return tables;
}

function readTable(reader: BlockReader, written: string, name: string): FilterTable {
  const family = families.includes(written) ? (written as TableFamily) : 'ip';
  const chains = new Map<string, FilterChain>();
  const sets = new Map<string, ElementSet>();
  for (let head = reader.enter(); head !== null; head = reader.enter()) {
    const [what, title = ''] = head.map(({ text }) => text);
    const statements = reader.statements();
    if (what === 'chain') {
      chains.set(title, chainOf(family, title, statements));
    } else if (what === 'set' || what === 'map') {
      sets.set(title, readElements(statements));
    }
  }
  return { tool: 'nft', program: 'nft', family, name, chains, sets, isWhole: !reader.ranOut };
}

function chainOf(family: TableFamily, name: string, statements: readonly Token[][]): FilterChain {
  let base: ChainBase | null = null;
  let policy: FilterChain['policy'] = 'accept';
  const rules: FilterChain['rules'][number][] = [];
  for (const statement of statements) {
    const [first, second = '', third] = statement.map(({ text }) => text);
    if (first === 'type' && third === 'hook') {
      base = baseOf(family, statement);
    } else if (first === 'policy') {
      policy = second === 'drop' ? 'drop' : 'accept';
    } else if (first !== 'comment') {
      rules.push(parseNftRule(statement));
    }
  }
  return { name, base, policy, rules };
}

/** "type filter hook ingress devices = { "eth0", "eth1" } priority filter + 5". */
function baseOf(family: TableFamily, statement: readonly Token[]): ChainBase {
  const words = statement.map(({ text }) => text);
  const [, type = '', , hook = ''] = words;
  const at = words.indexOf('priority');
  return {
    type,
    hook,
    priority: chainPriority(family, words.slice(at + 1).join(' ')),
    devices: statement.slice(4, at).flatMap(({ text, isQuoted }) => (isQuoted ? [text] : [])),
  };
}
