import * as vscode from 'vscode';
import { describeError, isCancelled, PatchbayError } from '../util/errors.ts';
import { Emitter } from '../util/event.ts';
import type { Disposable } from '../util/disposable.ts';
import { messageText } from './text.ts';

/** A button under an error, and what it does. */
export interface ErrorAction {
  readonly label: string;
  readonly run: () => unknown;
}

/** The output channel, and the one way in which an error reaches people. */
export class Output implements Disposable {
  readonly channel: vscode.LogOutputChannel;
  readonly #errors = new Emitter<Error>();
  /** An error was shown. */
  readonly onDidShowError = this.#errors.event;

  constructor() {
    this.channel = vscode.window.createOutputChannel('Patchbay', { log: true });
  }

  show(): void {
    this.channel.show(true);
  }

  /** Shows an error with the buttons that help against it; nothing for an operation that people cancelled. */
  showError(error: unknown, actions: readonly ErrorAction[] = []): void {
    if (isCancelled(error)) {
      return;
    }
    this.#log(error);
    const details = { label: vscode.l10n.t('Show Details'), run: () => this.show() };
    const all = [...actions, ...fileAction(error), details];
    const shown = vscode.window.showErrorMessage(
      messageText(describeError(error)),
      ...all.map(({ label }) => label),
    );
    void shown.then((label) => all.find((action) => action.label === label)?.run());
    this.#errors.fire(error instanceof Error ? error : new Error(String(error)));
  }

  #log(error: unknown): void {
    this.channel.error(describeError(error));
    const detail =
      error instanceof PatchbayError ? error.detail : error instanceof Error ? error.stack : undefined;
    if (detail !== undefined) {
      this.channel.error(detail);
    }
  }

  dispose(): void {
    this.#errors.dispose();
    this.channel.dispose();
  }
}

/** Opens the line of the file that is to blame, such as the old key in known_hosts. */
function fileAction(error: unknown): ErrorAction[] {
  const location = error instanceof PatchbayError ? error.location : undefined;
  if (!location) {
    return [];
  }
  const name = location.path.slice(location.path.lastIndexOf('/') + 1);
  const at = new vscode.Position(location.line - 1, 0);
  const open = (): Thenable<unknown> =>
    vscode.window.showTextDocument(vscode.Uri.file(location.path), { selection: new vscode.Range(at, at) });
  return [{ label: vscode.l10n.t('Open {0} at Line {1}', name, location.line), run: open }];
}
