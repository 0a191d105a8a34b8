/**
 * Shows the panel's real bundle in headless Chromium without VS Code: its content security policy, a theme's variables
 * and a stand-in for `acquireVsCodeApi` are as in a webview. For screenshots, tests and benches.
 */
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import type {
  FromPanel,
  PageRequest,
  PageResponse,
  Selection,
  ToPanel,
} from '../../../src/protocol/messages.ts';
import { panelHtml } from '../../../src/views/panel/panelHtml.ts';
import { themes, type ThemeName } from './themes.ts';

export interface PanelOptions {
  readonly theme?: ThemeName;
  readonly width?: number;
  readonly height?: number;
  readonly reducedMotion?: boolean;
  /** As where the system forces its own few colours on every page. */
  readonly forcedColors?: boolean;
  /** Px of the device for each px of the page; 1 where absent. */
  readonly scale?: number;
  /** Directive replaced in the policy, to see the page where a webview forgot it. */
  readonly workerSource?: string;
  /** Another directory than the project's own for panel.js and style.css. */
  readonly bundle?: string;
}

/** What VS Code gives to a webview's page, and what it keeps for it. Runs in the page before its own script. */
const standIn = `
  const kept = sessionStorage.getItem('state');
  const api = {
    sent: [],
    postMessage: (message) => { api.sent.push(structuredClone(message)); },
    getState: () => (kept === null ? undefined : JSON.parse(kept)),
    setState: (state) => { sessionStorage.setItem('state', JSON.stringify(state)); },
  };
  let taken = false;
  window.acquireVsCodeApi = () => {
    if (taken) { throw new Error('An instance of the VS Code API has already been acquired'); }
    taken = true;
    return api;
  };
  window.harness = api;
  window.violations = [];
  document.addEventListener('securitypolicyviolation', (event) => {
    window.violations.push(event.violatedDirective + ' ' + event.blockedURI);
  });
`;

/** Gives the page a theme in place of the one that it has, as VS Code does. */
function dress(theme: ThemeName): string {
  const { bodyClass, variables } = themes[theme];
  return `
  document.documentElement.style.cssText = '';
  for (const [name, value] of Object.entries(${JSON.stringify(variables)})) {
    document.documentElement.style.setProperty(name, value);
  }
  document.body.className = '${bodyClass}';
`;
}

/** The document as the extension host writes it, with VS Code's part before the page's own script. */
function pageText(theme: ThemeName, workerSource: string, origin: string): string {
  const nonce = randomBytes(16).toString('base64');
  const assets = { cspSource: origin, script: 'panel.js', style: 'style.css' };
  const document = panelHtml(assets, { nonce, language: 'en', title: 'Topology' });
  const before = `<body>
<script nonce="${nonce}">${standIn}${dress(theme)}</script>`;
  return document.replace('<body>', before).replace('worker-src blob:', `worker-src ${workerSource}`);
}

