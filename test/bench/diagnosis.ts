/**
 * `npm run bench:diagnosis`: every fault on a node of its own, and what is made of it, as a table. Needs root. With `--fault NAME`
 * one alone, as a line of JSON: so it is run under another kernel.
 */
import { parseArgs } from 'node:util';
import { passes, runFault, type Result } from '../node/diagnosis/diagnose.ts';
import { faults, vlanFault, type Fault } from '../node/diagnosis/faults.ts';
import { hasUserModeLinux, runInGuest } from '../node/support/userModeLinux.ts';

interface Row {
  readonly fault: string;
  readonly place: string;
  readonly cause: string;
  readonly mend: string;
  readonly again: string;
}

const mark = (right: boolean): string => (right ? 'right' : 'WRONG');

function rowOf({ fault, broken, places, mended }: Result): Row {
  const [cause] = broken.causes;
  return {
    fault: fault.name,
    place: mark(places.includes(fault.place)),
    cause: cause?.rule === fault.rule ? cause.rule : `WRONG: ${cause?.rule ?? 'none'}`,
    mend: cause?.mend ? `${cause.mend.steps.length} commands` : 'none',
    again: mended && passes(mended) ? 'passes' : 'FAILS',
  };
}

/** What this kernel cannot do is said, not left out. */
async function tryFault(fault: Fault): Promise<Row> {
  try {
    return rowOf(await runFault(fault));
  } catch (error) {
    const [reason = ''] = String(error).split('\n');
    return { fault: fault.name, place: '–', cause: `cannot be made here: ${reason}`, mend: '–', again: '–' };
  }
}

/** Under a kernel that has what this machine's may lack. */
async function tryFaultInGuest(fault: Fault): Promise<Row> {
  const { output } = await runInGuest([process.execPath, import.meta.filename, '--fault', fault.name]);
  const line = output.split('\n').findLast((candidate) => candidate.startsWith('{"fault":'));
  if (line === undefined) {
    throw new Error(`The guest told nothing of it:\n${output}`);
  }
  return JSON.parse(line) as Row;
}

async function printTable(): Promise<void> {
  const rows: Row[] = [];
  const keep = (row: Row): void => {
    rows.push(row);
    process.stderr.write('.');
  };
  for (const fault of faults) {
    keep(await tryFault(fault));
  }
  keep(await (hasUserModeLinux() ? tryFaultInGuest(vlanFault) : tryFault(vlanFault)));
  process.stderr.write('\n');
  console.table(rows);
  const right = rows.filter(({ again }) => again === 'passes').length;
  console.log(`${right} of ${rows.length}: right place, right cause, and the same probe passes once mended.`);
}

const { values } = parseArgs({ options: { fault: { type: 'string' } } });
if (values.fault === undefined) {
  await printTable();
} else {
  const fault = [...faults, vlanFault].find(({ name }) => name === values.fault);
  if (!fault) {
    throw new Error(`There is no fault ${JSON.stringify(values.fault)}.`);
  }
  console.log(JSON.stringify(await tryFault(fault)));
}
