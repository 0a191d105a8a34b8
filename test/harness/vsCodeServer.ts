/** VS Code served on 127.0.0.1 to a browser: the real workbench and a real extension host, without a desktop. */
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { ensureCodeServer } from '../../scripts/codeServer.ts';
import type { ProcessEnd } from '../../scripts/processes.ts';
import { startProcessGroup } from '../../scripts/processGroup.ts';
import { registerForSignal } from '../../scripts/signals.ts';
import { RecentLines } from './recentLines.ts';

export type Settings = Readonly<Record<string, unknown>>;

export interface VsCodeServerOptions {
  /** A folder with an extension that counts as installed: VS Code behaves as it does for its user. */
  installedExtension?: string | undefined;
  /**
   * A folder with an extension under development, for tests inside the extension host. VS Code then runs in its
   * test mode, in which notifications do not pop up.
   */
  extensionDevelopmentPath?: string | undefined;
  /** A CommonJS module whose `run()` is called in the extension host; its end ends the page's run. */
  extensionTestsPath?: string | undefined;
  /** Kept when given; otherwise a temporary folder, removed at the end. */
  userDataDir?: string | undefined;
  /** Kept when given; otherwise a temporary folder, removed at the end. */
  extensionsDir?: string | undefined;
  /** Added to this process' environment; reaches the extension host. */
  env?: NodeJS.ProcessEnv | undefined;
  /** User settings for a new profile; a profile that has settings keeps its own. */
  settings?: Settings | undefined;
  /** Whether new folders are trusted without being asked. Default: yes. */
  trustWorkspaces?: boolean | undefined;
  /** Whether extensions can be looked for on the internet. Default: no. */
  extensionGallery?: boolean | undefined;
  /** Default: a free one. */
  port?: number | undefined;
  /** Everything the server prints, as it comes. */
  onOutput?: ((text: string) => void) | undefined;
}

export interface VsCodeServer extends AsyncDisposable {
  readonly port: number;
  /** The address that opens VS Code, token and all. */
  url(folder?: string): string;
  /** The last lines the server printed, for an error message. */
  recentOutput(): string;
  /** Settles when the server's process ends, asked or not. */
  readonly ended: Promise<ProcessEnd>;
  /** Ends the server and all it started, and removes the temporary folders. Safe to call twice. */
  dispose(): Promise<void>;
}

/** Starts VS Code's server and resolves when it listens; rejects with its output when it does not come to that. */
export async function startVsCodeServer(options: VsCodeServerOptions = {}): Promise<VsCodeServer> {
  const { serverMain } = await ensureCodeServer((line) => options.onOutput?.(`${line}\n`));
  const temporary = await mkdtemp(join(tmpdir(), 'patchbay-vscode-'));
  const folders = {
    userDataDir: resolve(options.userDataDir ?? join(temporary, 'user-data')),
    extensionsDir: resolve(options.extensionsDir ?? join(temporary, 'extensions')),
    serverDataDir: join(temporary, 'server-data'),
    tokenFile: join(temporary, 'token'),
  };
  await prepareProfile(options, folders);
  const token = randomBytes(24).toString('hex');
  // In a file of its own: a command line can be read by everybody on the machine.
  await writeFile(folders.tokenFile, token, { mode: 0o600 });
  const output = new RecentLines(200);
  const listening = watchForPort();
  const group = await startProcessGroup(process.execPath, [serverMain, ...serverFlags(options, folders)], {
    env: {
      ...withoutVsCodeVariables(process.env),
      ...(options.extensionGallery ? {} : { EXTENSIONS_GALLERY: '{}' }),
      ...options.env,
    },
    // The extension host is not among them: extensions get their time to deactivate.
    disposable: /--type=(fileWatcher|ptyHost|agentHost)\b/,
    onOutput: (text) => {
      output.add(text);
      listening.read(text);
      options.onOutput?.(text);
    },
  });
  void group.ended.then(() => listening.giveUp('it ended'));
  const disposeOnce = async () => {
    await group.dispose();
    await rm(temporary, { recursive: true, force: true, maxRetries: 3 });
    unregister();
  };
  let disposing: Promise<void> | undefined;
  const dispose = () => (disposing ??= disposeOnce());
  const unregister = registerForSignal(dispose);
  try {
    const port = await listening.port;
    return {
      port,
      url: (folder) => workbenchUrl({ ...options, port, token, folder }),
      recentOutput: () => output.toString(),
      ended: group.ended,
      dispose,
      [Symbol.asyncDispose]: dispose,
    };
  } catch (error) {
    await dispose();
    throw new Error(`VS Code's server does not listen: ${String(error)}\n${output.toString()}`, {
      cause: error,
    });
  }
}

