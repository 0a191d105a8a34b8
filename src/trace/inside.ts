/** Pure: commands inside one namespace, and in no other. */
import { enterNamespace, type NamespacePlace } from '../iproute/enterNamespace.ts';

/** Exit code of a command that was not run because the namespace is another now. */
export const otherNamespaceCode = 98;

/** The kernel gives the inode of a namespace that is gone, and iproute2 its name, to the next one. */
const check = `[ "$(readlink /proc/self/ns/net)" = "net:[$1]" ] || {
  echo "patchbay: another network namespace is here now than the one that was read" >&2; exit ${otherNamespaceCode}
}
shift; exec "$@"`;

/**
 * The argv that runs another inside a namespace, if it is still the one that was read, and else does nothing. Null where
 * nothing leads into it.
 */
export function inside(
  namespace: NamespacePlace & { readonly id: string },
  argv: readonly string[],
): string[] | null {
  const enter = enterNamespace(namespace);
  if (enter === null) {
    return null;
  }
  return namespace.root ? [...argv] : [...enter, 'sh', '-c', check, 'sh', namespace.id, ...argv];
}
