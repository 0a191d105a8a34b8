import { resolve } from 'node:path';
import type { Target } from '../transport/target.ts';

/** What a `<target>` on the command line may be. */
export const targetHelp = 'local, lab, ssh://[user@]host[:port], or a .patchbay.json file';

/** Reads a `<target>`; null when it is none of the forms. */
export function parseTarget(text: string): Target | null {
  if (text === 'local' || text === 'lab') {
    return { kind: text };
  }
  if (text.startsWith('ssh://')) {
    return parseSshUrl(text);
  }
  return text.endsWith('.patchbay.json') ? { kind: 'recording', path: resolve(text) } : null;
}

function parseSshUrl(text: string): Target | null {
  const url = URL.canParse(text) ? new URL(text) : null;
  // A password on a command line is for everyone on the machine to read (ps), so it is no part of the form.
  if (!url || url.hostname === '' || url.password !== '' || !['', '/'].includes(url.pathname)) {
    return null;
  }
  return {
    kind: 'ssh',
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    ...(url.username === '' ? {} : { user: decodeURIComponent(url.username) }),
    ...(url.port === '' ? {} : { port: Number(url.port) }),
  };
}
