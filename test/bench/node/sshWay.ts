import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { connect, createServer, type AddressInfo } from 'node:net';
import path from 'node:path';
import type { Transport } from '../../../src/transport/transport.ts';
import { enteredThrough, type Sandbox } from '../../node/support/sandbox.ts';
import { connectTo, type Sshd } from '../../node/support/sshd.ts';

/** A real SSH connection over loopback TCP; each command enters the sandbox by one `nsenter`, as the peers do. */
export async function connectInto(sandbox: Sandbox, sshd: Sshd, port = sshd.port): Promise<Transport> {
  const knownHostsPath = path.join(sshd.dir, `known_hosts_${port}`);
  await writeFile(
    knownHostsPath,
    sshd.hostKeyLines.map((line) => `${line.replace(`:${sshd.port} `, `:${port} `)}\n`).join(''),
  );
  const transport = await connectTo({ ...sshd, port, knownHostsPath });
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
