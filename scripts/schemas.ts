/** Writes docs/*.schema.json from the types and schemas they describe; a test holds them equal. */
import { writeFile } from 'node:fs/promises';
import { toJsonSchema } from '@valibot/to-json-schema';
import { createGenerator } from 'ts-json-schema-generator';
import { snapshotFileSchema } from '../src/iproute/snapshot.ts';

/** The published schemas, and the type that each is made from. */
const published = {
  'docs/inspect.schema.json': { path: 'src/topology/topology.ts', type: 'Topology' },
  'docs/diagnosis.schema.json': { path: 'src/topology/finding.ts', type: 'Diagnosis' },
  'docs/trace.schema.json': { path: 'src/trace/trace.ts', type: 'Trace' },
  'docs/verify.schema.json': { path: 'src/verify/verification.ts', type: 'Verification' },
} as const;

/** Path → text of every published schema. */
export function renderSchemas(): Map<string, string> {
  const generated = Object.entries(published).map(([file, { path, type }]): [string, object] => {
    const settings = { path, type, tsconfig: 'tsconfig.json', skipTypeCheck: true };
    return [file, createGenerator(settings).createSchema(type)];
  });
  return new Map(
    [...generated, ['docs/snapshot.schema.json', snapshotFileJsonSchema()] as const].map(([file, schema]) => [
      file,
      `${JSON.stringify(schema, null, 2)}\n`,
    ]),
  );
}

/** What is read tolerantly is published as it is written: a record that lacks a field gets the field's fallback. */
function snapshotFileJsonSchema(): object {
  return { title: 'A Patchbay recording (.patchbay.json)', ...toJsonSchema(snapshotFileSchema) };
}

if (import.meta.main) {
  for (const [file, text] of renderSchemas()) {
    await writeFile(file, text);
  }
}
