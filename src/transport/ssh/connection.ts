/** An SSH connection that is verified and logged in: the ssh2 client under a transport. */
import type { Duplex } from 'node:stream';
import type { Client } from 'ssh2';
import type { Disposable } from '../../util/disposable.ts';
import { PatchbayError } from '../../util/errors.ts';
import { resolveHost, type HostConfig, type HostQuery } from './config.ts';
import { Handshake, type ConnectionOptions } from './handshake.ts';
import { HostKeyVerifier } from './hostKeys.ts';
import { openSocket } from './socket.ts';

export interface SshConnection extends Disposable {
  readonly client: Client;
}

const goodbyeMs = 1000;
/** More hosts in a row than anyone has; a configuration whose jumps go round in a circle ends here. */
const maxJumps = 8;

/** Connects, through its jump hosts if it has any, verifies the host key and logs in. */
export async function openConnection(config: HostConfig, options: ConnectionOptions): Promise<SshConnection> {
  return await openVia(undefined, config, options, 0);
}

async function openVia(
  via: SshConnection | undefined,
  config: HostConfig,
  options: ConnectionOptions,
  depth: number,
): Promise<SshConnection> {
  const last = via ?? (await openJumps(config, options, depth));
  try {
    return await connectTo(last, config, options);
  } catch (error) {
    last?.dispose();
    throw error;
  }
}

async function openJumps(
  config: HostConfig,
  options: ConnectionOptions,
  depth: number,
): Promise<SshConnection | undefined> {
  if (depth + config.jumps.length > maxJumps) {
    throw new PatchbayError('bad-input', `More than ${maxJumps} jump hosts lead to ${config.alias}.`, {
      hint: 'Check the ProxyJump lines in ~/.ssh/config for a circle.',
    });
  }
  let via: SshConnection | undefined;
  for (const jump of config.jumps) {
    const { configFile, knownHostsFiles } = options;
    const hop = await resolveHost({ ...parseJump(jump), configFile, knownHostsFiles });
    via = await openVia(via, hop, options, depth + 1);
  }
  return via;
}

/** `[user@]host[:port]`, the host in brackets where it holds colons; `ssh://` may stand before it. */
function parseJump(text: string): HostQuery {
  const parts = /^(?:ssh:\/\/)?(?:(.*)@)?(?:\[(.+)\]|([^:]+))(?::(\d+))?$/.exec(text);
  const host = parts?.[2] ?? parts?.[3];
  if (host === undefined) {
    throw new PatchbayError('bad-input', `ProxyJump ${text} is not of the form [user@]host[:port].`);
  }
  return { host, user: parts?.[1], port: parts?.[4] === undefined ? undefined : Number(parts[4]) };
}

async function connectTo(
  via: SshConnection | undefined,
  config: HostConfig,
  options: ConnectionOptions,
): Promise<SshConnection> {
  const { hostname, port, connectTimeoutMs } = config;
  const verifier = await HostKeyVerifier.load(config);
  options.onProgress(`Connecting to ${hostname} port ${port}…`);
  const socket =
    via === undefined
      ? await openSocket(hostname, port, connectTimeoutMs, options.signal)
      : await openForward(via.client, config, options.signal);
  const client = await new Handshake(config, verifier, options, socket).run();
  const dispose = (): void => {
    client.end();
    // A peer that is gone never answers the goodbye, and its socket would keep the process alive.
    setTimeout(() => socket.destroy(), goodbyeMs).unref();
    via?.dispose();
  };
  client.once('close', () => via?.dispose());
  return { client, dispose };
}

async function openForward(client: Client, config: HostConfig, signal: AbortSignal): Promise<Duplex> {
  const { hostname, port, connectTimeoutMs } = config;
  const unreachable = (cause: Error): PatchbayError =>
    new PatchbayError('unreachable', `The jump host cannot reach ${hostname} port ${port}.`, {
      hint: 'Check the address as the jump host sees it, and that it allows forwarding.',
      detail: cause.message,
      cause,
    });
  return await new Promise((resolve, reject) => {
    const giveUp = AbortSignal.any([signal, AbortSignal.timeout(connectTimeoutMs)]);
    giveUp.onabort = () =>
      reject(signal.aborted ? (signal.reason as Error) : unreachable(giveUp.reason as Error));
    client.forwardOut('127.0.0.1', 0, hostname, port, (error, channel) => {
      giveUp.onabort = null;
      if (error === undefined) {
        resolve(channel);
      } else {
        reject(unreachable(error));
      }
    });
  });
}
