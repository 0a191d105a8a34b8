import { enterNamespace, type NamespacePlace } from './enterNamespace.ts';

export interface ShellRequest {
  /** Shown in the prompt; "" where the shell's own will do. Comes from the node, so most of it is left out. */
  readonly label: string;
  /** Runs first, shown the way it would be typed. */
  readonly first?: { readonly argv: readonly string[]; readonly line: string };
}

/**
 * $1 is the namespace that was read (the kernel gives its inode, and iproute2 its name, to others), $2 what the prompt says
 * before its own, $3 the first command as text, and the rest its argv. A shell's own files
 * set the prompt after its environment did: bash reads ours in their place, and theirs in it. Under sudo the shell gets
 * the terminal as its own (`setsid -c`): the kernel tells only the terminal's owner that it is gone, and that was sudo.
 */
const script = `
id=$1 prompt=$2 line=$3
shift 3
if [ -n "$id" ] && [ "$(readlink /proc/self/ns/net)" != "net:[$id]" ]; then
  echo 'Another network namespace is here now than the one that was read. Refresh the node and try again.'
  read -r _
  exit 98
fi
if [ $# -gt 0 ]; then
  trap : INT
  printf '$ %s\\n' "$line"
  "$@"
  trap - INT
fi
shell=$SHELL
[ -x "$shell" ] || shell=/bin/sh
leader=
[ -z "$SUDO_COMMAND" ] || ! setsid -w true 2>/dev/null || leader='setsid -c -w'
[ -n "$prompt" ] || exec $leader "$shell"
case \${shell##*/} in
bash)
  exec $leader "$shell" --rcfile /dev/fd/9 9<<EOF
exec 9<&-
[ ! -r ~/.bashrc ] || . ~/.bashrc
PS1="$prompt \\$PS1"
EOF
  ;;
zsh) export RPROMPT="$prompt" ;;
*) if [ "$(id -u)" = 0 ]; then PS1="$prompt # "; else PS1="$prompt $ "; fi; export PS1 ;;
esac
exec $leader "$shell"
`.trim();

/**
 * The argv of the person's own shell (or sh) inside a namespace, for a terminal. Null where nothing leads into it.
 * Needs root unless the namespace is the node's own.
 */
export function shellArgv(
  place: NamespacePlace & { readonly id: string },
  { label, first }: ShellRequest,
): readonly string[] | null {
  const enter = enterNamespace(place);
  const prompt = label === '' ? '' : `(${promptText(label)})`;
  const id = place.root ? '' : place.id;
  return enter && [...enter, 'sh', '-c', script, 'sh', id, prompt, first?.line ?? '', ...(first?.argv ?? [])];
}

/** A shell expands its prompt: what could mean something to one stays out. */
function promptText(label: string): string {
  return label.replace(/[^\w.:@-]+/g, '_');
}
