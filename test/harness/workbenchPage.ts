import type { Browser, ConsoleMessage, Page } from 'playwright-core';
import { launchChromium } from './chromium.ts';
import { RecentLines } from './recentLines.ts';
import type { VsCodeServer } from './vsCodeServer.ts';

export interface WorkbenchPageOptions {
  folder?: string | undefined;
  viewport?: { width: number; height: number } | undefined;
  /** Px of the device for each px of the page; 1 where absent. */
  scale?: number | undefined;
  /** How long the workbench may take to draw itself. */
  startTimeoutMs?: number | undefined;
}

export interface WorkbenchPage extends AsyncDisposable {
  readonly browser: Browser;
  readonly page: Page;
  /** Settles with the exit code when the extension host has run its tests. */
  readonly testsEnded: Promise<number>;
  /** Rejects when the page, the browser or the server is gone before `dispose`; never resolves. */
  readonly broken: Promise<never>;
  /** Errors of the extension's webviews: uncaught ones, console.error, refused by the content security policy. */
  readonly webviewErrors: readonly string[];
  /** The last lines the workbench logged, for an error message. */
  recentLog(): string;
  dispose(): Promise<void>;
}

/** Opens VS Code in a new headless Chromium and resolves when the workbench is drawn. */
export async function openWorkbenchPage(
  server: VsCodeServer,
  options: WorkbenchPageOptions = {},
): Promise<WorkbenchPage> {
  const browser = await launchChromium();
  const { viewport = { width: 1600, height: 900 }, scale = 1 } = options;
  const page = await browser.newPage({ viewport, deviceScaleFactor: scale });
  const log = new RecentLines(200);
  const webviewErrors: string[] = [];
  page.on('console', (message) => {
    log.add(`[${message.type()}] ${withoutStyles(message.text())}\n`);
    if (message.type() === 'error' && isFromWebview(message)) {
      webviewErrors.push(message.text());
    }
  });
  page.on('pageerror', (error) => {
    const stack = error.stack ?? error.message;
    log.add(`[uncaught] ${stack}\n`);
    if (webviewAddress.test(stack) || !stack.includes('/static/out/')) {
      webviewErrors.push(error.message);
    }
  });

  const tests = Promise.withResolvers<number>();
  await page.exposeFunction('codeAutomationExit', (code: number) => tests.resolve(code));
  await page.exposeFunction('codeAutomationLog', () => undefined);

  const broken = Promise.withResolvers<never>();
  broken.promise.catch(() => undefined);
  page.on('crash', () => broken.reject(new Error('The page with VS Code crashed.')));
  page.on('close', () => broken.reject(new Error('The page with VS Code was closed.')));
  void server.ended.then(() => broken.reject(new Error(`VS Code's server ended:\n${server.recentOutput()}`)));

  const dispose = () => browser.close();
  try {
    const timeout = options.startTimeoutMs ?? 120_000;
    const drawn = page
      .goto(server.url(options.folder), { timeout })
      .then(() => page.locator('.monaco-workbench .part.statusbar').waitFor({ timeout }));
    await Promise.race([drawn, broken.promise]);
  } catch (error) {
    await dispose();
    throw new Error(`VS Code did not open.\n${log.toString()}\n${server.recentOutput()}`, { cause: error });
  }
  return {
    browser,
    page,
    testsEnded: tests.promise,
    broken: broken.promise,
    webviewErrors,
    recentLog: () => log.toString(),
    dispose,
    [Symbol.asyncDispose]: dispose,
  };
}

/** VS Code styles its log: `%c INFO color: #33f Something`. */
function withoutStyles(text: string): string {
  return text.replaceAll('%c', '').replaceAll(/color: [#\w]*/g, '');
}

/** A webview's files come from an origin of their own; scripts and styles within its HTML have no address at all. */
function isFromWebview(message: ConsoleMessage): boolean {
  const { url } = message.location();
  return url === '' ? !message.text().includes('when fetching the script') : webviewAddress.test(url);
}

const webviewAddress = /\.vscode-resource\.|\/webview\/browser\/pre\//;
