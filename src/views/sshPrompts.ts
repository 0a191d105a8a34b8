import * as vscode from 'vscode';
import type { NodeSession } from '../session/nodeSession.ts';
import { openNode, type OpenOptions } from '../session/openNode.ts';
import type { HostKeyQuestion, KeyboardPrompt, SshPrompts } from '../transport/ssh/connect.ts';
import type { Target } from '../transport/target.ts';
import type { Disposable } from '../util/disposable.ts';
import { PatchbayError } from '../util/errors.ts';
import { messageText, plainText } from './text.ts';

const { t } = vscode.l10n;

/**
 * Asks the questions of one node's logins in VS Code. A secret that worked is offered to be remembered, and is kept
 * only where people say so, in the SecretStorage; a remembered one that no longer works is forgotten.
 */
class SshDialogs implements SshPrompts, Disposable {
  readonly #secrets: vscode.SecretStorage;
  readonly #open = new vscode.CancellationTokenSource();
  /** What was typed since the login began. */
  readonly #typed = new Map<string, TypedSecret>();

  constructor(secrets: vscode.SecretStorage) {
    this.#secrets = secrets;
  }

  confirmHostKey(question: HostKeyQuestion): Promise<'save' | 'once' | 'no'> {
    return confirmHostKey(question);
  }

  passphrase(keyPath: string, attempt: number): Promise<string | undefined> {
    const name = plainText(keyPath);
    const offer = t('Remember the passphrase of {0}?', name);
    return this.#secret(`passphrase:${keyPath}`, attempt, { title: t('Passphrase of {0}', name), offer });
  }

  password(account: string, attempt: number): Promise<string | undefined> {
    const name = plainText(account);
    const offer = t('Remember the password of {0}?', name);
    return this.#secret(`password:${account}`, attempt, { title: t('Password of {0}', name), offer });
  }

  /** The server's own questions, one after the other; the answers are never remembered. */
  async keyboardInteractive(
    prompts: readonly KeyboardPrompt[],
    about: { readonly account: string; readonly title: string; readonly text: string },
  ): Promise<readonly string[] | undefined> {
    const answers: string[] = [];
    for (const { prompt, echo } of prompts) {
      const answer = await this.#ask({
        title: plainText(joined([about.account, about.title], ': ')),
        prompt: messageText(joined([about.text, prompt], '\n')),
        password: !echo,
      });
      if (answer === undefined) {
        return undefined;
      }
      answers.push(answer);
    }
    return answers;
  }

  /** A new login begins: what was typed for the one before is nobody's business any more. */
  begin(): void {
    this.#typed.clear();
  }

  /** The login worked: offers to remember what was typed for it. */
  offerToRemember(): void {
    for (const [key, { secret, offer }] of this.#typed) {
      void this.#offer(key, secret, offer);
    }
    this.#typed.clear();
  }

  async #secret(
    key: string,
    attempt: number,
    texts: { readonly title: string; readonly offer: string },
  ): Promise<string | undefined> {
    const stored = await this.#secrets.get(key);
    if (stored !== undefined && attempt === 1) {
      return stored;
    }
    await this.#secrets.delete(key);
    const prompt = attempt === 1 ? undefined : t('That was not right. Try again.');
    const secret = await this.#ask({
      title: texts.title,
      password: true,
      ...(prompt === undefined ? {} : { prompt }),
    });
    if (secret !== undefined) {
      this.#typed.set(key, { secret, offer: texts.offer });
    }
    return secret;
  }

  async #offer(key: string, secret: string, offer: string): Promise<void> {
    const remember = t('Remember');
    const where = t('VS Code keeps it in its secret storage.');
    const answer = await vscode.window.showInformationMessage(
      messageText(`${offer} ${where}`),
      remember,
      t('Not Now'),
    );
    if (answer === remember) {
      await this.#secrets.store(key, secret);
    }
  }

  /** Closed when the node is: a question that nobody waits for is no question. */
  #ask(options: vscode.InputBoxOptions): Thenable<string | undefined> {
    return vscode.window.showInputBox({ ...options, ignoreFocusOut: true }, this.#open.token);
  }

  dispose(): void {
    this.#typed.clear();
    this.#open.cancel();
    this.#open.dispose();
  }
}

interface TypedSecret {
  readonly secret: string;
  /** The question whether to remember it. */
  readonly offer: string;
}

function joined(parts: readonly string[], separator: string): string {
  return parts.filter((part) => part !== '').join(separator);
}

/** Makes a node's session with dialogs of its own, which live as long as it does. */
export async function openWithDialogs(
  secrets: vscode.SecretStorage,
  target: Target,
  options: Omit<OpenOptions, 'prompts'>,
): Promise<NodeSession> {
  const prompts = new SshDialogs(secrets);
  const session = await openNode(target, { prompts, ...options });
  session.onDidChangeState(({ kind }) => {
    switch (kind) {
      case 'discovering':
        prompts.begin();
        break;
      case 'live':
        prompts.offerToRemember();
        break;
      case 'ended':
        prompts.dispose();
        break;
      case 'recording':
      case 'lost':
        break;
    }
  });
  return session;
}

async function confirmHostKey(question: HostKeyQuestion): Promise<'save' | 'once' | 'no'> {
  const save = t('Connect and Remember');
  const once = t('Connect Once');
  const host = question.port === 22 ? question.host : `${question.host}:${question.port}`;
  const answer = await vscode.window.showWarningMessage(
    messageText(t('The host key of {0} is not known yet.', host)),
    { modal: true, detail: hostKeyDetail(question) },
    save,
    once,
  );
  if (answer === undefined) {
    throw new PatchbayError('cancelled', t('Connecting was cancelled.'));
  }
  return answer === save ? 'save' : 'once';
}

function hostKeyDetail({ keyType, fingerprint, md5, otherKnownTypes }: HostKeyQuestion): string {
  const warning = t(
    'This host is known by another key ({0}). A host rarely changes its kind of key: make sure that nobody is in between.',
    otherKnownTypes.join(', '),
  );
  const advice = t(
    'Compare it with what the host itself prints: {0}',
    'ssh-keygen -lf /etc/ssh/ssh_host_*_key.pub',
  );
  const lines = [keyType, fingerprint, md5, '', advice, ...(otherKnownTypes.length > 0 ? ['', warning] : [])];
  return lines.map(plainText).join('\n');
}
