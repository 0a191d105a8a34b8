/**
 * A whole VS Code that npm can install: the one inside the `code-server` package.
 * Only its `lib/vscode` is used, through VS Code's own server; code-server's wrapper never runs.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { access, copyFile, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { cacheDir } from './paths.ts';
import { readProcess } from './processes.ts';

/** 4.139.1 carries VS Code 1.139.1. To move on: change the version, run, and pin the integrity it names. */
const pinned = {
  version: '4.139.1',
  /** Raise it when `install` makes something else of the same package. */
  revision: 2,
  integrity:
    'sha512-fUYvJVdz4ZoVJfakGiGWXFMpF8K1ObsrpGvX17ZxNpKOzdNHs7lANT670JTr4ZhA8DnWqyvvmFG/d3HV9Yy6ew==',
} as const;

export interface CodeServer {
  /** The entry of VS Code's server, to be run by Node.js 24. */
  readonly serverMain: string;
}

/**
 * Installs VS Code's server into the cache unless it is there, and says where it is.
 * The folder appears by one rename at the end: what is there is whole. Install scripts never run.
 */
export async function ensureCodeServer(log: (line: string) => void = () => undefined): Promise<CodeServer> {
  const folder = join(cacheDir, `code-server-${pinned.version}-${pinned.revision}`);
  const installed = { serverMain: join(folder, 'lib', 'vscode', 'out', 'server-main.js') };
  if (!(await exists(folder))) {
    const startedAt = Date.now();
    log(`Installing VS Code (code-server ${pinned.version}) into .cache/ …`);
    await install(folder).catch((error: unknown) => {
      throw new Error(`VS Code (code-server ${pinned.version}) cannot be installed. ${String(error)}`, {
        cause: error,
      });
    });
    log(`Installed VS Code in ${((Date.now() - startedAt) / 1000).toFixed(0)} s.`);
  }
  return installed;
}

async function install(folder: string): Promise<void> {
  await mkdir(cacheDir, { recursive: true });
  await removeAbortedInstalls();
  const temporary = await mkdtemp(join(cacheDir, `${temporaryPrefix}${process.pid}-`));
  try {
    const unpacked = await unpack(temporary);
    const vscode = join(unpacked, 'lib', 'vscode');
    await installDependencies(vscode);
    await copyFile(spdlog, join(vscode, 'node_modules', '@vscode', 'spdlog', 'index.js'));
    await rename(unpacked, folder).catch(async (error: unknown) => {
      // Another process was faster; its install is as good as ours.
      if (!(await exists(folder))) {
        throw error;
      }
    });
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

async function unpack(temporary: string): Promise<string> {
  const spec = `code-server@${pinned.version}`;
  await readProcess('npm', ['pack', spec, '--pack-destination', temporary, '--ignore-scripts'], {
    cwd: temporary,
  });
  const tarball = join(temporary, `code-server-${pinned.version}.tgz`);
  const integrity = await sha512(tarball);
  if (integrity !== pinned.integrity) {
    throw new Error(`${spec} is not the package that was pinned: its integrity is ${integrity}`);
  }
  await readProcess('tar', ['-xzf', tarball, '-C', temporary]);
  return join(temporary, 'package');
}

/** Without its native part, VS Code would log nothing, and show no extension's log. */
const spdlog = join(import.meta.dirname, 'codeServer', 'spdlog.cjs');

/** The shipped shrinkwrap lacks one optional peer, which `npm ci` refuses unless peers are left alone. */
async function installDependencies(vscode: string): Promise<void> {
  const flags = ['--omit=dev', '--ignore-scripts', '--legacy-peer-deps', '--no-audit', '--no-fund'];
  await readProcess('npm', ['ci', ...flags], { cwd: vscode });
}

async function sha512(file: string): Promise<string> {
  const hash = createHash('sha512');
  await pipeline(createReadStream(file), hash);
  return `sha512-${hash.digest('base64')}`;
}

const temporaryPrefix = 'installing-';

async function removeAbortedInstalls(): Promise<void> {
  for (const name of await readdir(cacheDir)) {
    const pid = name.startsWith(temporaryPrefix) ? Number.parseInt(name.slice(temporaryPrefix.length)) : NaN;
    if (pid > 0 && !isRunning(pid)) {
      await rm(join(cacheDir, name), { recursive: true, force: true });
    }
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
