/** Owns a lab in a process of its own, to be started as another user or killed: says how to reach it, ends with its stdin. */
import { startLab } from '../../../src/transport/lab/lab.ts';
import { PatchbayError } from '../../../src/util/errors.ts';

const say = (value: unknown): void => void process.stdout.write(`${JSON.stringify(value)}\n`);

async function main(): Promise<void> {
  const lab = await startLab({ killAfterMs: 100 });
  const { port, hostKey, clientPrivateKey, initPid } = lab;
  say({ port, hostKey, clientPrivateKey, initPid });
  process.stdin.resume().once('end', () => void lab.dispose());
}

void main().catch((error: unknown) => {
  if (!(error instanceof PatchbayError)) {
    throw error;
  }
  say({ code: error.code, message: error.message, hint: error.hint });
});
