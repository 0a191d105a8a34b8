/** Pure: a target as it comes from outside: a keybinding's argument, or what was kept from an earlier run. */
import * as v from 'valibot';
import { formatSshAddress, parseSshAddress } from '../session/targetKey.ts';
import type { Target } from '../transport/target.ts';

const sshSchema = v.pipe(
  v.strictObject({
    kind: v.literal('ssh'),
    host: v.string(),
    user: v.exactOptional(v.string()),
    port: v.exactOptional(v.number()),
  }),
  v.check(
    (target) => parseSshAddress(formatSshAddress(target)) !== null,
    'It must be a host, with a user and a port from 1 to 65535 where they are needed.',
  ),
);

export const targetSchema: v.GenericSchema<unknown, Target> = v.variant('kind', [
  v.strictObject({ kind: v.literal('local') }),
  v.strictObject({ kind: v.literal('lab') }),
  sshSchema,
  v.strictObject({ kind: v.literal('recording'), path: v.pipe(v.string(), v.nonEmpty()) }),
]);
