import { readFile } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';

/** The most memory that the children of this process had at once while `work` ran, in KiB; `except` is not counted. */
export async function peakOfChildrenKiB(
  except: ReadonlySet<number>,
  work: () => Promise<unknown>,
): Promise<number> {
  const done = new AbortController();
  let peak = 0;
  const watching = (async () => {
    while (!done.signal.aborted) {
      const pids = (await descendants(process.pid)).filter((pid) => !except.has(pid));
      const sizes = await Promise.all(pids.map(proportionalKiB));
      peak = Math.max(
        peak,
        sizes.reduce((sum, size) => sum + size, 0),
      );
      await setTimeout(2);
    }
  })();
  try {
    await work();
  } finally {
    done.abort();
    await watching;
  }
  return peak;
}

export async function descendants(pid: number): Promise<number[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
  const children = text.split(' ').filter(Boolean).map(Number);
  return [...children, ...(await Promise.all(children.map(descendants))).flat()];
}

/** Pages shared with others count in part (proc_pid_smaps(5)); 0 for a process that has ended. */
async function proportionalKiB(pid: number): Promise<number> {
  const text = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8').catch(() => '');
  return Number(/^Pss:\s+(\d+)/m.exec(text)?.[1] ?? 0);
}
