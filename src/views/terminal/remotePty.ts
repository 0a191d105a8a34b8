import * as vscode from 'vscode';
import type { RemoteTerminal, TerminalSize } from '../../transport/transport.ts';
import { describeError } from '../../util/errors.ts';
import { messageText } from '../text.ts';

/** VS Code tells the size of a terminal only once it is on screen. */
const usualSize: TerminalSize = { columns: 80, rows: 24 };

/** A terminal of VS Code whose shell runs on a node. What cannot be started says why in the terminal itself. */
export class RemotePty implements vscode.Pseudoterminal {
  readonly #start: (size: TerminalSize) => Promise<RemoteTerminal>;
  readonly #written = new vscode.EventEmitter<string>();
  readonly #closed = new vscode.EventEmitter<void>();
  readonly onDidWrite = this.#written.event;
  readonly onDidClose = this.#closed.event;
  #size = usualSize;
  #remote: RemoteTerminal | null = null;
  /** `over`: the node's side has ended and its last words are being read. */
  #state: 'open' | 'over' | 'closed' = 'open';

  constructor(start: (size: TerminalSize) => Promise<RemoteTerminal>) {
    this.#start = start;
  }

  open(size: vscode.TerminalDimensions | undefined): void {
    this.#size = size ?? usualSize;
    void this.#run();
  }

  close(): void {
    this.#state = 'closed';
    this.#remote?.dispose();
    this.#written.dispose();
    this.#closed.dispose();
  }

  setDimensions(size: vscode.TerminalDimensions): void {
    this.#size = size;
    this.#remote?.resize(size);
  }

  handleInput(data: string): void {
    if (this.#state === 'over') {
      this.#closed.fire();
    } else {
      this.#remote?.write(data);
    }
  }

  async #run(): Promise<void> {
    const askedFor = this.#size;
    try {
      this.#remote = await this.#start(askedFor);
      if (this.#isClosed()) {
        this.#remote.dispose();
        return;
      }
      const decoder = new TextDecoder();
      this.#remote.onData((chunk) => this.#write(decoder.decode(chunk, { stream: true })));
      if (this.#size !== askedFor) {
        this.#remote.resize(this.#size);
      }
      await this.#remote.exit;
      this.#closed.fire();
    } catch (error) {
      this.#sayLast(describeError(error));
    }
  }

  /** Keeps what was shown in sight until a key is pressed. */
  #sayLast(words: string): void {
    const lines = [messageText(words), vscode.l10n.t('Press any key to close this terminal.')];
    this.#state = this.#isClosed() ? 'closed' : 'over';
    this.#write(`\r\n${lines.join('\r\n')}\r\n`);
  }

  #write(text: string): void {
    if (!this.#isClosed()) {
      this.#written.fire(text);
    }
  }

  #isClosed(): boolean {
    return this.#state === 'closed';
  }
}
