/** A plan as text and as one POSIX sh script, and what the script's output means. Pure: `session` sends it. */
import { PatchbayError } from '../util/errors.ts';
import { quoteArgv } from '../util/quote.ts';
import type { Plan } from '../topology/plan.ts';

/** What the script said; `exitCode` is null when a signal, or the loss of the connection, ended it. */
export interface ScriptOutput {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number | null;
}

/** The plan as a person would type it: one command a line, each exactly what runs. */
export function planAsText(plan: Plan): string {
  return asLines(plan.steps.map(({ argv }) => argv));
}

/** The commands that take the whole plan back, in the order to type them; "" where nothing can be taken back. */
export function planAsUndoScript(plan: Plan): string {
  return asLines(plan.steps.toReversed().flatMap(({ undo }) => (undo === undefined ? [] : [undo])));
}

function asLines(commands: readonly (readonly string[])[]): string {
  return commands.map((argv) => `${quoteArgv(argv)}\n`).join('');
}

/**
 * Runs one step unless an earlier one failed. `made` counts the steps that succeeded, which are always the first ones;
 * `said` keeps the words of the one that failed.
 */
const runFunction = `
run() {
  [ -z "$failed" ] || return 0
  if said=$("$@" 2>&1); then made=$((made + 1)); else failed=$made; fi
}`.trim();

/** Takes step $1 back, if that very step succeeded. */
const backFunction = `
back() {
  [ "$made" -gt "$1" ] || return 0
  step=$1
  shift
  if complaint=$("$@" 2>&1); then return 0; fi
  printf '%s\\n' "$complaint" >&2
  echo "patchbay: kept $step"
}`.trim();

/**
 * The plan as one script for the standard input of `sh -s` (dash, busybox ash, bash). A shell runs a group only once
 * it has read its closing brace: a script that arrives in part does nothing. Once it runs, nothing that a lost
 * connection sends ends it: it finishes, or takes back in reverse order the steps that succeeded. Its last line of
 * output is "patchbay: ok" or "patchbay: failed STEP"; before that "patchbay: kept STEP" for each undo that failed.
 */
export function renderScript(plan: Plan): string {
  const runs = plan.steps.map(({ argv }) => `run ${quoteArgv(argv)}`);
  const backs = plan.steps.flatMap(({ undo }, at) =>
    undo === undefined ? [] : [`  back ${at} ${quoteArgv(undo)}`],
  );
  return `${[
    '{',
    "trap '' HUP INT QUIT TERM PIPE",
    'PATH=${PATH:+$PATH:}/usr/sbin:/sbin:/usr/bin:/bin',
    'made=0 failed= said=',
    runFunction,
    backFunction,
    ...runs,
    'if [ -n "$failed" ]; then',
    `  printf '%s\\n' "$said" >&2`,
    ...backs.reverse(),
    '  echo "patchbay: failed $failed"',
    '  exit 1',
    'fi',
    "echo 'patchbay: ok'",
    'exit 0',
    '}',
  ].join('\n')}\n`;
}

/**
 * Returns when the plan went through. Throws `command-failed` with the failed command, its words, and what became of
 * the steps before it; `connection-lost` where the output ends before it says how the plan went.
 */
export function parseOutcome(plan: Plan, output: ScriptOutput): void {
  const report = readReport(output.stdout);
  if (report === 'ok') {
    return;
  }
  if (report === null) {
    throw withoutReport(plan, output);
  }
  const step = plan.steps[report.failed];
  const command = step === undefined ? 'an unknown step' : `\`${quoteArgv(step.argv)}\``;
  throw new PatchbayError(
    'command-failed',
    `${doing(plan)} failed at ${command}: ${firstLine(output.stderr)}. ${aftermath(plan, report)}`,
    {
      detail: output.stderr.trim(),
      hint:
        report.kept.length === 0
          ? undefined
          : 'Look at the node, and run them by hand where they are still needed.',
    },
  );
}

interface Failure {
  readonly failed: number;
  /** Steps that could not be taken back. */
  readonly kept: readonly number[];
}

function readReport(stdout: string): 'ok' | Failure | null {
  const lines = stdout.trimEnd().split('\n');
  const last = lines.at(-1) ?? '';
  if (last === 'patchbay: ok') {
    return 'ok';
  }
  const failed = /^patchbay: failed (\d+)$/.exec(last)?.[1];
  const kept = lines.flatMap((line) => /^patchbay: kept (\d+)$/.exec(line)?.[1] ?? []);
  return failed === undefined ? null : { failed: Number(failed), kept: kept.map(Number) };
}

function withoutReport(plan: Plan, { stdout, stderr, exitCode }: ScriptOutput): PatchbayError {
  const detail = `${stdout}\n${stderr}`.trim();
  return exitCode === null
    ? new PatchbayError(
        'connection-lost',
        `${doing(plan)}: the connection ended before the node said how it went.`,
        {
          hint: 'Once begun, the node finishes it or takes it back by itself. Reconnect to see which.',
          detail,
        },
      )
    : new PatchbayError(
        'command-failed',
        `${doing(plan)} failed before its first command: ${firstLine(stderr)} (exit code ${exitCode}).`,
        { detail },
      );
}

function aftermath(plan: Plan, { failed, kept }: Failure): string {
  if (kept.length > 0) {
    const undos = kept.map((at) => `\`${quoteArgv(plan.steps[at]?.undo ?? [])}\``);
    return `Taking it back failed at ${undos.join(', ')}.`;
  }
  if (failed === 0) {
    return 'Nothing was changed.';
  }
  const undone = plan.steps.slice(0, failed).some(({ undo }) => undo !== undefined);
  return undone ? 'Everything was taken back.' : 'What was done before it stands.';
}

/** "Create pod web" as what was going on: "Creating pod web". */
function doing({ title }: Plan): string {
  return title.replace(/^(\w+?)e? /, '$1ing ');
}

/** The first words of a complaint, without what would spoil a sentence. */
function firstLine(text: string): string {
  const line = text.split('\n').find((candidate) => candidate.trim() !== '');
  return (
    line
      ?.replace(/[\p{C}\s]+/gu, ' ')
      .trim()
      .replace(/\.$/, '') ?? 'it gave no reason'
  );
}
