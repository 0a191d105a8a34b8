import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectSsh } from '../ssh/connect.ts';
import type { SshPrompts } from '../ssh/prompts.ts';
import type { CommandOutput, ExecOptions, Privilege, RemoteProcess, Transport } from '../transport.ts';
import { startLab, type Lab } from './lab.ts';

/** Everything a lab needs is known beforehand: a question means that something is wrong, and is answered with no. */
const noQuestions: SshPrompts = {
  confirmHostKey: () => Promise.resolve('no'),
  passphrase: () => Promise.resolve(undefined),
  password: () => Promise.resolve(undefined),
  keyboardInteractive: () => Promise.resolve(undefined),
};

/** Starts a lab and connects to it; the lab ends with the transport. Rejects with `lab-unavailable` or `cancelled`. */
export async function openLab(signal?: AbortSignal): Promise<Transport> {
  const lab = await startLab(signal ? { signal } : {});
  try {
    return new LabTransport(lab, await connectToLab(lab, signal));
  } catch (error) {
    await lab.dispose();
    throw error;
  }
}

/** Connects to a lab over SSH. Its keys are in files only as long as it takes. */
export async function connectToLab(lab: Lab, signal?: AbortSignal): Promise<Transport> {
  const folder = await mkdtemp(join(tmpdir(), 'patchbay-lab-'));
  try {
    const { identityFile, knownHostsFile } = await lab.writeCredentials(folder);
    return await connectSsh({
      host: lab.host,
      port: lab.port,
      user: lab.user,
      identityFiles: [identityFile],
      knownHostsFiles: [knownHostsFile],
      configFile: 'none',
      prompts: noQuestions,
      signal,
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A connection that owns the node it leads to. */
class LabTransport implements Transport {
  readonly kind = 'lab';
  readonly label = 'Lab';
  readonly #lab: Lab;
  readonly #ssh: Transport;

  constructor(lab: Lab, ssh: Transport) {
    this.#lab = lab;
    this.#ssh = ssh;
  }

  get privilege(): Privilege {
    return this.#ssh.privilege;
  }

  get connection(): Transport['connection'] {
    return this.#ssh.connection;
  }

  get onDidClose(): Transport['onDidClose'] {
    return this.#ssh.onDidClose;
  }

  exec(argv: readonly string[], options?: ExecOptions): Promise<CommandOutput> {
    return this.#ssh.exec(argv, options);
  }

  spawn(argv: readonly string[], options?: Pick<ExecOptions, 'privileged'>): Promise<RemoteProcess> {
    return this.#ssh.spawn(argv, options);
  }

  get openTerminal(): Transport['openTerminal'] {
    return this.#ssh.openTerminal;
  }

  dispose(): void {
    this.#ssh.dispose();
    void this.#lab.dispose();
  }
}
