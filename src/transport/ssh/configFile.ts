/** Reads ssh_config files (ssh_config(5)) into blocks of settings. Runs nothing that a file names. */
import { readFile, readdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { LineType, parse, type Line } from 'ssh-config';
import { PatchbayError } from '../../util/errors.ts';
import { matchesPattern } from './patterns.ts';

/** What has to hold for a block to apply: each Host or Match line on the way to it, outermost first. */
export interface ConfigCondition {
  readonly kind: 'host' | 'match';
  readonly words: readonly string[];
}

/** One setting, lower-case keyword, with the conditions it stands under. */
export interface ConfigSetting {
  readonly keyword: string;
  readonly values: readonly string[];
  readonly conditions: readonly ConfigCondition[];
}

/** OpenSSH's own limit (readconf.c, READCONF_MAX_DEPTH). */
const maxIncludeDepth = 16;

/**
 * Reads a file and what it includes, as settings in the order OpenSSH sees them. A missing file holds none;
 * one that cannot be read or parsed rejects with `bad-file`.
 */
export async function readConfigFile(file: string): Promise<ConfigSetting[]> {
  return await readSettings(file, { base: path.dirname(file), conditions: [], depth: 0 });
}

interface Place {
  /** Where relative Include paths start: ~/.ssh for a user's file, /etc/ssh for the system's. */
  readonly base: string;
  readonly conditions: readonly ConfigCondition[];
  readonly depth: number;
}

async function readSettings(file: string, place: Place): Promise<ConfigSetting[]> {
  return await settingsOf(parseConfig(await readOptional(file), file), place);
}

async function settingsOf(lines: readonly Line[], place: Place): Promise<ConfigSetting[]> {
  const settings: ConfigSetting[] = [];
  for (const line of lines) {
    if (line.type === LineType.DIRECTIVE) {
      settings.push(...(await settingsOfLine(line, place)));
    }
  }
  return settings;
}

async function settingsOfLine(line: Directive, place: Place): Promise<ConfigSetting[]> {
  const keyword = line.param.toLowerCase();
  const values = wordsOf(line);
  if ((keyword === 'host' || keyword === 'match') && 'config' in line) {
    const conditions = [...place.conditions, { kind: keyword, words: values } as const];
    const own = { keyword, values, conditions };
    return [own, ...(await settingsOf(line.config, { ...place, conditions }))];
  }
  if (keyword === 'include') {
    return await included(values, place);
  }
  return [{ keyword, values, conditions: place.conditions }];
}

type Directive = Extract<Line, { param: string }>;

function wordsOf(line: Directive): string[] {
  return typeof line.value === 'string' ? [line.value] : line.value.map((word) => word.val);
}

async function included(patterns: readonly string[], place: Place): Promise<ConfigSetting[]> {
  if (place.depth >= maxIncludeDepth) {
    throw badConfig(place.base, 'its Include lines go round in a circle');
  }
  const settings: ConfigSetting[] = [];
  for (const pattern of patterns) {
    for (const file of await expandGlob(path.resolve(place.base, expandHome(pattern)))) {
      settings.push(...(await readSettings(file, { ...place, depth: place.depth + 1 })));
    }
  }
  return settings;
}

/** Puts the home directory where a path starts with `~/`. */
export function expandHome(file: string): string {
  return file === '~' || /^~[/\\]/.test(file) ? path.join(homedir(), file.slice(1)) : file;
}

/** The files a path with `*` and `?` stands for, sorted as glob(3) does; a plain path stands for itself. */
async function expandGlob(pattern: string): Promise<string[]> {
  if (!/[*?]/.test(pattern)) {
    return [pattern];
  }
  const folders = await expandGlob(path.dirname(pattern));
  const found = await Promise.all(folders.map((folder) => matchesIn(folder, path.basename(pattern))));
  return found.flat();
}

async function matchesIn(folder: string, pattern: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => []);
  return names
    .filter((name) => matchesPattern(name, pattern) && name.startsWith('.') === pattern.startsWith('.'))
    .sort()
    .map((name) => path.join(folder, name));
}

async function readOptional(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') {
      return '';
    }
    throw badConfig(file, message);
  }
}

function parseConfig(text: string, file: string): readonly Line[] {
  try {
    return parse(text.replaceAll('\r\n', '\n'));
  } catch (error) {
    throw badConfig(file, (error as Error).message);
  }
}

function badConfig(file: string, why: string): PatchbayError {
  return new PatchbayError('bad-file', `The SSH configuration ${file} cannot be used: ${why}.`, {
    hint: 'Check the file with `ssh -G <host>`.',
  });
}
