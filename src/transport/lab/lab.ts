import { rm } from 'node:fs/promises';
import type { Disposable } from '../../util/disposable.ts';
import type { Event } from '../../util/event.ts';
import { makeKey, writeCredentialFiles, type CredentialFiles } from './keys.ts';
import { startSandbox } from './sandbox.ts';
import { startLabServer } from './server.ts';
import { requireLinux } from './unavailable.ts';

/**
 * A throw-away node: a sandbox of Linux namespaces, reached over real SSH on loopback with keys that exist only for it.
 * Its links, namespaces, processes and scratch files are its own; of the machine it sees the programs, read-only.
 */
export interface Lab extends Disposable {
  readonly host: '127.0.0.1';
  readonly port: number;
  readonly user: 'root';
  readonly hostKey: {
    /** "ssh-ed25519 AAAA…", as in known_hosts after the host. */
    readonly publicLine: string;
    /** "SHA256:…". */
    readonly fingerprint: string;
  };
  /** The only key that may log in, as an unencrypted OpenSSH private key. It is not written anywhere unasked. */
  readonly clientPrivateKey: string;
  /** The lab's first process, as this machine counts it. */
  readonly initPid: number;
  /**
   * Writes the files for `ssh -i identityFile -o UserKnownHostsFile=knownHostsFile`, mode 0600, into a folder (made
   * where it is missing). They are removed with the lab.
   */
  writeCredentials(folder: string): Promise<CredentialFiles>;
  /** Fires once, when the lab ended without `dispose()` having been called. */
  readonly onDidEnd: Event<Error>;
  /** Ends the lab; settles when no process, port or file of it is left. Safe to call again. */
  dispose(): Promise<void>;
}

export interface LabOptions {
  /** What the node calls itself. */
  readonly hostname?: string;
  /** Where programs are looked for, outside and inside. */
  readonly searchPath?: string;
  /** How long a command may outlive its closed channel, once told with SIGHUP. */
  readonly killAfterMs?: number;
  readonly signal?: AbortSignal;
}

const defaultSearchPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const host = '127.0.0.1';
const user = 'root';

/** Starts a lab; see {@link Lab}. Rejects with `lab-unavailable` and the ways out, or `cancelled`. Ends with this process. */
export async function startLab(options: LabOptions = {}): Promise<Lab> {
  requireLinux(process.platform);
  const [hostKey, clientKey] = [makeKey(), makeKey()];
  const sandbox = await startSandbox({
    hostname: options.hostname ?? 'lab',
    searchPath: options.searchPath ?? defaultSearchPath,
    signal: options.signal,
  });
  const killAfterMs = options.killAfterMs ?? 5_000;
  const server = await startLabServer({ host, user, hostKey, clientKey, sandbox, killAfterMs }).catch(
    async (error: unknown) => {
      await sandbox.dispose();
      throw error;
    },
  );
  sandbox.onDidEnd(() => void server.dispose());
  const written = new Set<string>();
  return {
    host,
    port: server.port,
    user,
    hostKey: { publicLine: hostKey.publicLine, fingerprint: hostKey.fingerprint },
    clientPrivateKey: clientKey.privateKey,
    initPid: sandbox.initPid,
    writeCredentials: async (folder) => {
      const files = await writeCredentialFiles(folder, { host, port: server.port, hostKey, clientKey });
      Object.values(files).forEach((file: string) => written.add(file));
      return files;
    },
    onDidEnd: sandbox.onDidEnd,
    dispose: async () => {
      await Promise.all([server.dispose(), sandbox.dispose()]);
      await Promise.all([...written].map((file) => rm(file, { force: true })));
    },
  };
}
