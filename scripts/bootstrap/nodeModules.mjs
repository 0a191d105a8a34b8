import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Installs what package-lock.json names, unless it is there, and returns the path of the pinned Node.js. */
export function installNodeModules(projectRoot) {
  if (!isUpToDate(projectRoot)) {
    console.log('Installing the npm packages of package-lock.json …');
    run('npm', ['ci', '--no-audit', '--no-fund'], projectRoot);
  }
  return pinnedNode(projectRoot);
}

/**
 * npm writes node_modules/.package-lock.json when an install has gone through. The install is up to date when
 * that file and package-lock.json name the same packages; optional ones are for other systems and may be absent.
 */
function isUpToDate(projectRoot) {
  const wanted = lockedPackages(join(projectRoot, 'package-lock.json'));
  const installed = lockedPackages(join(projectRoot, 'node_modules', '.package-lock.json'));
  if (!wanted) {
    throw new Error('package-lock.json is missing: this is not a whole clone.');
  }
  return (
    installed !== undefined &&
    Object.keys(installed).every((path) => path in wanted) &&
    Object.entries(wanted).every(([path, { version, integrity, optional }]) => {
      const found = installed[path];
      return found ? found.version === version && found.integrity === integrity : path === '' || optional;
    })
  );
}

function lockedPackages(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages;
  } catch {
    return undefined;
  }
}

/** The `node` package gets its program from an install script, which some npm settings keep from running. */
function pinnedNode(projectRoot) {
  const folder = join(projectRoot, 'node_modules', 'node');
  const node = join(folder, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  if (!runs(node)) {
    run(process.execPath, ['installArchSpecificPackage.js'], folder);
  }
  if (!runs(node)) {
    throw new Error(`The pinned Node.js does not run on this system (${process.platform} ${process.arch}).`);
  }
  return node;
}

function runs(node) {
  return spawnSync(node, ['--version']).status === 0;
}

function run(file, args, cwd) {
  const { status, error } = spawnSync(file, args, {
    cwd,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  if (status !== 0) {
    throw new Error(`${file} ${args.join(' ')} failed${error ? `: ${error.message}` : ''}`);
  }
}
