/** One change to a node, with the command that takes it back. */
export interface Step {
  readonly argv: readonly string[];
  /** Undone when a later step fails; absent where an earlier step's undo covers it. */
  readonly undo?: readonly string[];
}

/** A change to a node: shown before it runs; runs whole or not at all. */
export interface Plan {
  /** "Create pod web on cbr0". */
  readonly title: string;
  readonly steps: readonly Step[];
  /** What the person should know before saying yes, in whole sentences. */
  readonly warnings: readonly string[];
}