interface ProfileFolders {
  userDataDir: string;
  extensionsDir: string;
  serverDataDir: string;
  tokenFile: string;
}

function serverFlags(options: VsCodeServerOptions, folders: ProfileFolders): string[] {
  const isDevelopment = Boolean(options.extensionDevelopmentPath ?? options.extensionTestsPath);
  return [
    ...[
      '--host',
      '127.0.0.1',
      '--port',
      String(options.port ?? 0),
      '--connection-token-file',
      folders.tokenFile,
    ],
    ...['--user-data-dir', folders.userDataDir, '--extensions-dir', folders.extensionsDir],
    ...['--server-data-dir', folders.serverDataDir, '--accept-server-license-terms'],
    ...['--disable-telemetry', '--disable-update-check', '--disable-getting-started-override'],
    ...(options.trustWorkspaces === false ? [] : ['--disable-workspace-trust']),
    // Without it a built VS Code ignores the extension under development.
    ...(isDevelopment ? ['--enable-smoke-test-driver'] : []),
  ];
}

interface PortWatch {
  readonly port: Promise<number>;
  /** Takes what the server prints, piece by piece. */
  read(text: string): void;
  giveUp(reason: string): void;
}

/** The server says where it listens; when it cannot, it says so too, and stays. */
function watchForPort(): PortWatch {
  const { promise, resolve: found, reject } = Promise.withResolvers<number>();
  let seen = '';
  return {
    port: promise,
    read: (text) => {
      seen = (seen + text).slice(-10_000);
      const port = /Extension host agent listening on (\d+)/.exec(seen)?.[1];
      const error = /Error: (listen E.*)/.exec(seen)?.[1];
      if (port !== undefined) {
        found(Number(port));
      } else if (error !== undefined) {
        reject(new Error(error));
      }
    },
    giveUp: (reason) => reject(new Error(reason)),
  };
}

async function prepareProfile(options: VsCodeServerOptions, folders: ProfileFolders): Promise<void> {
  if (options.settings) {
    await writeSettings(folders.userDataDir, options.settings);
  }
  if (options.installedExtension !== undefined) {
    await linkExtension(folders.extensionsDir, resolve(options.installedExtension));
  }
}

interface WorkbenchUrlOptions extends Pick<
  VsCodeServerOptions,
  'extensionDevelopmentPath' | 'extensionTestsPath'
> {
  port: number;
  token: string;
  folder: string | undefined;
}

function workbenchUrl(options: WorkbenchUrlOptions): string {
  const authority = `127.0.0.1:${options.port}`;
  const url = new URL(`http://${authority}/`);
  url.searchParams.set('tkn', options.token);
  if (options.folder !== undefined) {
    url.searchParams.set('folder', resolve(options.folder));
  }
  const payload = (['extensionDevelopmentPath', 'extensionTestsPath'] as const).flatMap((key) => {
    const path = options[key];
    return path === undefined ? [] : [[key, `vscode-remote://${authority}${encodeURI(resolve(path))}`]];
  });
  if (payload.length > 0) {
    url.searchParams.set('payload', JSON.stringify(payload));
  }
  return url.href;
}

async function writeSettings(userDataDir: string, settings: Settings): Promise<void> {
  const folder = join(userDataDir, 'User');
  await mkdir(folder, { recursive: true });
  const text = JSON.stringify(settings, undefined, 2);
  await writeFile(join(folder, 'settings.json'), text, { flag: 'wx' }).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') {
      throw error;
    }
  });
}

/** VS Code takes a folder among its extensions for installed, and a link for a folder. */
async function linkExtension(extensionsDir: string, folder: string): Promise<void> {
  const manifest = await readFile(join(folder, 'package.json'), 'utf8');
  const { publisher, name, version } = JSON.parse(manifest) as Record<
    'publisher' | 'name' | 'version',
    string
  >;
  await mkdir(extensionsDir, { recursive: true });
  await symlink(folder, join(extensionsDir, `${publisher}.${name}-${version}`));
}

/** A VS Code started from another VS Code's terminal must not take itself for a part of that one. */
function withoutVsCodeVariables(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !/^(VSCODE|ELECTRON)_/.test(name)));
}
