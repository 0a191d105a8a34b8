/** `npm run bench:diagnosis`: every fault on a node of its own, and what is made of it, as a table. Needs root. */
import { passes, runFault, type Result } from '../node/diagnosis/diagnose.ts';
import { faults, vlanFault, type Fault } from '../node/diagnosis/faults.ts';

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

const rows: Row[] = [];
for (const fault of [...faults, vlanFault]) {
  const row = await tryFault(fault);
  rows.push(row);
  process.stderr.write('.');
}
process.stderr.write('\n');
console.table(rows);
const right = rows.filter(({ again }) => again === 'passes').length;
console.log(`${right} of ${rows.length}: right place, right cause, and the same probe passes once mended.`);
