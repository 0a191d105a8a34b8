import type { Target } from '../transport/target.ts';

/** One string per target, the same in every run: "lab", "local", "ssh:root@10.0.0.5:22", "recording:/tmp/a.patchbay.json". */
export function targetKey(target: Target): string {
  switch (target.kind) {
    case 'lab':
    case 'local':
      return target.kind;
    case 'ssh':
      return `ssh:${formatSshAddress(target)}`;
    case 'recording':
      return `recording:${target.path}`;
  }
}

/** The target of a key; null for what is not one. */
export function parseTargetKey(key: string): Target | null {
  if (key === 'lab' || key === 'local') {
    return { kind: key };
  }
  const [, kind, rest = ''] = /^(ssh|recording):(.+)$/s.exec(key) ?? [];
  if (kind === 'recording') {
    return { kind, path: rest };
  }
  return kind === 'ssh' ? parseSshAddress(rest) : null;
}

/** "user@host:22"; what is not given is left out, and an IPv6 address with a port is in brackets. */
export function formatSshAddress({
  host,
  user,
  port,
}: Omit<Extract<Target, { kind: 'ssh' }>, 'kind'>): string {
  const name = port !== undefined && host.includes(':') ? `[${host}]` : host;
  return `${user === undefined ? '' : `${user}@`}${name}${port === undefined ? '' : `:${port}`}`;
}

/** Reads "[ssh://][user@]host[:port]"; null for what cannot be an SSH address. IPv6 addresses may do without brackets. */
export function parseSshAddress(text: string): Extract<Target, { kind: 'ssh' }> | null {
  const [, user, place = ''] = /^(?:([^@]+)@)?([^@]+)$/.exec(text.trim().replace(/^ssh:\/\//, '')) ?? [];
  const { host, port } = splitPort(place.replace(/\/$/, ''));
  const isValid =
    isName(host) && (user === undefined || isName(user)) && (port === undefined || isPort(port));
  return isValid
    ? {
        kind: 'ssh',
        host,
        ...(user === undefined ? {} : { user }),
        ...(port === undefined ? {} : { port: Number(port) }),
      }
    : null;
}

function splitPort(place: string): { readonly host: string; readonly port: string | undefined } {
  const [, bracketed, portOfBracketed] = /^\[([\da-f:.]+(?:%\w+)?)\](?::(.*))?$/i.exec(place) ?? [];
  if (bracketed !== undefined) {
    return { host: bracketed, port: portOfBracketed };
  }
  const [host = '', port, ...more] = place.split(':');
  return more.length > 0 ? { host: isIpv6(place) ? place : '', port: undefined } : { host, port };
}

function isIpv6(text: string): boolean {
  return /^[\da-f:]*:[\da-f:.]*(%\w+)?$/i.test(text);
}

/** What ssh accepts as a host, an alias or a user: nothing that could pass for an option or a part of a command line. */
function isName(name: string): boolean {
  return name.length <= 255 && /^[\p{L}\p{N}_.:%+][\p{L}\p{N}_.:%+-]*$/u.test(name);
}

function isPort(text: string): boolean {
  return /^\d{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= 65_535;
}
