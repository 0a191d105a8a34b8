/** A client to be killed: connects to a server, starts one command there, and stays. */
import { connectSsh } from '../../../src/transport/ssh/connect.ts';
import type { Sshd } from '../support/sshd.ts';

const [sshd, argv] = JSON.parse(process.argv[2] ?? '') as [Sshd, string[]];
const nothing = (): Promise<undefined> => Promise.resolve(undefined);

const transport = await connectSsh({
  host: '127.0.0.1',
  port: sshd.port,
  user: sshd.user,
  identityFiles: [sshd.clientKeyPath],
  knownHostsFiles: [sshd.knownHostsPath],
  configFile: '/dev/null',
  prompts: {
    confirmHostKey: () => Promise.resolve('no'),
    passphrase: nothing,
    password: nothing,
    keyboardInteractive: nothing,
  },
});
await transport.spawn(argv);
