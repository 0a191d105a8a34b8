/** Pure: the way along the drawn wires from link to link, for lit circuits and traced packets. */
import type { LinkId } from '../../src/topology/topology.ts';
import type { Geometry, GroupShape, Point, WireShape } from './geometry.ts';

/** Looks the wires of one geometry up by what they join. */
export interface Router {
  /** One polyline per unbroken stretch of the chain; links that no wire joins break it. */
  route(chain: readonly LinkId[]): Point[][];
}

interface Maps {
  readonly joined: ReadonlyMap<string, WireShape>;
  readonly stubs: ReadonlyMap<string, WireShape>;
  readonly trunks: ReadonlyMap<string, WireShape>;
  readonly groups: ReadonlyMap<string, GroupShape>;
}

const pair = (a: LinkId, b: LinkId): string => (a < b ? `${a} ${b}` : `${b} ${a}`);

function mapsOf(geometry: Geometry): Maps {
  const joined = new Map<string, WireShape>();
  const stubs = new Map<string, WireShape>();
  const trunks = new Map<string, WireShape>();
  for (const wire of geometry.wires) {
    const [a, b] = wire.links;
    if (wire.kind === 'trunk' && wire.group !== null) {
      trunks.set(wire.group, wire);
    } else if (a !== undefined && b !== undefined) {
      (wire.kind === 'stub' ? stubs : joined).set(pair(a, b), wire);
    }
  }
  return { joined, stubs, trunks, groups: new Map(geometry.groups.map((group) => [group.id, group])) };
}

/** A wire's points from the end that belongs to `from`. Wires are drawn from links[0] to links[1]. */
function oriented(wire: WireShape, from: LinkId): Point[] {
  const points = [...(wire.paths[0] ?? [])];
  return wire.links[0] === from ? points : points.reverse();
}

/** Along the bars and the rail of one group, between two points that lie on them. */
export function busPath(group: GroupShape, from: Point, to: Point): Point[] {
  if (from.y === to.y) {
    return [from, to];
  }
  return [from, { x: group.railX, y: from.y }, { x: group.railX, y: to.y }, to];
}

/** From a bar up its rail, the trunk, and to the hub's box. */
function toHub(maps: Maps, stub: WireShape, from: Point): Point[] {
  const shape = stub.group === null ? undefined : maps.groups.get(stub.group);
  const trunk = stub.group === null ? undefined : maps.trunks.get(stub.group);
  const back = [...(trunk?.paths[0] ?? [])].reverse();
  const entry = back[0];
  return shape && entry ? [...busPath(shape, from, entry), ...back] : [];
}

interface Stretch {
  readonly points: Point[];
  /** How many links of the chain it covers beyond the first. */
  readonly steps: number;
}

function stretchFrom(maps: Maps, a: LinkId, b: LinkId, c: LinkId | undefined): Stretch {
  const wire = maps.joined.get(pair(a, b));
  if (wire !== undefined) {
    return { points: oriented(wire, a), steps: 1 };
  }
  const stub = maps.stubs.get(pair(a, b));
  if (stub === undefined) {
    return { points: [], steps: 1 };
  }
  const fromHub = stub.links[0] === a;
  const points = [...(stub.paths[0] ?? [])];
  const bar = points[0];
  const far = c === undefined ? undefined : maps.stubs.get(pair(b, c));
  if (bar === undefined) {
    return { points: [], steps: 1 };
  }
  if (fromHub) {
    return { points: [...toHub(maps, stub, bar).reverse(), ...points], steps: 1 };
  }
  const end = far?.paths[0]?.[0];
  const shape = stub.group === null ? undefined : maps.groups.get(stub.group);
  if (far?.group === stub.group && end !== undefined && shape !== undefined) {
    return { points: [...points.reverse(), ...busPath(shape, bar, end), ...(far.paths[0] ?? [])], steps: 2 };
  }
  return { points: [...points.reverse(), ...toHub(maps, stub, bar)], steps: 1 };
}

/** Prepares a geometry for routing. */
export function buildRouter(geometry: Geometry): Router {
  let known: Maps | null = null;
  return {
    route: (chain) => {
      // Most pictures are never asked for a route.
      const maps = (known ??= mapsOf(geometry));
      const routes: Point[][] = [];
      let open: Point[] = [];
      const close = (): void => {
        if (open.length > 1) {
          routes.push(open);
        }
        open = [];
      };
      for (let at = 0; at + 1 < chain.length;) {
        const [a, b, c] = [chain[at] ?? '', chain[at + 1] ?? '', chain[at + 2]];
        const { points, steps } = a === b ? { points: [], steps: 1 } : stretchFrom(maps, a, b, c);
        if (points.length === 0 && a !== b) {
          close();
        }
        open.push(...points);
        at += steps;
      }
      close();
      return routes;
    },
  };
}
