/** Verifies the key a server shows against the known_hosts files, and remembers new ones. */
import { createHash } from 'node:crypto';
import { appendFile, mkdir, open, readFile } from 'node:fs/promises';
import path from 'node:path';
import { PatchbayError } from '../../util/errors.ts';
import { quoteWord } from '../../util/quote.ts';
import type { HostConfig } from './config.ts';
import {
  checkHostKey,
  formatKnownHost,
  hostKeyType,
  knownHostName,
  knownKeyTypes,
  parseKnownHosts,
  type HostKey,
  type HostKeyVerdict,
  type KnownHostEntry,
} from './knownHosts.ts';
import type { HostKeyQuestion, SshPrompts } from './prompts.ts';

/** Knows which host is being connected to, and what the files say about it. */
export class HostKeyVerifier {
  readonly #config: HostConfig;
  readonly #entries: readonly KnownHostEntry[];
  #trusted: Buffer | undefined;

  private constructor(config: HostConfig, entries: readonly KnownHostEntry[]) {
    this.#config = config;
    this.#entries = entries;
  }

  static async load(config: HostConfig): Promise<HostKeyVerifier> {
    const files = [...config.userKnownHostsFiles, ...config.globalKnownHostsFiles];
    return new HostKeyVerifier(config, (await Promise.all(files.map(readKnownHosts))).flat());
  }

