import { enterNamespace, type NamespacePlace } from './enterNamespace.ts';

/** The argv that reads one link with its counters; null where nothing leads into its namespace. */
export function linkCountersArgv(place: NamespacePlace, name: string): readonly string[] | null {
  const enter = enterNamespace(place);
  const show = ['-s', '-j', 'link', 'show', 'dev', name];
  if (enter === null) {
    return null;
  }
  // `ip -n` spares what `ip netns exec` mounts.
  return enter[0] === 'ip' ? ['ip', '-n', enter.at(-1) ?? '', ...show] : [...enter, 'ip', ...show];
}
