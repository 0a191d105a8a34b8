import { itemArgument, parseArgument } from './arguments.ts';
import type { Services } from './services.ts';

/** Opens the topology of a node; without one, the page that says how to begin. */
export function openPanel({ nodes, panels }: Services, argument: unknown): void {
  const { node } = parseArgument(itemArgument, argument);
  const entry = node === undefined ? nodes.active : nodes.get(node);
  panels.open(entry?.id ?? null, { focus: true });
}
