import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { ensureCodeServer } from '../../scripts/codeServer.ts';
import { readProcess } from '../../scripts/processes.ts';

/**
 * Installs a .vsix as a user does, into a folder of extensions that a VS Code can then be started with
 * (`extensionsDir`). Rejects with what VS Code says when it refuses the package.
 */
export async function installVsix(vsix: string, extensionsDir: string): Promise<void> {
  const { serverMain } = await ensureCodeServer();
  const temporary = await mkdtemp(join(tmpdir(), 'patchbay-install-'));
  try {
    await readProcess(process.execPath, [
      serverMain,
      ...['--install-extension', resolve(vsix), '--force', '--accept-server-license-terms'],
      ...['--extensions-dir', resolve(extensionsDir)],
      ...[
        '--server-data-dir',
        join(temporary, 'server-data'),
        '--user-data-dir',
        join(temporary, 'user-data'),
      ],
    ]);
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}
