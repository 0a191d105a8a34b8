/** A session over a real OpenSSH server into a sandbox. */
import { NodeSession } from '../../../src/session/nodeSession.ts';
import { enteredThrough } from '../support/sandbox.ts';
import { connectTo, type SshdAddress } from '../support/sshd.ts';

export interface SshPlace {
  readonly sshd: SshdAddress;
  /** The argv before each command (support/sandbox.ts). */
  readonly enter: readonly string[];
}

export function sessionOverSsh({ sshd, enter }: SshPlace): NodeSession {
  return new NodeSession({
    label: 'Sandbox over ssh',
    open: async (signal) => enteredThrough(await connectTo(sshd, { signal }), enter),
  });
}
