/** Pure: one packet's way through the rules of a chain, and of those that it jumps to: all ends that it may come to. */
import { applyBits } from '../../iproute/netfilter/bits.ts';
import type {
  ElementSet,
  FilterChain,
  FilterRule,
  FilterTable,
  LookUp,
  MarkChange,
  Match,
  RuleVerdict,
  Target,
  Translation,
} from '../../iproute/netfilter/ruleset.ts';
import { findElements, fitsMatch, type Marks, type PacketFields } from './packetFields.ts';

/** What is known of a packet as far as it came. */
export interface Standing {
  readonly marks: Marks;
  readonly isTracked: boolean;
  /** What it depends on that is not known, or not understood; empty where only chance decides, or nothing. */
  readonly doubts: readonly string[];
}

/** Where the way through a base chain may end. */
export interface Ending {
  /** `unknown`: a rule takes it in a way that is not followed here. */
  readonly kind: 'accept' | 'drop' | 'reject' | 'translate' | 'unknown';
  readonly chain: FilterChain;
  /** Null where the policy of the chain decides. */
  readonly rule: FilterRule | null;
  readonly standing: Standing;
  /** What a translation makes of the packet; null for every other end. */
  readonly translated: { readonly kind: Translation['kind']; readonly to: Target } | null;
}

/** All ends that a packet may come to in a base chain: more than one where chance, or what is not known, decides. */
export function walkChain(
  table: FilterTable,
  base: FilterChain,
  packet: PacketFields,
  standing: Standing,
): Ending[] {
  const { ends, out } = new Walk(table, packet).through(base, standing, 0);
  return out === null ? [...ends] : [...ends, ...atPolicy(table, base, out)];
}

/** Rules that were not read may have accepted what the policy would drop. */
function atPolicy({ isWhole }: FilterTable, base: FilterChain, out: Standing): Ending[] {
  const end = (kind: 'accept' | 'drop', standing: Standing): Ending => ({
    ...{ kind, chain: base, rule: null, standing, translated: null },
  });
  return isWhole || base.policy === 'accept'
    ? [end(base.policy, out)]
    : [end('accept', out), end('drop', doubted(out, 'rules that were not read'))];
}

/** The kernel allows no more jumps (NFT_JUMP_STACK_SIZE). */
const deepestJump = 16;

/** Chains that jump to each other can make millions of steps of few rules: no rule set in use comes near to so many. */
const mostRules = 200_000;

/** Where packets may have ended, and as what they go on behind a rule, or come back from a chain. */
interface Course {
  readonly ends: readonly Ending[];
  readonly out: Standing | null;
}

/** The same at one rule, from which they may also leave the chain. */
interface RuleCourse extends Course {
  readonly back: Standing | null;
}

class Walk {
  readonly #table: FilterTable;
  readonly #packet: PacketFields;
  #rules = 0;

  constructor(table: FilterTable, packet: PacketFields) {
    this.#table = table;
    this.#packet = packet;
  }

  through(chain: FilterChain, standing: Standing, depth: number): Course {
    const ends: Ending[] = [];
    const backs: Standing[] = [];
    let here: Standing | null = standing;
    for (const rule of chain.rules) {
      if (here === null) {
        break;
      }
      if (depth > deepestJump || ++this.#rules > mostRules) {
        const lost = doubted(here, 'more rules than are followed');
        ends.push({ kind: 'unknown', chain, rule, standing: lost, translated: null });
        here = null;
        break;
      }
      const place = { table: this.#table, packet: this.#packet, chain, rule, depth };
      const course: RuleCourse = new Passage(this, place).from(here);
      ends.push(...course.ends);
      backs.push(...(course.back ? [course.back] : []));
      here = course.out;
    }
    return { ends, out: joined([...backs, here]) };
  }
}

interface Place {
  readonly table: FilterTable;
  readonly packet: PacketFields;
  readonly chain: FilterChain;
  readonly rule: FilterRule;
  readonly depth: number;
}

/** A packet at one rule. */
class Passage {
  readonly #walk: Walk;
  readonly #place: Place;
  readonly #ends: Ending[] = [];
  readonly #out: Standing[] = [];
  readonly #back: Standing[] = [];

  constructor(walk: Walk, place: Place) {
    this.#walk = walk;
    this.#place = place;
  }

