/** Pure: reads and writes the text of known_hosts files (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT); no I/O. */
import { createHmac, randomBytes } from 'node:crypto';
import { matchesPatternList } from './patterns.ts';

/** One usable line of a known_hosts file. */
export interface KnownHostEntry {
  readonly path: string;
  /** Counted from 1. */
  readonly line: number;
  readonly revoked: boolean;
  /** The hosts field as written: comma-separated patterns, or one `|1|salt|hash`. */
  readonly hosts: string;
  readonly keyType: string;
  /** The key blob in base64, without regard to how the file pads it. */
  readonly key: string;
}

/** A public host key: its type, and its blob as sent by the server (RFC 4253, 6.6). */
export interface HostKey {
  readonly type: string;
  readonly blob: Uint8Array;
}

/** What known_hosts files say about a key that a server shows. */
export type HostKeyVerdict =
  | { readonly kind: 'match' }
  /** No entry of this key type. `otherTypes` are the types the host is known by, if any. */
  | { readonly kind: 'unknown'; readonly otherTypes: readonly string[] }
  /** Another key of the same type is on file: `offending` is the line in the way. */
  | { readonly kind: 'changed'; readonly offending: KnownHostEntry }
  | { readonly kind: 'revoked'; readonly offending: KnownHostEntry };

/** Reads one file's text. Comments, certificate authorities, and lines that make no sense are left out. */
export function parseKnownHosts(text: string, path: string): KnownHostEntry[] {
  return text.split('\n').flatMap((line, index) => parseLine(line, path, index + 1) ?? []);
}

function parseLine(text: string, path: string, line: number): KnownHostEntry | undefined {
  const fields = text.trim().split(/\s+/);
  const marker = fields[0]?.startsWith('@') === true ? fields.shift() : undefined;
  const [hosts = '', keyType = '', base64 = ''] = fields;
  if (hosts.startsWith('#') || (marker !== undefined && marker !== '@revoked')) {
    return undefined;
  }
  const blob = Buffer.from(base64, 'base64');
  if (hostKeyType(blob) !== keyType) {
    return undefined;
  }
  return { path, line, revoked: marker !== undefined, hosts, keyType, key: blob.toString('base64') };
}

/** The type named inside a key blob, or undefined where the blob is not one. */
export function hostKeyType(blob: Uint8Array): string | undefined {
  const view = Buffer.from(blob.buffer, blob.byteOffset, blob.byteLength);
  const length = view.length < 4 ? 0 : view.readUInt32BE(0);
  return length > 0 && length < view.length - 4 ? view.toString('latin1', 4, 4 + length) : undefined;
}

/** The name a host has in known_hosts: `host`, or `[host]:port` for any port but 22 (lower case). */
export function knownHostName(host: string, port: number): string {
  const name = host.toLowerCase();
  return port === 22 ? name : `[${name}]:${port}`;
}

/**
 * Judges the key a server shows. A revoked key is refused whatever else is on file; any entry with this very key
 * is a match; a different key of the same type means `changed`.
 */
export function checkHostKey(entries: readonly KnownHostEntry[], name: string, key: HostKey): HostKeyVerdict {
  const ours = entries.filter((entry) => matchesHost(entry.hosts, name));
  const shown = Buffer.from(key.blob).toString('base64');
  const revoked = ours.find((entry) => entry.revoked && entry.key === shown);
  if (revoked !== undefined) {
    return { kind: 'revoked', offending: revoked };
  }
  const known = ours.filter((entry) => !entry.revoked);
  if (known.some((entry) => entry.key === shown)) {
    return { kind: 'match' };
  }
  const offending = known.find((entry) => entry.keyType === key.type);
  return offending === undefined
    ? { kind: 'unknown', otherTypes: keyTypes(known) }
    : { kind: 'changed', offending };
}

/** The key types a host is known by, in the order of the files: those to ask the server for first. */
export function knownKeyTypes(entries: readonly KnownHostEntry[], name: string): string[] {
  return keyTypes(entries.filter((entry) => !entry.revoked && matchesHost(entry.hosts, name)));
}

/** The line that makes a key known, without a newline; `hashed` hides the name as `HashKnownHosts` asks. */
export function formatKnownHost(name: string, key: HostKey, hashed = false): string {
  return `${hashed ? hashHost(name) : name} ${key.type} ${Buffer.from(key.blob).toString('base64')}`;
}

function keyTypes(entries: readonly KnownHostEntry[]): string[] {
  return [...new Set(entries.map((entry) => entry.keyType))];
}

function matchesHost(hosts: string, name: string): boolean {
  return hosts.startsWith('|1|')
    ? hashHost(name, hosts.split('|')[2]) === hosts
    : matchesPatternList(name, hosts.toLowerCase().split(','));
}

/** HMAC-SHA1 keyed by a random salt (OpenSSH hostfile.c, host_hash). */
function hashHost(name: string, salt = randomBytes(20).toString('base64')): string {
  const hash = createHmac('sha1', Buffer.from(salt, 'base64')).update(name).digest('base64');
  return `|1|${salt}|${hash}`;
}
