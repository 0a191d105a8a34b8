import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { connect, createServer, type AddressInfo } from 'node:net';
import path from 'node:path';
import { connectSsh } from '../../../src/transport/ssh/connect.ts';
import type { Transport } from '../../../src/transport/transport.ts';
import { enteredThrough, type Sandbox } from '../../node/support/sandbox.ts';
import type { Sshd } from '../../node/support/sshd.ts';

/** A real SSH connection over loopback TCP; each command enters the sandbox by one `nsenter`, as the peers do. */
export async function connectInto(sandbox: Sandbox, sshd: Sshd, port = sshd.port): Promise<Transport> {
  const knownHosts = path.join(sshd.dir, `known_hosts_${port}`);
  await writeFile(
    knownHosts,
    sshd.hostKeyLines.map((line) => `${line.replace(`:${sshd.port} `, `:${port} `)}\n`).join(''),
  );
  const nothing = (): Promise<undefined> => Promise.resolve(undefined);
  const transport = await connectSsh({
    host: '127.0.0.1',
    port,
    user: sshd.user,
    identityFiles: [sshd.clientKeyPath],
    knownHostsFiles: [knownHosts],
    configFile: '/dev/null',
    prompts: {
      confirmHostKey: () => Promise.resolve('no'),
      passphrase: nothing,
      password: nothing,
      keyboardInteractive: nothing,
    },
  });
  return enteredThrough(transport, sandbox.enter);
}

/** The bytes that cross the wire while `work` uses a connection of its own, after its login, both ways. */
export async function countWireBytes(
  sandbox: Sandbox,
  sshd: Sshd,
  work: (transport: Transport) => Promise<unknown>,
): Promise<number> {
  let bytes = 0;
  const relay = createServer((client) => {
    const server = connect(sshd.port, '127.0.0.1');
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      from.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
      });
      from.on('error', () => to.destroy());
      from.pipe(to);
    }
  }).listen(0, '127.0.0.1');
  await once(relay, 'listening');
  const transport = await connectInto(sandbox, sshd, (relay.address() as AddressInfo).port);
  const login = bytes;
  await work(transport);
  const counted = bytes - login;
  transport.dispose();
  relay.close();
  return counted;
}
