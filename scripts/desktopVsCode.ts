import { existsSync, realpathSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { downloadAndUnzipVSCode } from '@vscode/test-electron';
import { projectRoot } from './paths.ts';
import { findProgram } from './processes.ts';

export interface FindDesktopVsCodeOptions {
  /** How long a stalled download may take before it counts as "cannot be had". */
  downloadTimeoutMs: number;
}

/**
 * The program of a desktop VS Code: $PATCHBAY_VSCODE, else `code` on PATH, else a download that is kept in
 * .vscode-test/. Nothing where there is no display to show it on, or where none of them can be had.
 */
export async function findDesktopVsCode(options: FindDesktopVsCodeOptions): Promise<string | undefined> {
  const named = process.env['PATCHBAY_VSCODE'];
  if (named !== undefined) {
    return named;
  }
  if (!hasDisplay()) {
    return undefined;
  }
  const command = findProgram('code');
  return (command && programBehind(command)) ?? (await download(options.downloadTimeoutMs));
}

function hasDisplay(): boolean {
  return (
    process.platform !== 'linux' || Boolean(process.env['DISPLAY']) || Boolean(process.env['WAYLAND_DISPLAY'])
  );
}

/**
 * `code` is a script that hands over to the program and returns at once. The program lies beside its folder:
 * share/code/bin/code → share/code/code; on macOS Contents/Resources/app/bin/code → Contents/MacOS/Electron.
 */
function programBehind(command: string): string | undefined {
  const folder = resolve(realpathSync(command), '..', '..');
  const candidates = [
    join(folder, 'code'),
    join(folder, 'Code.exe'),
    join(folder, '..', '..', 'MacOS', 'Electron'),
    join(folder, '..', '..', 'MacOS', 'Code'),
  ];
  return candidates.find((candidate) => existsSync(candidate));
}

async function download(timeout: number): Promise<string | undefined> {
  try {
    return await downloadAndUnzipVSCode({ extensionDevelopmentPath: projectRoot, timeout });
  } catch (error) {
    console.log(
      `Desktop VS Code cannot be downloaded: ${error instanceof Error ? error.message : String(error)}`,
    );
    return undefined;
  }
}
