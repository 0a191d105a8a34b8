import * as v from 'valibot';
import type { Memento } from 'vscode';
import { targetKey } from '../session/targetKey.ts';
import type { Target } from '../transport/target.ts';
import { targetSchema } from './targetSchema.ts';

const memoryKey = 'patchbay.recentNodes';
const most = 12;

/** The nodes that were reached last, newest first; kept over restarts. Holds names, never secrets. */
export class RecentNodes {
  readonly #memory: Memento;

  constructor(memory: Memento) {
    this.#memory = memory;
  }

  get targets(): readonly Target[] {
    const kept = this.#memory.get(memoryKey);
    return Array.isArray(kept) ? kept.filter((one): one is Target => v.is(targetSchema, one)) : [];
  }

  /** What has an entry of its own in the list to choose from need not be remembered. */
  async add(target: Target): Promise<void> {
    if (target.kind === 'ssh' || target.kind === 'recording') {
      await this.#keep([target, ...this.#without(target)]);
    }
  }

  async remove(target: Target): Promise<void> {
    await this.#keep(this.#without(target));
  }

  #without(target: Target): Target[] {
    return this.targets.filter((one) => targetKey(one) !== targetKey(target));
  }

  async #keep(targets: readonly Target[]): Promise<void> {
    await this.#memory.update(memoryKey, targets.slice(0, most));
  }
}
