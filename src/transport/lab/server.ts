import { createServer, type AddressInfo, type Socket } from 'node:net';
import ssh2 from 'ssh2';
import type { AuthContext, ClientInfo, Connection } from 'ssh2';
import type { Disposable } from '../../util/disposable.ts';
import { isSameKey, type ThrowAwayKey } from './keys.ts';
import type { Sandbox } from './sandbox.ts';
import { LabSession } from './session.ts';
import { findProgram } from './unavailable.ts';

/** The lab's SSH server: one user, one key, sessions only; on loopback. */
export interface LabServer extends Disposable {
  readonly port: number;
  /** Closes every connection and the port; settles when both are gone. */
  dispose(): Promise<void>;
}

export interface LabServerOptions {
  readonly host: string;
  readonly user: string;
  readonly hostKey: ThrowAwayKey;
  /** The one key that may log in. */
  readonly clientKey: ThrowAwayKey;
  readonly sandbox: Sandbox;
  readonly killAfterMs: number;
}

/** sshd's defaults: MaxSessions, MaxAuthTries, and a stricter LoginGraceTime. */
const maxSessions = 10;
const maxAuthTries = 6;
const loginGraceMs = 30_000;
const maxConnections = 64;

/** Starts the server on a free port. */
export async function startLabServer(options: LabServerOptions): Promise<LabServer> {
  const ssh = new ssh2.Server({ hostKeys: [options.hostKey.privateKey], ident: 'Patchbay-Lab' });
  const sockets = new Set<Socket>();
  const listener = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    ssh.injectSocket(socket);
  });
  listener.maxConnections = maxConnections;
  await new Promise<void>((resolve, reject) => {
    listener.once('error', reject);
    listener.listen(0, options.host, resolve);
  });
  const { port } = listener.address() as AddressInfo;
  ssh.on('connection', (client, info) => serveConnection(client, info, port, options));
  return { port, dispose: () => closeServer(listener, sockets) };
}

function closeServer(listener: ReturnType<typeof createServer>, sockets: ReadonlySet<Socket>): Promise<void> {
  return new Promise((resolve) => {
    listener.close(() => resolve());
    for (const socket of sockets) {
      socket.destroy();
    }
  });
}

function serveConnection(
  client: Connection,
  info: ClientInfo,
  port: number,
  options: LabServerOptions,
): void {
  const grace = setTimeout(() => client.end(), loginGraceMs);
  const host = {
    sandbox: options.sandbox,
    killAfterMs: options.killAfterMs,
    environment: environmentOf(info, port, options),
  };
  const sessions = new Set<LabSession>();
  let failures = 0;
  // A client that breaks off, or that speaks badly, ends its own connection only.
  client.on('error', () => undefined);
  client.on('authentication', (context) => {
    if (isAllowed(context, options)) {
      context.accept();
    } else if (++failures < maxAuthTries) {
      context.reject(['publickey']);
    } else {
      client.end();
    }
  });
  client.on('ready', () => clearTimeout(grace));
  client.on('session', (accept, reject) => {
    if (sessions.size >= maxSessions) {
      reject();
      return;
    }
    const session = accept();
    const served = new LabSession(session, host);
    sessions.add(served);
    session.on('close', () => sessions.delete(served));
  });
  client.on('close', () => {
    clearTimeout(grace);
    // ssh2 does not close the sessions of a connection that was cut.
    for (const session of sessions) {
      session.close();
    }
  });
}

/** Public key only: first the question whether the key would do, then its signature over this very session. */
function isAllowed(context: AuthContext, { user, clientKey }: LabServerOptions): boolean {
  if (
    context.method !== 'publickey' ||
    context.username !== user ||
    !isSameKey(clientKey, context.key.data)
  ) {
    return false;
  }
  if (context.signature === undefined || context.blob === undefined) {
    return context.signature === undefined;
  }
  // ssh2 answers with an Error where its types promise a boolean.
  const verified: unknown = clientKey.publicKey.verify(context.blob, context.signature, context.hashAlgo);
  return verified === true;
}

/** Nothing of this process's own environment reaches the lab. */
function environmentOf(
  info: ClientInfo,
  port: number,
  { host, user, sandbox }: LabServerOptions,
): Record<string, string> {
  return {
    HOME: '/root',
    USER: user,
    LOGNAME: user,
    SHELL: findProgram('bash', sandbox.searchPath) ?? '/bin/sh',
    PATH: sandbox.searchPath,
    LANG: 'C.UTF-8',
    PS1: `${user}@lab# `,
    SSH_CLIENT: `${info.ip} ${info.port} ${port}`,
    SSH_CONNECTION: `${info.ip} ${info.port} ${host} ${port}`,
  };
}
