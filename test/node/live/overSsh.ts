/** A session over a real OpenSSH server into a sandbox. */
import { NodeSession } from '../../../src/session/nodeSession.ts';
import { connectSsh } from '../../../src/transport/ssh/connect.ts';
import { enteredThrough } from '../support/sandbox.ts';
import type { Sshd } from '../support/sshd.ts';

export interface SshPlace {
  readonly sshd: Pick<Sshd, 'port' | 'user' | 'clientKeyPath' | 'knownHostsPath'>;
  /** The argv before each command (support/sandbox.ts). */
  readonly enter: readonly string[];
}

export function sessionOverSsh({ sshd, enter }: SshPlace): NodeSession {
  const nothing = (): Promise<undefined> => Promise.resolve(undefined);
  return new NodeSession({
    label: 'Sandbox over ssh',
    open: async (signal) => {
      const transport = await connectSsh({
        host: '127.0.0.1',
        port: sshd.port,
        user: sshd.user,
        identityFiles: [sshd.clientKeyPath],
        knownHostsFiles: [sshd.knownHostsPath],
        configFile: '/dev/null',
        signal,
        prompts: {
          confirmHostKey: () => Promise.resolve('no'),
          passphrase: nothing,
          password: nothing,
          keyboardInteractive: nothing,
        },
      });
      return enteredThrough(transport, enter);
    },
  });
}
