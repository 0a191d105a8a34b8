/** The keys we can log in with: those an agent holds, and those in files. */
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import ssh2, { type BaseAgent, type ParsedKey } from 'ssh2';
import type { HostConfig } from './config.ts';
import type { SshPrompts } from './prompts.ts';

/** One key: its public half, and the means to sign with the private half. */
export interface Identity {
  /** For messages: "key ~/.ssh/id_ed25519", "agent key me@laptop". */
  readonly label: string;
  readonly publicKey: ParsedKey;
  /** Signs; rejects when the agent refuses or the passphrase is not to be had. `hash` is "sha256", "sha512" or none. */
  sign(data: Buffer, hash: string | undefined): Promise<Buffer>;
}

/** The keys to try, in order, and what had to be left out (for the message when none works). */
export interface Identities {
  readonly usable: readonly Identity[];
  readonly problems: readonly string[];
}

const defaultNames = ['id_ed25519', 'id_ecdsa', 'id_rsa'];
const maxPassphraseAttempts = 3;

/**
 * Orders keys as OpenSSH does: configured files that the agent holds too, the agent's other keys (unless
 * IdentitiesOnly), then the files it does not hold. Encrypted files count as keys at once: their passphrase is
 * only asked when the server accepts their public half.
 */
export async function loadIdentities(config: HostConfig, prompts: SshPrompts): Promise<Identities> {
  const problems: string[] = [];
  const files = await loadKeyFiles(config, prompts, problems);
  const agentKeys = await loadAgentKeys(config.agent, problems);
  const holds = (keys: readonly Identity[], one: Identity): boolean => keys.some((key) => sameKey(key, one));
  const both = agentKeys.filter((key) => holds(files, key));
  const agentOnly = config.identitiesOnly ? [] : agentKeys.filter((key) => !holds(files, key));
  const fileOnly = files.filter((key) => !holds(agentKeys, key));
  return { usable: [...both, ...agentOnly, ...fileOnly], problems };
}

function sameKey(one: Identity, other: Identity): boolean {
  return one.publicKey.getPublicSSH().equals(other.publicKey.getPublicSSH());
}

async function loadKeyFiles(
  config: HostConfig,
  prompts: SshPrompts,
  problems: string[],
): Promise<Identity[]> {
  const named = config.identityFiles;
  const files = named ?? defaultNames.map((name) => path.join(homedir(), '.ssh', name));
  const identities: Identity[] = [];
  for (const file of new Set(files)) {
    const identity = await loadKeyFile(file, prompts).catch((error: unknown) => error as Error);
    if (!(identity instanceof Error)) {
      identities.push(identity);
    } else if (named !== undefined || (identity as NodeJS.ErrnoException).code !== 'ENOENT') {
      problems.push(`key ${file} (${identity.message})`);
    }
  }
  return identities;
}

async function loadKeyFile(file: string, prompts: SshPrompts): Promise<Identity> {
  const text = await readFile(file, 'utf8');
  const key = parseKey(text);
  if (key instanceof Error) {
    return await encryptedIdentity(file, text, key, prompts);
  }
  if (!key.isPrivateKey()) {
    throw new Error('not a private key');
  }
  return { label: `key ${file}`, publicKey: key, sign: (data, hash) => signWith(key, data, hash) };
}

/** A key that needs a passphrase, which is asked for on its first use. */
async function encryptedIdentity(
  file: string,
  text: string,
  why: Error,
  prompts: SshPrompts,
): Promise<Identity> {
  const publicKey = publicHalf(text) ?? (await readPublicFile(`${file}.pub`));
  if (publicKey === undefined) {
    throw why;
  }
  const sign = async (data: Buffer, hash: string | undefined): Promise<Buffer> =>
    await signWith(await unlock(file, text, prompts), data, hash);
  return { label: `key ${file}`, publicKey, sign };
}

async function unlock(file: string, text: string, prompts: SshPrompts): Promise<ParsedKey> {
  for (let attempt = 1; attempt <= maxPassphraseAttempts; attempt++) {
    const passphrase = await prompts.passphrase(file, attempt);
    if (passphrase === undefined) {
      throw new Error('its passphrase was not given');
    }
    const key = parseKey(text, passphrase);
    if (!(key instanceof Error)) {
      return key;
    }
  }
  throw new Error('wrong passphrase');
}

async function readPublicFile(file: string): Promise<ParsedKey | undefined> {
  const text = await readFile(file, 'utf8').catch(() => '');
  const key = parseKey(text);
  return key instanceof Error ? undefined : key;
}

/** An OpenSSH private key file carries its public half in the clear (OpenSSH, PROTOCOL.key). */
function publicHalf(text: string): ParsedKey | undefined {
  const body = /-----BEGIN OPENSSH PRIVATE KEY-----([\s\S]*?)-----END/.exec(text)?.[1];
  const bytes = Buffer.from(body ?? '', 'base64');
  let at = 'openssh-key-v1\0'.length;
  const next = (): Buffer => {
    const start = at + 4;
    at = start + (start <= bytes.length ? bytes.readUInt32BE(at) : 0);
    return bytes.subarray(start, at);
  };
  next(); // cipher
  next(); // key derivation function
  next(); // its options
  at += 4; // number of keys, always 1
  const key = parseKey(next());
  return key instanceof Error ? undefined : key;
}

function signWith(key: ParsedKey, data: Buffer, hash: string | undefined): Promise<Buffer> {
  const signature: Buffer | Error = key.sign(data, hash);
  return signature instanceof Error ? Promise.reject(signature) : Promise.resolve(signature);
}

async function loadAgentKeys(socket: string | undefined, problems: string[]): Promise<Identity[]> {
  if (socket === undefined) {
    return [];
  }
  try {
    const agent = ssh2.createAgent(socket);
    return (await agentKeys(agent)).map((key) => agentIdentity(agent, key));
  } catch (error) {
    problems.push(`agent (${(error as Error).message})`);
    return [];
  }
}

function agentKeys(agent: BaseAgent): Promise<ParsedKey[]> {
  return new Promise((resolve, reject) => {
    agent.getIdentities((error, keys = []) => {
      if (error) {
        reject(error);
      } else {
        const parsed = keys.map((key) => parseKey(key as ParsedKey));
        resolve(parsed.filter((key): key is ParsedKey => !(key instanceof Error)));
      }
    });
  });
}

function agentIdentity(agent: BaseAgent, publicKey: ParsedKey): Identity {
  return {
    label: `agent key ${publicKey.comment === '' ? publicKey.type : publicKey.comment}`,
    publicKey,
    sign: (data, hash) =>
      new Promise((resolve, reject) => {
        const options = hash === undefined ? {} : { hash: hash as 'sha256' };
        agent.sign(publicKey, data, options, (error, signature) => {
          if (signature === undefined) {
            reject(error ?? new Error('the agent refused to sign'));
          } else {
            resolve(signature);
          }
        });
      }),
  };
}

/** ssh2's parser, for one key: files of old formats can hold several, of which the first counts. */
function parseKey(data: Buffer | string | ParsedKey, passphrase?: string): ParsedKey | Error {
  const parsed = ssh2.utils.parseKey(data, passphrase) as ParsedKey | ParsedKey[] | Error;
  return Array.isArray(parsed) ? (parsed[0] ?? new Error('no key')) : parsed;
}
