/** A client to be killed: follows a node over ssh, says "live" on standard output, and stays. */
import { sessionOverSsh, type SshPlace } from './overSsh.ts';

const session = sessionOverSsh(JSON.parse(process.argv[2] ?? '') as SshPlace);
await session.start(new AbortController().signal);
process.stdout.write('live\n');
