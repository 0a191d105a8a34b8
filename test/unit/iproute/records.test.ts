import assert from 'node:assert/strict';
import fc from 'fast-check';
import * as v from 'valibot';
import { parseRecords } from '../../../src/iproute/records.ts';

const schema = v.looseObject({ name: v.string() });

describe('parseRecords, of an array that is too long for one go', () => {
  const name = fc.oneof(
    fc.constantFrom('"', '\\', '\\"', ']', '}],[{', ',', '\\\\'),
    fc.string({ unit: 'grapheme' }),
  );
  const record = fc.record({
    name,
    more: fc.array(fc.record({ name })),
    pad: fc.constant('x'.repeat(9_000)),
  });

  it('reads what JSON.parse reads', () => {
    fc.assert(
      fc.property(
        fc.array(record, { minLength: 4, maxLength: 20 }),
        fc.constantFrom(0, 1),
        (records, indent) => {
          const json = JSON.stringify(records, null, indent);
          const parsed = parseRecords(schema, json);
          // As text: a difference of values this long is not to be printed.
          assert.ok(JSON.stringify(parsed.records, null, indent) === json);
          assert.equal(parsed.rejected, 0);
        },
      ),
      { numRuns: 100 },
    );
  });

  it('refuses what JSON.parse refuses', () => {
    const whole = JSON.stringify(Array.from({ length: 12 }, () => ({ name: 'x'.repeat(9_000) })));
    for (const broken of [
      whole.slice(0, -1),
      whole.slice(0, -2),
      whole.slice(1),
      `${whole}]`,
      `${whole},${whole}`,
      whole.replace('},{', '}{'),
      whole.replace('"name"', 'name'),
    ]) {
      assert.throws(() => JSON.parse(broken) as unknown, SyntaxError);
      assert.throws(() => parseRecords(schema, broken), SyntaxError);
    }
  });

  it('counts what does not fit', () => {
    const records = Array.from({ length: 12 }, (_, i) =>
      i % 3 === 0 ? { name: i } : { name: 'x'.repeat(9_000) },
    );
    assert.equal(parseRecords(schema, JSON.stringify(records)).rejected, 4);
  });
});
