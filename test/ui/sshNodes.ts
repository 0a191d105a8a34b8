import { appendFile, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Bench } from '../node/pods/bench.ts';
import type { TestAccount } from '../node/support/sshd.ts';
import { startSshdInSandbox, type SandboxSshd } from '../node/support/sshdInSandbox.ts';

/** Nodes behind real OpenSSH servers, and a home folder in which their names and keys are written down. Needs root. */
export class SshNodes implements AsyncDisposable {
  /** $HOME of whoever is to reach them. */
  readonly home: string;
  readonly #nodes: SshNode[] = [];

  private constructor(home: string) {
    this.home = home;
  }

  static async make(): Promise<SshNodes> {
    const home = await mkdtemp(join(tmpdir(), 'patchbay-home-'));
    await mkdir(join(home, '.ssh'), { mode: 0o700 });
    return new SshNodes(home);
  }

  /** Starts a node with nothing in it. People log in as root, or with the account. */
  async start(host: string, account?: TestAccount): Promise<SshNode> {
    const bench = await Bench.start();
    const sshd = await startSshdInSandbox(bench.sandbox, account);
    this.#nodes.push({ bench, sshd });
    const config = [
      `Host ${host}`,
      'HostName 127.0.0.1',
      `Port ${sshd.port}`,
      `User ${sshd.user}`,
      `IdentityFile ${sshd.clientKeyPath}`,
      `UserKnownHostsFile ${sshd.knownHostsPath}`,
    ];
    await appendFile(join(this.home, '.ssh', 'config'), `${config.join('\n')}\n`, { mode: 0o600 });
    return { bench, sshd };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { bench, sshd } of this.#nodes) {
      await sshd.stop();
      bench.dispose();
    }
    await rm(this.home, { recursive: true, force: true });
  }
}

export interface SshNode {
  /** The node itself, without SSH. */
  readonly bench: Bench;
  readonly sshd: SandboxSshd;
}