  from(standing: Standing): RuleCourse {
    let here: Standing | null = standing;
    for (const step of this.#place.rule.steps) {
      if (here === null) {
        break;
      }
      switch (step.kind) {
        case 'match':
          here = this.#match(step.match, here);
          break;
        case 'mark':
          here = { ...here, marks: marked(here.marks, step.change) };
          break;
        case 'untrack':
          here = { ...here, isTracked: false };
          break;
        case 'verdict':
          here = this.#decide(step.verdict, here);
          break;
        case 'verdicts':
          here = this.#lookUp(step.lookUp, here, (verdict, at) => this.#decide(verdict, at));
          break;
        case 'translate':
          here = this.#translate(step.translation, here);
          break;
      }
    }
    const out = joined([...this.#out, here]);
    const back = joined(this.#back);
    // Where no packet left, nothing behind the rule depends on it.
    const isTransparent = this.#ends.length === 0 && back === null;
    return { ends: this.#ends, out: out && isTransparent ? { ...out, doubts: standing.doubts } : out, back };
  }

  /** As what the packet goes on in the rule; null where it does not. */
  #match(match: Match, here: Standing): Standing | null {
    const answer = fitsMatch(this.#place.table, match, this.#place.packet, here.marks);
    if (answer === 'yes') {
      return here;
    }
    const standing = answer === 'maybe' ? doubted(here, match.text) : here;
    this.#out.push(standing);
    return answer === 'no' ? null : standing;
  }

  #decide(verdict: RuleVerdict, here: Standing): Standing | null {
    switch (verdict.kind) {
      case 'continue':
        return here;
      case 'return':
        this.#back.push(here);
        return null;
      case 'jump':
      case 'goto':
        return this.#call(verdict, here);
      default:
        this.#end(verdict.kind, here);
        return null;
    }
  }

  #call({ kind, chain }: Extract<RuleVerdict, { chain: string }>, here: Standing): Standing | null {
    const target = this.#place.table.chains.get(chain);
    if (!target) {
      this.#end('unknown', here);
      return null;
    }
    const { ends, out } = this.#walk.through(target, here, this.#place.depth + 1);
    this.#ends.push(...ends);
    if (kind === 'jump') {
      return out;
    }
    this.#back.push(...(out ? [out] : []));
    return null;
  }

  #translate({ kind, to }: Translation, here: Standing): Standing | null {
    if ('map' in to) {
      return this.#lookUp(to, here, (target, at) => this.#end('translate', at, { kind, to: target }));
    }
    return this.#end('translate', here, { kind, to });
  }

  /** Goes on with each element that the packet may find; where it finds none, the rule is over. */
  #lookUp<Value>(
    { key, map, text }: LookUp<Value>,
    here: Standing,
    goOn: (value: Value, standing: Standing) => Standing | null,
  ): Standing | null {
    const { table, packet } = this.#place;
    const elements = typeof map === 'string' ? (table.sets.get(map) as ElementSet<Value> | undefined) : map;
    const found = elements ? findElements(key, elements, packet, here.marks) : null;
    if (found === null) {
      this.#end('unknown', doubted(here, text));
      return doubted(here, text);
    }
    const isOpen = !found.isCertain && found.elements.length > 0;
    const standing = isOpen ? doubted(here, text) : here;
    if (!found.isCertain) {
      this.#out.push(standing);
    }
    return joined(found.elements.map(({ value }) => goOn(value, standing)));
  }

  #end(kind: Ending['kind'], standing: Standing, translated: Ending['translated'] = null): null {
    const { chain, rule } = this.#place;
    this.#ends.push({ kind, chain, rule, standing, translated });
    return null;
  }
}

function doubted(standing: Standing, reason: string): Standing {
  return { ...standing, doubts: [...new Set([...standing.doubts, reason])] };
}

function marked(marks: Marks, { mark, of, bits }: MarkChange): Marks {
  const before = of === null ? null : marks[of];
  return { ...marks, [mark]: before === null ? null : applyBits(bits, before) };
}

/** What holds of all of them; null where there are none. */
export function joined(standings: readonly (Standing | null)[]): Standing | null {
  const all = standings.filter((standing) => standing !== null);
  return all.length === 0
    ? null
    : all.reduce((a, b) => ({
        marks: {
          'meta mark': same(a.marks['meta mark'], b.marks['meta mark']),
          'ct mark': same(a.marks['ct mark'], b.marks['ct mark']),
        },
        isTracked: a.isTracked || b.isTracked,
        doubts: [...new Set([...a.doubts, ...b.doubts])],
      }));
}

function same(a: number | null, b: number | null): number | null {
  return a === b ? a : null;
}
