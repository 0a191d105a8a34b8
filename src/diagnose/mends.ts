/** Pure: the commands of mends. Each is one that a person would type, with the one that takes it back. */
import { enterNamespace } from '../iproute/enterNamespace.ts';
import type { Plan, Step } from '../topology/plan.ts';
import type { Link, Namespace } from '../topology/topology.ts';

/** A step, or null where it cannot be told for certain. */
export type MaybeStep = Step | null;

/** A plan of these steps; null where there is none, or one of them is not known. */
export function mendBy(
  title: string,
  steps: readonly MaybeStep[],
  warnings: readonly string[] = [],
): Plan | null {
  const known = steps.filter((step) => step !== null);
  return known.length === 0 || known.length < steps.length ? null : { title, steps: known, warnings };
}

/** `ip` in a namespace: "ip -n web …" for a named one. Null where nothing leads into it. */
export function ipIn(namespace: Namespace, words: readonly string[]): readonly string[] | null {
  const way = enterNamespace(namespace);
  const [, verb, , name] = way ?? [];
  return (
    way && (verb === 'netns' && name !== undefined ? ['ip', '-n', name, ...words] : [...way, 'ip', ...words])
  );
}

/** Any command in a namespace. */
export function commandIn(namespace: Namespace, words: readonly string[]): readonly string[] | null {
  const way = enterNamespace(namespace);
  return way && [...way, ...words];
}

export function stepOf(argv: readonly string[] | null, undo: readonly string[] | null): MaybeStep {
  return argv && undo && { argv, undo };
}

/** A step without an inverse: what it forgets, the kernel learns again by itself. */
export function forgetting(argv: readonly string[] | null): MaybeStep {
  return argv && { argv };
}

export function ipStep(namespace: Namespace, words: readonly string[], undo: readonly string[]): MaybeStep {
  return stepOf(ipIn(namespace, words), ipIn(namespace, undo));
}

export function linkSetStep(
  namespace: Namespace,
  link: Link,
  to: readonly string[],
  from: readonly string[],
): MaybeStep {
  const set = ['link', 'set', 'dev', link.name];
  return ipStep(namespace, [...set, ...to], [...set, ...from]);
}

export function upStep(namespace: Namespace, link: Link): MaybeStep {
  return linkSetStep(namespace, link, ['up'], ['down']);
}

/** How a bridge treats one of its ports: "isolated off". */
export function portStep(
  namespace: Namespace,
  port: Link,
  to: readonly string[],
  from: readonly string[],
): MaybeStep {
  const type = ['type', 'bridge_slave'];
  return linkSetStep(namespace, port, [...type, ...to], [...type, ...from]);
}

/** "net/ipv4/conf/eth0.100/rp_filter": with slashes, since names of links may have dots. */
export function sysctlStep(namespace: Namespace, name: string, to: number, from: number): MaybeStep {
  const set = (value: number): readonly string[] | null =>
    commandIn(namespace, ['sysctl', '-q', '-w', `net/${name}=${value}`]);
  return stepOf(set(to), set(from));
}
