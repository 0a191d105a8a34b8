import { existsSync, readFileSync } from 'node:fs';
import { SourceMap, type SourceMapping } from 'node:module';
import { dirname, relative, resolve } from 'node:path';

/**
 * Makes stack traces of a bundle name the lines of its sources. Node.js can do so itself, but not in an
 * extension host, where VS Code has taken over how stacks are written.
 */
export function createStackMapper(bundle: string): (stack: string) => string {
  const mapFile = `${bundle}.map`;
  if (!existsSync(mapFile)) {
    return (stack) => stack;
  }
  const map = new SourceMap(
    JSON.parse(readFileSync(mapFile, 'utf8')) as ConstructorParameters<typeof SourceMap>[0],
  );
  return (stack) =>
    stack.replaceAll(/([^\s()]+):(\d+):(\d+)/g, (place, file: string, line: string, column: string) => {
      const entry =
        resolve(file) === bundle ? map.findEntry(Number(line) - 1, Number(column) - 1) : undefined;
      if (!isMapping(entry)) {
        return place;
      }
      const source = relative(process.cwd(), resolve(dirname(bundle), entry.originalSource));
      return `${source}:${entry.originalLine + 1}:${entry.originalColumn + 1}`;
    });
}

/** For a place that has no source, `findEntry` answers with an empty object. */
function isMapping(entry: object | undefined): entry is SourceMapping {
  return entry !== undefined && 'originalSource' in entry;
}
