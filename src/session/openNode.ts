import { hostname } from 'node:os';
import type { SshPrompts } from '../transport/ssh/prompts.ts';
import type { Target } from '../transport/target.ts';
import type { Transport } from '../transport/transport.ts';
import { seedLab } from './labSeed.ts';
import { NodeSession } from './nodeSession.ts';
import { readRecording } from './recording.ts';

export interface OpenOptions {
  readonly prompts: SshPrompts;
  /** Private keys to try first. */
  readonly identityFiles?: readonly string[];
  /** Instead of the user's and the system's known_hosts. */
  readonly knownHostsFiles?: readonly string[];
  /** What is being done, for a progress notification. */
  readonly onProgress?: (text: string) => void;
}

/** What people call a target before its own host name is known. */
export function targetLabel(target: Target): string {
  switch (target.kind) {
    case 'local':
      return hostname();
    case 'lab':
      return 'Lab';
    case 'ssh':
      return `${target.user === undefined ? '' : `${target.user}@`}${target.host}${target.port === undefined ? '' : `:${target.port}`}`;
    case 'recording':
      return target.path.slice(target.path.lastIndexOf('/') + 1);
  }
}

/** A session over a target: a recording is there at once (rejects with `bad-file`), anything else after `start()`. */
export async function openNode(target: Target, options: OpenOptions): Promise<NodeSession> {
  if (target.kind === 'recording') {
    return NodeSession.ofRecording(targetLabel(target), await readRecording(target.path));
  }
  return new NodeSession({
    label: targetLabel(target),
    open: (signal) => openTransport(target, options, signal),
  });
}

/** Loads a transport only when it is needed: ssh2 is most of what there is to load. */
async function openTransport(
  target: Exclude<Target, { kind: 'recording' }>,
  options: OpenOptions,
  signal: AbortSignal,
): Promise<Transport> {
  switch (target.kind) {
    case 'local': {
      const { openLocal } = await import('../transport/local.ts');
      return openLocal();
    }
    case 'lab':
      return openSeededLab(signal);
    case 'ssh': {
      const { connectSsh } = await import('../transport/ssh/connect.ts');
      return connectSsh({ ...options, ...target, signal });
    }
  }
}

/** A fresh lab, with something in it to look at. */
async function openSeededLab(signal: AbortSignal): Promise<Transport> {
  const { openLab } = await import('../transport/lab/openLab.ts');
  const transport = await openLab(signal);
  try {
    await seedLab(transport);
    return transport;
  } catch (error) {
    transport.dispose();
    throw error;
  }
}
