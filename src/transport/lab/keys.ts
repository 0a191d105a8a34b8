import { createHash, timingSafeEqual } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import ssh2 from 'ssh2';
import type { ParsedKey } from 'ssh2';

/** A key pair that lives as long as its lab. */
export interface ThrowAwayKey {
  /** OpenSSH private key file, unencrypted. */
  readonly privateKey: string;
  readonly publicKey: ParsedKey;
  /** "ssh-ed25519 AAAA…". */
  readonly publicLine: string;
  /** "SHA256:…", as `ssh-keygen -l` prints it. */
  readonly fingerprint: string;
}

/** The files that let any SSH client reach the lab. */
export interface CredentialFiles {
  readonly identityFile: string;
  readonly knownHostsFile: string;
}

/** Makes a fresh ed25519 key pair. */
export function makeKey(): ThrowAwayKey {
  const pair = ssh2.utils.generateKeyPairSync('ed25519');
  const privateKey = ssh2.utils.parseKey(pair.private);
  const publicKey = ssh2.utils.parseKey(pair.public);
  // ssh2 1.17 drops leading zero bytes of the public key, so that one pair in 256 cannot be read back.
  if (privateKey instanceof Error || publicKey instanceof Error) {
    return makeKey();
  }
  const blob = publicKey.getPublicSSH();
  return {
    privateKey: pair.private,
    publicKey,
    publicLine: `ssh-ed25519 ${blob.toString('base64')}`,
    fingerprint: `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`,
  };
}

/** Whether a public key blob offered by a client is this key, in time that does not depend on where they differ. */
export function isSameKey(key: ThrowAwayKey, blob: Buffer): boolean {
  const expected = key.publicKey.getPublicSSH();
  return expected.length === blob.length && timingSafeEqual(expected, blob);
}

/** Writes the client's private key and the known_hosts line of `[host]:port`, readable by this user only. */
export async function writeCredentialFiles(
  folder: string,
  server: {
    readonly host: string;
    readonly port: number;
    readonly hostKey: ThrowAwayKey;
    readonly clientKey: ThrowAwayKey;
  },
): Promise<CredentialFiles> {
  const files = {
    identityFile: path.join(folder, 'lab_ed25519'),
    knownHostsFile: path.join(folder, 'lab_known_hosts'),
  };
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await replaceFile(files.identityFile, server.clientKey.privateKey);
  await replaceFile(files.knownHostsFile, `[${server.host}]:${server.port} ${server.hostKey.publicLine}\n`);
  return files;
}

/** Never writes through what was there: a file that others may read, or a symbolic link, is replaced. */
async function replaceFile(file: string, text: string): Promise<void> {
  await rm(file, { force: true });
  await writeFile(file, text, { mode: 0o600, flag: 'wx' });
}
