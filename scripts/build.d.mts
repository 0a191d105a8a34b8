/** Bundles the panel's page into a directory as users get it. */
export function buildPanel(outdir: string): Promise<void>;
/** Paths of every source file that ends up in what a user gets. */
export function bundledInputs(): Promise<string[]>;
