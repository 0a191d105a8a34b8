import { PatchbayError } from '../../util/errors.ts';
import { footholdArgv, parseFoothold } from '../privilege.ts';
import { runCommand } from '../processRunner.ts';
import type { Transport } from '../transport.ts';
import { resolveHost, type HostConfig, type HostQuery } from './config.ts';
import { openConnection } from './connection.ts';
import type { SshPrompts } from './prompts.ts';
import { SshChannels, SshTransport } from './sshTransport.ts';

export { listSshHosts, type SshHost } from './config.ts';
export type { HostKeyQuestion, KeyboardPrompt, SshPrompts } from './prompts.ts';

/** Which host to connect to and how; what is not given comes from ~/.ssh/config and the system's ssh_config. */
export interface SshOptions extends HostQuery {
  readonly prompts: SshPrompts;
  readonly signal?: AbortSignal | undefined;
  /** What is being done, for a progress notification. */
  readonly onProgress?: ((text: string) => void) | undefined;
  /** How often a silent server is asked for a sign of life; it is given up after three without. */
  readonly keepaliveIntervalMs?: number | undefined;
}

/**
 * Connects to a node over SSH: resolves the host, verifies its key against known_hosts, logs in, and reads what the
 * account may do. Rejects with `unreachable`, `connection-refused`, `timed-out`, `host-key-changed`,
 * `host-key-unknown`, `host-key-revoked`, `auth-failed`, `connection-lost`, `cancelled`, `bad-file` (a configuration
 * that cannot be read) or `bad-input` (one that cannot be honoured); a host that runs no POSIX shell is `command-failed`.
 */
export async function connectSsh(options: SshOptions): Promise<Transport> {
  const cancelling = cancelled(options.signal);
  try {
    const config = await resolveHost(options);
    const signal = cancelling.signal;
    const {
      prompts,
      onProgress = () => undefined,
      keepaliveIntervalMs = 5000,
      configFile,
      knownHostsFiles,
    } = options;
    const shared = {
      prompts,
      onProgress,
      keepaliveIntervalMs,
      configFile,
      knownHostsFiles,
      signal,
    };
    const connection = await openConnection(config, shared);
    const label = `${config.user}@${config.alias}`;
    return await readNode(new SshChannels(connection, label), label, config, signal, onProgress);
  } finally {
    cancelling.dispose();
  }
}

async function readNode(
  channels: SshChannels,
  label: string,
  config: HostConfig,
  signal: AbortSignal,
  onProgress: (text: string) => void,
): Promise<Transport> {
  try {
    onProgress('Reading what this account may do…');
    const start = (argv: readonly string[]): ReturnType<SshChannels['start']> => channels.start(argv, signal);
    const output = await runCommand(start, footholdArgv, { timeoutMs: config.connectTimeoutMs, signal });
    return new SshTransport(channels, label, parseFoothold(output));
  } catch (error) {
    channels.dispose();
    throw error;
  }
}

/** The caller's signal as one whose reason is the error to reject with. */
function cancelled(signal: AbortSignal | undefined): { readonly signal: AbortSignal; dispose(): void } {
  const controller = new AbortController();
  const cancel = (): void => controller.abort(new PatchbayError('cancelled', 'Connecting was cancelled.'));
  if (signal?.aborted === true) {
    cancel();
  }
  signal?.addEventListener('abort', cancel);
  return { signal: controller.signal, dispose: () => signal?.removeEventListener('abort', cancel) };
}
