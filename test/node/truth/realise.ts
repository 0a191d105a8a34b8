import assert from 'node:assert/strict';
import type { Transport } from '../../../src/transport/transport.ts';
import { startSandbox } from '../support/sandbox.ts';
import { modelScript, plainKinds, stackedKinds, tunKind, type Model } from './model.ts';

/** The kinds that this machine's kernel can make. */
export async function supportedKinds(): Promise<string[]> {
  const sandbox = await startSandbox();
  try {
    const tries = [
      ...Object.entries(plainKinds).map(
        ([kind, how]) => `ip link add x ${how} && echo ${kind}; ip link del x`,
      ),
      ...Object.entries(stackedKinds).map(
        ([kind, how]) => `ip link add link v name x ${how} && echo ${kind}; ip link del x`,
      ),
    ];
    tries.push(`ip tuntap add dev x mode tap && echo ${tunKind}; ip link del x`);
    const script = `exec 2>/dev/null; ip link add v type veth peer name w\n${tries.join('\n')}`;
    const { stdout } = await sandbox.transport.exec(['sh', '-s'], { stdin: script });
    return stdout.split('\n').filter((line) => line !== '');
  } finally {
    sandbox.dispose();
  }
}

/** Makes the model real; returns the process that holds each unnamed namespace. */
export async function realise(transport: Transport, model: Model): Promise<Map<number, number>> {
  const { stdout, stderr, exitCode } = await transport.exec(['sh', '-e', '-s'], {
    stdin: modelScript(model),
  });
  assert.equal(exitCode, 0, `The model could not be made: ${stderr}\n${modelScript(model)}`);
  return new Map(
    stdout
      .trim()
      .split('\n')
      .filter(Boolean)
      .map((line) => line.split(' ').map(Number) as [number, number]),
  );
}
