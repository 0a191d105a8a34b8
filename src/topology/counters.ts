/** What moves by itself in what the kernel tells: it is no change of a topology. Pure. */

/**
 * Counters, timers and ages, by the names iproute2 gives them: link statistics (ip/ipaddress.c), bridge and port timers
 * (ip/iplink_bridge.c, ip/iplink_bridge_slave.c), what is left of a lease or a route, the age of neighbours and
 * FDB entries (ip/ipneigh.c, bridge/fdb.c).
 */
const counters: ReadonlySet<string> = new Set([
  'stats',
  'stats64',
  'statistics',
  'hello_timer',
  'tcn_timer',
  'topology_change_timer',
  'gc_timer',
  'message_age_timer',
  'forward_delay_timer',
  'hold_timer',
  'expires',
  'used',
  'updated',
  'confirmed',
  'probes',
  'refcnt',
  'lastHandshakeAt',
  'stateReadAt',
]);

/** Seconds that are left, where all bits set means for ever (RFC 4861, 4.6.2): whether they run is a change. */
const lifetimes: ReadonlySet<string> = new Set(['valid_life_time', 'preferred_life_time']);
const forever = 4_294_967_295;

/** Compares plain data by what it holds. */
export function isSameValue(a: unknown, b: unknown): boolean {
  return compare(a, b, false);
}

/** Compares plain data by what it holds, less the fields that only count or age. */
export function isSameButCounters(a: unknown, b: unknown): boolean {
  return compare(a, b, true);
}

function compare(a: unknown, b: unknown, lenient: boolean): boolean {
  if (a === b) {
    return true;
  }
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) {
    return false;
  }
  if (Array.isArray(a) || Array.isArray(b)) {
    return (
      Array.isArray(a) &&
      Array.isArray(b) &&
      a.length === b.length &&
      a.every((item, i) => compare(item, b[i], lenient))
    );
  }
  return compareObjects(a as Fields, b as Fields, lenient);
}

type Fields = Readonly<Record<string, unknown>>;

function compareObjects(a: Fields, b: Fields, lenient: boolean): boolean {
  for (const key of Object.keys(a)) {
    if (!compareField(key, a[key], b[key], lenient)) {
      return false;
    }
  }
  return Object.keys(b).every((key) => key in a || (lenient && counters.has(key)) || b[key] === undefined);
}

function compareField(key: string, a: unknown, b: unknown, lenient: boolean): boolean {
  if (lenient && counters.has(key)) {
    return true;
  }
  if (lenient && lifetimes.has(key)) {
    return (a === forever) === (b === forever);
  }
  if (lenient && key === 'text') {
    return withoutRuleCounters(a) === withoutRuleCounters(b);
  }
  return compare(a, b, lenient);
}

/**
 * The same plain data without what only counts or ages, as it may be kept and looked at later: `statistics` and
 * `stateReadAt` are null then, all else of that kind is left out.
 */
export function withoutCounters<T>(value: T): T {
  return stripped(value) as T;
}

function stripped(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) {
    return value;
  }
  if (Array.isArray(value)) {
    return value.map(stripped);
  }
  // Not by assignment: a record may have a field called __proto__.
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, field]) => {
      if (key === 'statistics' || key === 'stateReadAt') {
        return [[key, null]];
      }
      const moves = counters.has(key) || (lifetimes.has(key) && field !== forever);
      return moves ? [] : [[key, key === 'text' ? withoutRuleCounters(field) : stripped(field)]];
    }),
  );
}

/**
 * A rule set without its counters, the time left of elements of sets (nftables, src/rule.c, src/expression.c), and the instants
 * of its reading (iptables, iptables-save.c).
 */
function withoutRuleCounters(text: unknown): unknown {
  if (typeof text !== 'string') {
    return text;
  }
  return text
    .replace(/\bcounter packets \d+ bytes \d+/g, 'counter')
    .replace(/ expires [\dwdhms]+/g, '')
    .replace(/^\[\d+:\d+\] | \[\d+:\d+\]$/gm, '')
    .replace(/^# (?:Generated|Completed) .*\n?/gm, '');
}
