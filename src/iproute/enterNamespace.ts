/** What is needed to get into a namespace; a topology's Namespace has it. */
export interface NamespacePlace {
  readonly root: boolean;
  /** Paths of its bind mounts. */
  readonly names: readonly string[];
  /** Processes that hold it. */
  readonly processes: readonly { readonly pid: number }[];
}

/**
 * The words to put before an argv so that it runs inside a namespace: none for the node's own, `ip netns exec NAME`
 * for one that iproute2 knows, `nsenter` (util-linux) for one that is mounted elsewhere or only held by a process.
 * Null where nothing leads into it. Entering needs root.
 */
export function enterNamespace(place: NamespacePlace): readonly string[] | null {
  return waysInto(place)[0] ?? null;
}

/** All that {@link enterNamespace} may choose from, best first: a node may lack the tool of one. */
export function waysInto({ root, names, processes }: NamespacePlace): readonly (readonly string[])[] {
  if (root) {
    return [[]];
  }
  const name = names.map(iprouteName).find((candidate) => candidate !== null);
  const [path] = names;
  const [holder] = processes;
  return [
    ...(name === undefined ? [] : [['ip', 'netns', 'exec', name]]),
    ...(path === undefined ? [] : [['nsenter', `--net=${path}`, '--']]),
    ...(holder === undefined ? [] : [['nsenter', '-t', String(holder.pid), '-n', '--']]),
  ];
}

/** The files that stand for a namespace, where it is looked for; "self" is whoever opens it outside of any. */
export function pathsTo({ root, names, processes }: NamespacePlace): readonly string[] {
  return root ? ['/proc/self/ns/net'] : [...names, ...processes.map(({ pid }) => `/proc/${pid}/ns/net`)];
}

/** The name that `ip netns` takes for a path; null for a path outside its folder (iproute2: NETNS_RUN_DIR). */
function iprouteName(path: string): string | null {
  return /^(?:\/var)?\/run\/netns\/([^/]+)$/s.exec(path)?.[1] ?? null;
}
