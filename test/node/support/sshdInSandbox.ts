/** A real OpenSSH server that knows nothing but a sandbox: each connection from loopback is handed to an sshd inside. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import path from 'node:path';
import type { Sandbox } from './sandbox.ts';
import { killIfThere, makeAccounts, writeSshdFiles, type SshdAddress, type TestAccount } from './sshd.ts';

export interface SandboxSshd extends SshdAddress {
  /** Kills what serves the connections, as a machine does that goes down. */
  cut(): Promise<void>;
  /** Refuses connections until `resume`, on the same port. */
  pause(): Promise<void>;
  resume(): Promise<void>;
  stop(): Promise<void>;
}

/** Needs root. With an account, only that one is to be used. */
export async function startSshdInSandbox(sandbox: Sandbox, account?: TestAccount): Promise<SandboxSshd> {
  const dir = await mkdtemp(path.join(tmpdir(), 'patchbay-sshd-'));
  const listener = createServer({ pauseOnConnect: true }).listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = listener.address() as AddressInfo;
  const { configPath, ...files } = await writeSshdFiles(dir, port, {});
  const accounts = account ? await makeAccounts(dir, [account]) : 'true';
  await sandbox.transport.exec(['sh', '-c', `mkdir -p /run/sshd && ${accounts}`]);
  const connections = serveBy(listener, [...sandbox.enter, '/usr/sbin/sshd', '-i', '-f', configPath]);
  const cut = async (): Promise<void> => {
    const ended = [...connections].map((keeper) => once(keeper, 'exit'));
    connections.forEach(({ pid = 0 }) => killIfThere(-pid));
    await Promise.all(ended);
  };
  return {
    port,
    user: account?.name ?? userInfo().username,
    ...files,
    cut,
    pause: async () => {
      listener.close();
      await cut();
    },
    resume: async () => {
      listener.listen(port, '127.0.0.1');
      await once(listener, 'listening');
    },
    stop: async () => {
      listener.close();
      await cut();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

/** Hands each connection to a program as its standard input and output; the programs that run are in the set. */
function serveBy(listener: Server, [file = '', ...args]: readonly string[]): ReadonlySet<ChildProcess> {
  const running = new Set<ChildProcess>();
  listener.on('connection', (socket) => {
    // A process group of its own: with privileges separated, several processes serve one connection.
    const server = spawn(file, args, { stdio: [socket, socket, 'ignore'], detached: true });
    running.add(server);
    server.once('exit', () => running.delete(server));
    // The program has the connection now; here it would only keep it open.
    socket.destroy();
  });
  return running;
}
