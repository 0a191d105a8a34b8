import { join, resolve } from 'node:path';

/** The folder of package.json. */
export const projectRoot = resolve(import.meta.dirname, '..');

/** What the scripts download or keep between runs; git-ignored, safe to delete at any time. */
export const cacheDir = join(projectRoot, '.cache');