async function serve(options: PanelOptions): Promise<{ server: Server; origin: string }> {
  const files: Readonly<Record<string, string>> = {
    '/panel.js': 'text/javascript',
    '/style.css': 'text/css',
  };
  const server = createServer((request, response) => {
    const path = request.url ?? '/';
    const type = files[path];
    if (type === undefined) {
      const origin = `http://${request.headers.host ?? ''}`;
      response.setHeader('content-type', 'text/html; charset=utf-8');
      response.end(
        path === '/' ? pageText(options.theme ?? 'dark', options.workerSource ?? 'blob:', origin) : '',
      );
      return;
    }
    readFile(join(options.bundle ?? 'dist/webview', path.slice(1))).then(
      (content) => response.setHeader('content-type', `${type}; charset=utf-8`).end(content),
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return { server, origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` };
}

/** One panel on screen. `errors` are uncaught errors, console errors and policy violations. */
export class PanelPage {
  readonly page: Page;
  readonly errors: string[] = [];
  readonly #context: BrowserContext;
  readonly #server: Server;
  #asked = 0;

  private constructor(page: Page, context: BrowserContext, server: Server) {
    this.page = page;
    this.#context = context;
    this.#server = server;
    page.on('pageerror', (error) => this.errors.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') {
        this.errors.push(message.text());
      }
    });
    page.on('dialog', (dialog) => {
      this.errors.push(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
  }

  /** Opens a panel and waits until its page is ready. */
  static async open(browser: Browser, options: PanelOptions = {}): Promise<PanelPage> {
    const { server, origin } = await serve(options);
    const context = await browser.newContext({
      viewport: { width: options.width ?? 1440, height: options.height ?? 860 },
      deviceScaleFactor: options.scale ?? 1,
      locale: 'en-US',
      timezoneId: 'UTC',
      reducedMotion: options.reducedMotion === true ? 'reduce' : 'no-preference',
      forcedColors: options.forcedColors === true ? 'active' : 'none',
    });
    const page = await context.newPage();
    // What takes long on a machine that others work on, too, is no failure.
    page.setDefaultTimeout(60_000);
    const panel = new PanelPage(page, context, server);
    await page.goto(origin);
    await panel.waitForMessage('ready');
    return panel;
  }

  async send(...messages: readonly ToPanel[]): Promise<void> {
    await this.page.evaluate(
      `for (const data of ${JSON.stringify(messages)}) { window.postMessage(data, '*'); }`,
    );
  }

  /** All messages that the page has sent since it was loaded. */
  async sent(): Promise<readonly FromPanel[]> {
    return this.page.evaluate<readonly FromPanel[]>('window.harness.sent');
  }

  /** Asks something of the page, as the host does, and resolves with its answer. */
  async ask(request: PageRequest): Promise<PageResponse> {
    const id = ++this.#asked;
    const answer = `window.harness.sent.find(({ type, id }) => type === 'response' && id === ${id})`;
    await this.send({ type: 'request', id, ...request });
    await this.waitUntil(`${answer} !== undefined`);
    return this.page.evaluate<PageResponse>(answer);
  }

  async waitForMessage(type: FromPanel['type'], count = 1): Promise<void> {
    const enough = `window.harness.sent.filter((message) => message.type === ${JSON.stringify(type)}).length >= ${count}`;
    await this.waitUntil(enough);
  }

  /**
   * Waits until an expression is true in the page, for 20 s at most. (`waitForFunction` evaluates text again and again in the
   * page, which its policy forbids.)
   */
  async waitUntil(condition: string): Promise<void> {
    const met = await this.page.evaluate<boolean>(`new Promise((done) => {
      const startedAt = performance.now();
      const check = () => {
        if ((${condition}) || performance.now() - startedAt > 20_000) { done(Boolean(${condition})); } else { requestAnimationFrame(check); }
      };
      check();
    })`);
    if (!met) {
      throw new Error(`Not within 20 s: ${condition}. ${this.errors.join(' ')}`);
    }
  }

  /** Waits until a picture has been drawn. */
  async waitForPicture(): Promise<void> {
    await this.page.waitForSelector('.graph-host[data-items][data-sharp]:not(.blank)');
    await this.nextFrame();
  }

  /** Turns to another theme, and waits until all is painted in it: what waits until the page is idle, too. */
  async setTheme(theme: ThemeName): Promise<void> {
    await this.page.evaluate(dress(theme));
    await this.waitUntilAtRest();
  }

  /** Waits until nothing is left to be painted. */
  async waitUntilAtRest(): Promise<void> {
    await this.nextFrame();
    await this.page.waitForSelector('.graph-host[data-sharp], .graph-host.blank');
    await this.page.evaluate('new Promise((done) => requestIdleCallback(done, { timeout: 1_000 }))');
    await this.nextFrame();
  }

  /** Waits until what was asked for by now is painted. */
  async nextFrame(): Promise<void> {
    await this.page.evaluate(
      'new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))',
    );
  }

  /** An attribute of the graph in which it tells what its canvases show (webview/panel/graphFacts.ts). */
  async fact(name: string): Promise<string | null> {
    return this.page.getAttribute('.graph-host', `data-${name}`);
  }

  /** Where the middle of a thing is on the page. Selects it for a moment, as the host would. */
  async pointOf(selection: Selection): Promise<{ x: number; y: number }> {
    const before = await this.page.evaluate<Selection | null>(
      `(JSON.parse(sessionStorage.getItem('state') ?? '{}').selection ?? null)`,
    );
    const key = `${selection.kind}/${selection.id}`;
    await this.send({ type: 'select', selection, reveal: false });
    await this.page.waitForSelector(`.graph-host[data-selected="${key}"][data-selected-bounds]`);
    const [bounds = [], view = []] = await Promise.all(
      ['selected-bounds', 'view'].map(async (name) => (await this.fact(name))?.split(' ').map(Number)),
    );
    const host = await this.page.locator('.graph-host').boundingBox();
    await this.send({ type: 'select', selection: before, reveal: false });
    // A click comes before messages that are still waiting.
    const restored =
      before === null ? ':not([data-selected])' : `[data-selected="${before.kind}/${before.id}"]`;
    await this.page.waitForSelector(`.graph-host${restored}`);
    const [left = 0, top = 0, width = 0, height = 0] = bounds;
    const [x = 0, y = 0, k = 1] = view;
    return {
      x: (host?.x ?? 0) + (left + width / 2) * k + x,
      y: (host?.y ?? 0) + (top + height / 2) * k + y,
    };
  }

  /** Clicks on a thing in the picture, which must be in sight. */
  async click(selection: Selection): Promise<void> {
    const { x, y } = await this.pointOf(selection);
    await this.page.mouse.click(x, y);
  }

  /** Text of an element's own kind of label, for assertions. */
  async text(selector: string): Promise<string> {
    return (await this.page.textContent(selector)) ?? '';
  }

  async violations(): Promise<readonly string[]> {
    return this.page.evaluate<readonly string[]>('window.violations');
  }

  async close(): Promise<void> {
    await this.#context.close();
    await new Promise((done) => this.#server.close(done));
  }
}
