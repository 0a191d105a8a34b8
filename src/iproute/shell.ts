import { enterNamespace, type NamespacePlace } from './enterNamespace.ts';

export interface ShellRequest {
  /** Shown in the prompt; "" where the shell's own will do. Comes from the node, so most of it is left out. */
  readonly label: string;
  /** Runs first, shown the way it would be typed. */
  readonly first?: { readonly argv: readonly string[]; readonly line: string };
}

/**
 * $1 is what the prompt says before its own, $2 the first command as text, and the rest its argv. A shell's own files
 * set the prompt after its environment did: bash reads ours in their place, and theirs in it. Under sudo the shell gets
 * the terminal as its own (`setsid -c`): the kernel tells only the terminal's owner that it is gone, and that was sudo.
 */
const script = `
prompt=$1 line=$2
shift 2
if [ $# -gt 0 ]; then
  printf '$ %s\\n' "$line"
  "$@"
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
export function shellArgv(place: NamespacePlace, { label, first }: ShellRequest): readonly string[] | null {
  const enter = enterNamespace(place);
  const prompt = label === '' ? '' : `(${promptText(label)})`;
  return enter && [...enter, 'sh', '-c', script, 'sh', prompt, first?.line ?? '', ...(first?.argv ?? [])];
}

/** A shell expands its prompt: what could mean something to one stays out. */
function promptText(label: string): string {
  return label.replace(/[^\w.:@-]+/g, '_');
}
