/** A real VS Code, driven the way a person drives it: keyboard, mouse, and what can be read on the screen. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Frame, FrameLocator, Locator, Page } from 'playwright-core';
import { projectRoot } from '../../scripts/paths.ts';
import { quietSettings } from '../harness/quietSettings.ts';
import {
  startVsCodeServer,
  type Settings,
  type VsCodeServer,
  type VsCodeServerOptions,
} from '../harness/vsCodeServer.ts';
import { openWorkbenchPage, type WorkbenchPage } from '../harness/workbenchPage.ts';
import { QuickInput } from './quickInput.ts';
import { TreeView } from './treeView.ts';
import { defaultTimeoutMs, matches, waitFor } from './waitFor.ts';

const themes = {
  dark: 'Dark Modern',
  light: 'Light Modern',
  'high contrast dark': 'Default High Contrast',
  'high contrast light': 'Default High Contrast Light',
} as const;

export interface WorkbenchOptions {
  theme?: keyof typeof themes;
  settings?: Settings;
  /** Opened as the workspace. Default: no folder. */
  folder?: string;
  /** Reaches the extension host. */
  env?: NodeJS.ProcessEnv;
  viewport?: { width: number; height: number };
  /** Px of the device for each px of the page; 1 where absent. */
  scale?: number;
  /** Default: VS Code trusts every folder without asking. */
  trustWorkspaces?: boolean;
  /** A folder of installed extensions, instead of this project as it was built last. */
  extensionsDir?: string;
}

const open = new Set<Workbench>();

/** The workbenches that have not been disposed yet. */
export function openWorkbenches(): Workbench[] {
  return [...open];
}

/** What a VS Code is started with, again and again. */
interface Start {
  /** Holds the profile; removed at the end. */
  readonly temporary: string;
  readonly server: VsCodeServerOptions;
  readonly folder: string | undefined;
}

export class Workbench implements AsyncDisposable {
  readonly #start: Start;
  #server: VsCodeServer;
  readonly #workbenchPage: WorkbenchPage;
  /** For what this driver has no words for. */
  readonly page: Page;
  /** Command palette, quick picks, input boxes. */
  readonly quickInput: QuickInput;

  private constructor(start: Start, server: VsCodeServer, workbenchPage: WorkbenchPage) {
    this.#start = start;
    this.#server = server;
    this.#workbenchPage = workbenchPage;
    this.page = workbenchPage.page;
    this.page.setDefaultTimeout(defaultTimeoutMs);
    this.quickInput = new QuickInput(this.page);
    open.add(this);
  }

  /** Starts a VS Code of its own, with a profile of its own, and resolves when it is drawn. */
  static async open(options: WorkbenchOptions = {}): Promise<Workbench> {
    const { theme = 'dark', folder, viewport, scale } = options;
    const temporary = await mkdtemp(join(tmpdir(), 'patchbay-profile-'));
    const start: VsCodeServerOptions = {
      settings: {
        ...quietSettings,
        'workbench.colorTheme': themes[theme],
        // Sticky rows lie over the rows that a test wants to click.
        'workbench.tree.enableStickyScroll': false,
        'workbench.list.mouseWheelScrollSensitivity': 4,
        ...options.settings,
      },
      env: options.env,
      trustWorkspaces: options.trustWorkspaces,
      userDataDir: join(temporary, 'user-data'),
      extensionsDir: options.extensionsDir ?? join(temporary, 'extensions'),
    };
    const installed = options.extensionsDir === undefined ? projectRoot : undefined;
    const server = await startVsCodeServer({ ...start, installedExtension: installed });
    try {
      const page = await openWorkbenchPage(server, { folder, viewport, scale });
      return new Workbench({ temporary, server: { ...start, port: server.port }, folder }, server, page);
    } catch (error) {
      await server.dispose();
      throw error;
    }
  }