  /** The key types to ask the server for first, so that a host known by one type does not show another. */
  get preferredTypes(): readonly string[] {
    return knownKeyTypes(this.#entries, this.#name);
  }

  /** Whether {@link verify} has already accepted this very key: the server shows it again to renew session keys. */
  trusts(blob: Uint8Array): boolean {
    return this.#trusted?.equals(blob) === true;
  }

  /** Returns when the key is trusted; otherwise rejects with `host-key-changed`, `-revoked` or `-unknown`. */
  async verify(blob: Uint8Array, prompts: SshPrompts): Promise<void> {
    await this.#judgeAndAsk({ type: hostKeyType(blob) ?? 'unknown', blob }, prompts);
    this.#trusted = Buffer.from(blob);
  }

  async #judgeAndAsk(key: HostKey, prompts: SshPrompts): Promise<void> {
    const verdict = this.#judge(key);
    switch (verdict.kind) {
      case 'match':
        return;
      case 'unknown':
        await this.#decide(key, verdict.otherTypes, prompts);
        return;
      case 'changed':
        throw changed(this.#name, key, verdict.offending);
      case 'revoked':
        throw revoked(this.#name, key, verdict.offending);
    }
  }

  get #name(): string {
    const { hostKeyAlias, hostname, port } = this.#config;
    return hostKeyAlias ?? knownHostName(hostname, port);
  }

  /** A key known for the plain host also counts for its other ports, as in OpenSSH (sshconnect.c). */
  #judge(key: HostKey): HostKeyVerdict {
    const verdict = checkHostKey(this.#entries, this.#name, key);
    const plain = this.#config.hostname.toLowerCase();
    if (verdict.kind !== 'unknown' || this.#name === plain || this.#config.hostKeyAlias !== undefined) {
      return verdict;
    }
    const other = checkHostKey(this.#entries, plain, key);
    return other.kind === 'match' || other.kind === 'revoked' ? other : verdict;
  }

  async #decide(key: HostKey, otherTypes: readonly string[], prompts: SshPrompts): Promise<void> {
    const { strictHostKeyChecking, hostname, port } = this.#config;
    if (strictHostKeyChecking === 'yes') {
      throw unknown(this.#name, key, 'StrictHostKeyChecking is on');
    }
    const question = {
      host: hostname,
      port,
      keyType: key.type,
      ...fingerprints(key),
      otherKnownTypes: otherTypes,
    };
    const answer = await this.#ask(question, prompts);
    if (answer === 'no') {
      throw unknown(this.#name, key, 'it was not accepted');
    }
    if (answer === 'save') {
      await this.#save(key);
    }
  }

  async #ask(question: HostKeyQuestion, prompts: SshPrompts): Promise<'save' | 'once' | 'no'> {
    const trustsNew =
      this.#config.strictHostKeyChecking === 'accept-new' && question.otherKnownTypes.length === 0;
    return trustsNew ? 'save' : await prompts.confirmHostKey(question);
  }

  async #save(key: HostKey): Promise<void> {
    const [file] = this.#config.userKnownHostsFiles;
    if (file !== undefined) {
      await appendLine(file, formatKnownHost(this.#name, key, this.#config.hashKnownHosts));
    }
  }
}

/** The two ways a key is shown to people, as `ssh-keygen -l` and `-l -E md5` print them. */
function fingerprints(key: HostKey): { readonly fingerprint: string; readonly md5: string } {
  const sha256 = createHash('sha256').update(key.blob).digest('base64').replace(/=+$/, '');
  const md5 = createHash('md5').update(key.blob).digest('hex').match(/../g) ?? [];
  return { fingerprint: `SHA256:${sha256}`, md5: `MD5:${md5.join(':')}` };
}

async function readKnownHosts(file: string): Promise<KnownHostEntry[]> {
  try {
    return parseKnownHosts(await readFile(file, 'utf8'), file);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') {
      return [];
    }
    // An unreadable file might hold the very line that forbids this host.
    throw new PatchbayError('bad-file', `The known hosts file ${file} cannot be read: ${message}.`);
  }
}

/** Appends one line, to a line of its own even where the file does not end in a newline. */
async function appendLine(file: string, line: string): Promise<void> {
  try {
    await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
    const glue = (await endsInsideLine(file)) ? '\n' : '';
    await appendFile(file, `${glue}${line}\n`, { mode: 0o600 });
  } catch (error) {
    throw new PatchbayError(
      'bad-file',
      `The host key cannot be saved to ${file}: ${(error as Error).message}.`,
      {
        hint: 'Make the file writable, or accept the key for this connection only.',
      },
    );
  }
}

async function endsInsideLine(file: string): Promise<boolean> {
  const handle = await open(file, 'r').catch(() => undefined);
  try {
    const size = (await handle?.stat())?.size ?? 0;
    const last = size === 0 ? undefined : await handle?.read(Buffer.alloc(1), 0, 1, size - 1);
    return last !== undefined && last.buffer[0] !== 0x0a;
  } finally {
    await handle?.close();
  }
}

function changed(name: string, key: HostKey, offending: KnownHostEntry): PatchbayError {
  const { path: file, line, keyType } = offending;
  return new PatchbayError(
    'host-key-changed',
    `The host key of ${name} has changed: the server shows ${key.type} ${fingerprints(key).fingerprint}, ` +
      `but ${file}:${line} holds another ${keyType} key. Someone may be in between, or the machine was re-installed.`,
    {
      hint: `If you know why, remove the old key with: ssh-keygen -R ${quoteWord(name)} -f ${quoteWord(file)}`,
      location: { path: file, line },
    },
  );
}

function revoked(name: string, key: HostKey, offending: KnownHostEntry): PatchbayError {
  return new PatchbayError(
    'host-key-revoked',
    `The host key of ${name} (${key.type} ${fingerprints(key).fingerprint}) is marked as revoked in ` +
      `${offending.path}:${offending.line}.`,
    { hint: 'Give the server a new host key.', location: { path: offending.path, line: offending.line } },
  );
}

function unknown(name: string, key: HostKey, why: string): PatchbayError {
  return new PatchbayError(
    'host-key-unknown',
    `The host key of ${name} (${key.type} ${fingerprints(key).fingerprint}) is not known, and ${why}.`,
    {
      hint: 'Compare the fingerprint with the one of the server (ssh-keygen -lf /etc/ssh/ssh_host_…_key.pub there).',
    },
  );
}
