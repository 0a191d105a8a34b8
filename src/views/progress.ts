import * as vscode from 'vscode';
import { messageText } from './text.ts';

/** What a long operation reports to, and how it learns that people gave up on it. */
export interface Progress {
  readonly signal: AbortSignal;
  readonly onProgress: (text: string) => void;
}

/** Runs an operation under a notification that says what it does and, unless told otherwise, lets people cancel it. */
export async function withProgress<T>(
  title: string,
  run: (progress: Progress) => Promise<T>,
  { cancellable = true } = {},
): Promise<T> {
  const options = { location: vscode.ProgressLocation.Notification, title: messageText(title), cancellable };
  return vscode.window.withProgress(options, async (progress, token) => {
    const abort = new AbortController();
    const cancelling = token.onCancellationRequested(() => abort.abort());
    try {
      const onProgress = (text: string): void => progress.report({ message: messageText(text) });
      return await run({ signal: abort.signal, onProgress });
    } finally {
      cancelling.dispose();
    }
  });
}