  /** Ends VS Code and starts it again with the same profile, as people do overnight; resolves when it is drawn again. */
  async restart(): Promise<void> {
    // In a browser, VS Code saves what it keeps every few seconds, and before it reloads; hardly while a page is left.
    await this.reload();
    await this.page.goto('about:blank');
    await this.#server.dispose();
    this.#server = await startVsCodeServer(this.#start.server);
    await this.page.goto(this.#server.url(this.#start.folder));
    await this.page.locator('.monaco-workbench .part.statusbar').waitFor();
  }

  /** Runs a command by its full title ("Patchbay: Create Pod…") through the command palette. */
  async runCommand(title: string): Promise<void> {
    await this.quickInput.runCommand(title);
  }

  /** Opens a view container by its title in the activity bar; one that is open stays so. */
  async openViewContainer(title: string): Promise<void> {
    const tab = this.page.locator('.part.activitybar').getByRole('tab', { name: title });
    await waitFor(`the side bar ${title}`, async () => {
      if ((await tab.getAttribute('aria-selected', { timeout: 5_000 })) === 'true') {
        return true;
      }
      await tab.click({ timeout: 5_000 });
      return undefined;
    });
  }

  /** A tree in the side bar, by the view's name. */
  tree(title: string): TreeView {
    return new TreeView(this.page, title);
  }

  /** The text of a view that welcomes instead of showing rows; its links are buttons. */
  welcomeView(): Locator {
    return this.page.locator('.part.sidebar .welcome-view-content');
  }

  /** The titles of the open editors, in order. */
  async editorTitles(): Promise<string[]> {
    return this.page.locator('.part.editor .tab .label-name').allInnerTexts();
  }

  /** Brings an editor to the front and returns its webview's page, which finds itself again after a reload. */
  async webview(editorTitle: string | RegExp): Promise<FrameLocator> {
    await this.#activateEditor(editorTitle);
    const name = await waitFor(`the webview of ${String(editorTitle)}`, async () => {
      return this.#activeWebviewName();
    });
    return this.page.frameLocator(`iframe.webview[name="${name}"]`).frameLocator('#active-frame');
  }

  /** Like `webview`, as a frame: for evaluating code in the page. It ends when the webview reloads. */
  async webviewFrame(editorTitle: string | RegExp): Promise<Frame> {
    const body = (await this.webview(editorTitle)).locator('body');
    return waitFor(`the frame of ${String(editorTitle)}`, async () => {
      const element = await body.elementHandle();
      return (await element.ownerFrame()) ?? undefined;
    });
  }

  /** What the notifications say, those in the corner and those behind the bell. */
  async notifications(): Promise<string[]> {
    return this.page.locator('.notification-list-item-message').allInnerTexts();
  }

  /** Waits for a notification and returns its text. */
  async waitForNotification(wanted: string | RegExp, timeoutMs = defaultTimeoutMs): Promise<string> {
    return waitFor(
      `the notification ${String(wanted)}`,
      async () => (await this.notifications()).find((text) => matches(text, wanted)),
      timeoutMs,
    );
  }

  /** Waits for a notification and presses one of its buttons. */
  async answerNotification(wanted: string | RegExp, button: string): Promise<void> {
    const text = await this.waitForNotification(wanted);
    const notification = this.page.locator('.notification-list-item', { hasText: text }).last();
    await notification.hover();
    await notification.getByRole('button', { name: button, exact: true }).click();
  }

  /** Waits for a modal dialog and returns its text, message and detail. */
  async dialogText(): Promise<string> {
    return this.page.locator('.monaco-dialog-box .dialog-message-container').innerText();
  }

  /** Waits for a modal dialog and presses one of its buttons. */
  async answerDialog(button: string): Promise<void> {
    const dialog = this.page.locator('.monaco-dialog-box');
    await dialog.getByRole('button', { name: button, exact: true }).click();
    await dialog.waitFor({ state: 'hidden' });
  }

  /** The texts in the status bar. */
  async statusBar(): Promise<string[]> {
    const texts = await this.page.locator('.part.statusbar .statusbar-item').allInnerTexts();
    return texts.map((text) => text.trim()).filter((text) => text !== '');
  }

  /** Reloads the window, and resolves when it is drawn again. */
  async reload(): Promise<void> {
    const left = this.page.waitForEvent('framenavigated', (frame) => frame === this.page.mainFrame());
    await this.quickInput.runCommand('Developer: Reload Window');
    await left;
    await this.page.locator('.monaco-workbench .part.statusbar').waitFor();
  }

  /** Saves a picture of the window as test/ui/screenshots/<name>.png and returns its path. */
  async screenshot(name: string): Promise<string> {
    const folder = join(projectRoot, 'test', 'ui', 'screenshots');
    await mkdir(folder, { recursive: true });
    const path = join(folder, `${name.replaceAll(/[^\w .-]+/g, '-')}.png`);
    await this.page.screenshot({ path, animations: 'disabled' });
    return path;
  }

  /** Errors of the extension's webviews so far; a test that ends with one has found something. */
  get webviewErrors(): readonly string[] {
    return this.#workbenchPage.webviewErrors;
  }

  /** The last lines that the workbench and its server logged, for an error message. */
  recentLog(): string {
    return `${this.#workbenchPage.recentLog()}\n${this.#server.recentOutput()}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.dispose();
  }

  /** Closes the browser, then ends VS Code and all it started. */
  async dispose(): Promise<void> {
    open.delete(this);
    await this.#workbenchPage.dispose();
    await this.#server.dispose();
    await rm(this.#start.temporary, { recursive: true, force: true });
  }

  async #activateEditor(title: string | RegExp): Promise<void> {
    const tabs = this.page.locator('.part.editor .tab');
    const tab = tabs.filter({ has: this.page.locator('.label-name', { hasText: title }) }).first();
    await waitFor(`the editor ${String(title)}`, async () => {
      if ((await tab.getAttribute('aria-selected', { timeout: 5_000 })) === 'true') {
        return true;
      }
      await tab.click({ timeout: 5_000 });
      return undefined;
    });
  }

  /** Webviews float above the editors: the active one is the one that lies over the active group. */
  async #activeWebviewName(): Promise<string | undefined> {
    const group = await this.page.locator('.editor-group-container.active .editor-container').boundingBox();
    if (!group) {
      return undefined;
    }
    const centre = { x: group.x + group.width / 2, y: group.y + group.height / 2 };
    for (const webview of await this.page.locator('iframe.webview.ready:visible').all()) {
      const box = await webview.boundingBox();
      if (box && contains(box, centre)) {
        return (await webview.getAttribute('name')) ?? undefined;
      }
    }
    return undefined;
  }
}

interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

function contains(box: Box, point: { x: number; y: number }): boolean {
  return (
    box.x <= point.x && point.x <= box.x + box.width && box.y <= point.y && point.y <= box.y + box.height
  );
}
