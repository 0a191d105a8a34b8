/** Writes docs/*.schema.json from the types they describe; a test holds them equal. */
import { writeFile } from 'node:fs/promises';
import { createGenerator } from 'ts-json-schema-generator';

/** The published schemas, and the type that each is made from. */
const published = {
  'docs/inspect.schema.json': { path: 'src/topology/topology.ts', type: 'Topology' },
  'docs/trace.schema.json': { path: 'src/trace/trace.ts', type: 'Trace' },
} as const;

/** Path → text of every published schema. */
export function renderSchemas(): Map<string, string> {
  return new Map(
    Object.entries(published).map(([file, { path, type }]) => {
      const schema = createGenerator({
        path,
        type,
        tsconfig: 'tsconfig.json',
        skipTypeCheck: true,
      }).createSchema(type);
      return [file, `${JSON.stringify(schema, null, 2)}\n`];
    }),
  );
}

if (import.meta.main) {
  for (const [file, text] of renderSchemas()) {
    await writeFile(file, text);
  }
}
