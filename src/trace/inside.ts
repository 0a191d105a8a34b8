/** Pure: commands inside one namespace, and in no other. */
import { enterNamespace, type NamespacePlace } from '../iproute/enterNamespace.ts';

/** Exit code of a command that was not run because the namespace is another now. */
export const otherNamespaceCode = 98;

/**
 * A script that is run inside a namespace and ends at once where that is not the one of the inode $1: the kernel gives the inode
 * of a namespace that is gone, and iproute2 its name, to the next one. `rest` finds its own words from $1 on.
 */
export function onlyInside(rest: string): string {
  return `[ "$(readlink /proc/self/ns/net)" = "net:[$1]" ] || {
  echo "patchbay: another network namespace is here now than the one that was read" >&2; exit ${otherNamespaceCode}
}
shift; ${rest}`;
}

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
  return namespace.root
    ? [...argv]
    : [...enter, 'sh', '-c', onlyInside('exec "$@"'), 'sh', namespace.id, ...argv];
}
