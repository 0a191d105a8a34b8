import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import type { Plan, Step } from '../../../src/topology/plan.ts';
import { parseOutcome, renderScript, type ScriptOutput } from '../../../src/pods/script.ts';
import { PatchbayError } from '../../../src/util/errors.ts';

/** Every shell of this machine that may be /bin/sh on a node. */
const shells = [['sh'], ['dash'], ['busybox', 'ash'], ['bash', '--posix']].filter(
  ([program = '', ...args]) => spawnSync(program, [...args, '-c', ':']).status === 0,
);

const planOf = (steps: readonly Step[]): Plan => ({ title: 'Create pod web', steps, warnings: [] });

/** A folder with a journal of all that ran. */
class Bench {
  readonly folder = mkdtempSync(path.join(tmpdir(), 'patchbay-script-'));
  readonly #journal = path.join(this.folder, 'journal');

  /** A command that writes its words to the journal and exits with a code. */
  note(words: readonly string[], exitCode = 0): string[] {
    const script =
      'file=$1 code=$2; shift 2; printf "%s\\0" "$#" "$@" >>"$file"; echo "code $code" >&2; exit "$code"';
    return ['sh', '-c', script, 'note', this.#journal, String(exitCode), ...words];
  }

  run(shell: readonly string[], script: string | Buffer): ScriptOutput {
    writeFileSync(this.#journal, '');
    const [program = '', ...args] = shell;
    const done = spawnSync(program, [...args, '-s'], { input: script, encoding: 'utf8' });
    return { stdout: done.stdout, stderr: done.stderr, exitCode: done.status };
  }

  /** What was noted since the last run. */
  journal(): string[][] {
    const words = readFileSync(this.#journal, 'utf8').split('\0').slice(0, -1);
    const notes: string[][] = [];
    for (let at = 0; at < words.length; at += Number(words[at]) + 1) {
      notes.push(words.slice(at + 1, at + 1 + Number(words[at])));
    }
    return notes;
  }

  dispose(): void {
    rmSync(this.folder, { recursive: true });
  }
}

const anyWords = fc.array(
  fc.oneof(
    fc
      .string({ unit: 'grapheme', maxLength: 12 })
      .filter((text) => !text.includes('\0') && text.isWellFormed()),
    fc.constantFrom(
      '',
      `$(touch x)`,
      '`id`',
      `'; exit 7 #`,
      '"',
      '\\',
      'a\nb',
      '}',
      '-n',
      '*',
      '~',
      '!!',
      '$failed',
    ),
  ),
  { minLength: 1, maxLength: 4 },
);

describe('renderScript', () => {
  let bench: Bench;

  before(() => {
    bench = new Bench();
  });

  after(() => bench.dispose());

  for (const shell of shells) {
    describe(`in ${shell.join(' ')}`, function () {
      this.timeout(30_000);

      it('runs every command with exactly its words', () => {
        fc.assert(
          fc.property(fc.array(anyWords, { maxLength: 4 }), (commands) => {
            const plan = planOf(
              commands.map((words) => ({ argv: bench.note(words), undo: bench.note(['undone']) })),
            );
            const output = bench.run(shell, renderScript(plan));
            assert.deepEqual(bench.journal(), commands);
            assert.deepEqual(output, { stdout: 'patchbay: ok\n', stderr: '', exitCode: 0 });
            parseOutcome(plan, output);
          }),
          { numRuns: 30 },
        );
      });

      it('takes back what succeeded, and nothing else, in reverse order', () => {
        const anyPlan = fc
          .array(fc.record({ words: anyWords, undo: fc.option(anyWords), undoFails: fc.boolean() }), {
            minLength: 1,
            maxLength: 6,
          })
          .chain((parts) => fc.tuple(fc.constant(parts), fc.nat({ max: parts.length - 1 })));
        fc.assert(
          fc.property(anyPlan, ([parts, failing]) => {
            const plan = planOf(
              parts.map(({ words, undo, undoFails }, at) => ({
                argv: bench.note(words, at === failing ? 3 : 0),
                ...(undo === null ? {} : { undo: bench.note(undo, undoFails ? 4 : 0) }),
              })),
            );
            const output = bench.run(shell, renderScript(plan));
            const made = parts.slice(0, failing);
            const undone = made.toReversed().flatMap(({ undo }) => (undo === null ? [] : [undo]));
            assert.deepEqual(bench.journal(), [
              ...parts.slice(0, failing + 1).map(({ words }) => words),
              ...undone,
            ]);
            const kept = made
              .flatMap(({ undo, undoFails }, at) => (undo !== null && undoFails ? [at] : []))
              .reverse();
            const lines = [...kept.map((at) => `patchbay: kept ${at}\n`), `patchbay: failed ${failing}\n`];
            assert.equal(output.stdout, lines.join(''));
            assert.equal(output.exitCode, 1);
            assert.equal(output.stderr, `code 3\n${'code 4\n'.repeat(kept.length)}`);
          }),
          { numRuns: 30 },
        );
      });

      it('does nothing when any of its end is missing', () => {
        const plan = planOf([
          { argv: bench.note(['one']), undo: bench.note(['back']) },
          { argv: bench.note(['two'], 1) },
        ]);
        const script = Buffer.from(renderScript(plan));
        // Without the last line feed alone it is whole.
        for (let length = 0; length < script.length - 1; length += 5) {
          const output = bench.run(shell, script.subarray(0, length));
          assert.deepEqual(bench.journal(), [], `cut after ${length} bytes`);
          assert.equal(output.stdout, '');
        }
        const last = bench.run(shell, script.subarray(0, script.length - 2));
        assert.deepEqual(bench.journal(), [], 'cut before the closing brace');
        assert.notEqual(last.exitCode, 0);
      });

      it('ignores the signals of a lost connection, and passes that on', () => {
        const kill = [
          'sh',
          '-c',
          'for s in HUP INT QUIT TERM PIPE; do kill -s $s $PPID; kill -s $s $$; done; exit 0',
        ];
        const plan = planOf([{ argv: kill }, { argv: bench.note(['after']) }]);
        assert.equal(bench.run(shell, renderScript(plan)).stdout, 'patchbay: ok\n');
        assert.deepEqual(bench.journal(), [['after']]);
      });

      it('finishes taking back when nobody reads what it says', () => {
        const plan = planOf([
          { argv: bench.note(['one']), undo: bench.note(['back one'], 1) },
          { argv: bench.note(['two']), undo: bench.note(['back two']) },
          { argv: bench.note(['three'], 1) },
        ]);
        const file = path.join(bench.folder, 'script');
        writeFileSync(file, renderScript(plan));
        bench.run(['sh'], `${shell.join(' ')} -s <'${file}' >&- 2>&-`);
        assert.deepEqual(bench.journal(), [['one'], ['two'], ['three'], ['back two'], ['back one']]);
      });
    });
  }

  it('goes through where there is nothing to do', () => {
    assert.equal(bench.run(['sh'], renderScript(planOf([]))).stdout, 'patchbay: ok\n');
  });
});

describe('parseOutcome', () => {
  const plan: Plan = {
    title: 'Create pod web on cbr0',
    steps: [
      { argv: ['ip', 'netns', 'add', 'web'], undo: ['ip', 'netns', 'del', 'web'] },
      { argv: ['ip', 'link', 'add', 'x y'] },
    ],
    warnings: [],
  };
  const deletion: Plan = {
    ...plan,
    title: 'Delete pod web',
    steps: plan.steps.map(({ argv }) => ({ argv })),
  };

  function errorOf(output: Partial<ScriptOutput>, of = plan): PatchbayError {
    try {
      parseOutcome(of, { stdout: '', stderr: '', exitCode: 1, ...output });
    } catch (error) {
      assert.ok(error instanceof PatchbayError);
      return error;
    }
    assert.fail('It went through.');
  }

  it('tells what failed, why, and that all was taken back', () => {
    const stderr = 'RTNETLINK answers: File exists\nmore\n';
    const error = errorOf({ stdout: 'patchbay: failed 1\n', stderr });
    assert.equal(error.code, 'command-failed');
    assert.equal(
      error.message,
      `Creating pod web on cbr0 failed at \`ip link add 'x y'\`: RTNETLINK answers: File exists. Everything was taken back.`,
    );
    assert.equal(error.detail, stderr.trim());
    assert.equal(error.hint, undefined);
  });

  it('tells when nothing was changed, or when what was done stands', () => {
    assert.match(errorOf({ stdout: 'patchbay: failed 0\n' }).message, /Nothing was changed\.$/);
    const error = errorOf({ stdout: 'patchbay: failed 1\n' }, deletion);
    assert.match(
      error.message,
      /^Deleting pod web failed at .*: it gave no reason\. What was done before it stands\.$/,
    );
  });

  it('tells which undo failed', () => {
    const error = errorOf({ stdout: 'patchbay: kept 0\npatchbay: failed 1\n', stderr: 'no\nbusy\n' });
    assert.match(error.message, /: no\. Taking it back failed at `ip netns del web`\.$/);
    assert.match(error.hint ?? '', /by hand/);
  });

  it('does not claim to know how a plan went whose end was not heard', () => {
    const error = errorOf({ stdout: 'patchbay: kept 0\n', exitCode: null });
    assert.equal(error.code, 'connection-lost');
    assert.match(error.hint ?? '', /Reconnect/);
    assert.equal(errorOf({ stdout: 'patchbay: o', exitCode: null }).code, 'connection-lost');
  });

  it('tells when the shell itself did not start', () => {
    const error = errorOf({ stderr: 'sudo: a password is required\n' });
    assert.equal(error.code, 'command-failed');
    assert.match(
      error.message,
      /failed before its first command: sudo: a password is required \(exit code 1\)/,
    );
  });

  it('keeps control characters of the node out of its sentence', () => {
    const error = errorOf({ stdout: 'patchbay: failed 1\n', stderr: '\u001b[31mred\u0007\n' });
    assert.match(error.message, /: \[31mred\. /);
  });
});
