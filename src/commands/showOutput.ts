import type { Services } from './services.ts';

/** Shows the output channel. */
export function showOutput({ output }: Services): void {
  output.show();
}
