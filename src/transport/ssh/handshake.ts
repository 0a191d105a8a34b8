/** From an open socket to a verified and logged-in ssh2 client. */
import type { Duplex } from 'node:stream';
import ssh2, { type Client, type ClientErrorExtensions, type ServerHostKeyAlgorithm } from 'ssh2';
import { PatchbayError } from '../../util/errors.ts';
import type { HostConfig } from './config.ts';
import type { HostKeyVerifier } from './hostKeys.ts';
import { loadIdentities } from './identities.ts';
import { Login } from './login.ts';
import type { SshPrompts } from './prompts.ts';

/** What every connection on the way to a node shares. */
export interface ConnectionOptions {
  readonly prompts: SshPrompts;
  readonly signal: AbortSignal;
  readonly onProgress: (text: string) => void;
  readonly configFile?: string | undefined;
  readonly knownHostsFiles?: readonly string[] | undefined;
  readonly keepaliveIntervalMs: number;
}

const keepaliveMissesAllowed = 3;

/** From the open socket to a logged-in client, or the reason why not. */
export class Handshake {
  readonly #client: Client = new ssh2.Client();
  readonly #config: HostConfig;
  readonly #verifier: HostKeyVerifier;
  readonly #options: ConnectionOptions;
  readonly #socket: Duplex;
  readonly #prompts: SshPrompts;
  readonly #ready: Promise<Client>;
  #resolve: (client: Client) => void = () => undefined;
  #reject: (error: Error) => void = () => undefined;
  #settled = false;
  #login: Login | undefined;
  #patience: NodeJS.Timeout | undefined;

  constructor(config: HostConfig, verifier: HostKeyVerifier, options: ConnectionOptions, socket: Duplex) {
    this.#config = config;
    this.#verifier = verifier;
    this.#options = options;
    this.#socket = socket;
    this.#prompts = whilePaused(options.prompts, (ask) => this.#pause(ask));
    this.#ready = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  async run(): Promise<Client> {
    const { signal } = this.#options;
    const onAbort = (): void => this.#fail(signal.reason as Error);
    signal.addEventListener('abort', onAbort);
    try {
      this.#start();
      if (signal.aborted) {
        onAbort();
      }
      return await this.#ready;
    } finally {
      clearTimeout(this.#patience);
      signal.removeEventListener('abort', onAbort);
    }
  }

  #start(): void {
    const { user, hostname } = this.#config;
    this.#client
      .on('error', (error) => this.#onError(error))
      .once('close', () => this.#fail(this.#closed()))
      .once('ready', () => this.#succeed());
    this.#wait();
    this.#client.connect({
      sock: this.#socket,
      host: hostname,
      username: user,
      readyTimeout: 0,
      keepaliveInterval: this.#options.keepaliveIntervalMs,
      keepaliveCountMax: keepaliveMissesAllowed,
      algorithms: {
        serverHostKey: hostKeyAlgorithms(this.#verifier.preferredTypes),
        // ssh2's zlib throws where nobody can catch it when a connection ends (mscdex/ssh2#1178).
        compress: ['none'],
      },
      hostVerifier: (key: Buffer, verify: (trusted: boolean) => void) => this.#verifyHostKey(key, verify),
      authHandler: (methodsLeft, _partial, next) => {
        this.#nextStep(methodsLeft as readonly string[] | null)
          // The typings leave out `false`, which ends the login.
          .then((step) => next(step as Exclude<typeof step, false>))
          .catch(this.#fail);
      },
    });
  }

  /** When session keys are renewed, the answer must come at once: what follows is encrypted with the new ones. */
  #verifyHostKey(key: Buffer, verify: (trusted: boolean) => void): void {
    if (this.#verifier.trusts(key)) {
      verify(true);
      return;
    }
    this.#verifier
      .verify(key, this.#prompts)
      .then(
        () => verify(true),
        (error: unknown) => {
          this.#fail(error as Error);
          verify(false);
        },
      )
      .catch(this.#fail);
  }

  async #nextStep(methodsLeft: readonly string[] | null): ReturnType<Login['next']> {
    if (this.#login === undefined) {
      this.#options.onProgress(`Logging in as ${this.#config.user}…`);
      const identities = await loadIdentities(this.#config, this.#prompts);
      this.#login = new Login(this.#config, this.#prompts, identities, this.#fail);
    }
    return await this.#login.next(methodsLeft);
  }

  readonly #fail = (error: Error): void => {
    if (!this.#settled) {
      this.#settled = true;
      this.#reject(error);
      this.#socket.destroy();
    }
  };

  #succeed(): void {
    this.#settled = true;
    this.#resolve(this.#client);
  }

  #onError(error: Error & ClientErrorExtensions): void {
    // A key that cannot sign is one step of the login; the next one follows by itself.
    if (error.level !== 'agent') {
      this.#fail(this.#explain(error));
    }
  }

  #explain(error: Error & ClientErrorExtensions): PatchbayError {
    if (this.#login !== undefined && error.level === 'client-authentication') {
      return this.#login.failure();
    }
    if (this.#login !== undefined && error.level === undefined) {
      return this.#login.failure(error.message);
    }
    const { hostname, port } = this.#config;
    if (error.level === 'client-socket' || error.message.startsWith('Connection lost')) {
      return this.#closed(error);
    }
    return new PatchbayError(
      'unreachable',
      `No SSH connection could be agreed on with ${hostname} port ${port}: ${error.message}.`,
      {
        hint: 'Check that the port is that of an SSH server, and that it is not a very old one.',
        cause: error,
      },
    );
  }

  #closed(cause?: Error): PatchbayError {
    const { hostname, port } = this.#config;
    const when = this.#login === undefined ? 'before SSH began' : 'during the login';
    return new PatchbayError('connection-lost', `${hostname} port ${port} closed the connection ${when}.`, {
      hint: 'Check the log of the SSH server, and whether it limits or blocks connections.',
      detail: cause?.message,
      cause,
    });
  }

  /** Limits how long the server may take from here on; the time people need to answer does not count. */
  #wait(): void {
    const { hostname, port, connectTimeoutMs } = this.#config;
    this.#patience = setTimeout(() => {
      const message = `${hostname} port ${port} accepted the connection, but did not go on within ${connectTimeoutMs / 1000} s.`;
      this.#fail(
        new PatchbayError('timed-out', message, { hint: 'Check that an SSH server listens on this port.' }),
      );
    }, connectTimeoutMs);
  }

  async #pause<T>(ask: () => Promise<T>): Promise<T> {
    clearTimeout(this.#patience);
    try {
      return await ask();
    } finally {
      if (!this.#settled) {
        this.#wait();
      }
    }
  }
}

function whilePaused(prompts: SshPrompts, pause: <T>(ask: () => Promise<T>) => Promise<T>): SshPrompts {
  return {
    confirmHostKey: (question) => pause(() => prompts.confirmHostKey(question)),
    passphrase: (keyPath, attempt) => pause(() => prompts.passphrase(keyPath, attempt)),
    password: (account, attempt) => pause(() => prompts.password(account, attempt)),
    keyboardInteractive: (asked, about) => pause(() => prompts.keyboardInteractive(asked, about)),
  };
}

const usualHostKeyAlgorithms: readonly ServerHostKeyAlgorithm[] = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'rsa-sha2-512',
  'rsa-sha2-256',
  'ssh-rsa',
];

/** All algorithms we take, those of known key types first; an RSA key signs by three of them. */
function hostKeyAlgorithms(knownTypes: readonly string[]): ServerHostKeyAlgorithm[] {
  const rank = (algorithm: string): number => {
    const at = knownTypes.indexOf(algorithm.startsWith('rsa-sha2-') ? 'ssh-rsa' : algorithm);
    return at < 0 ? knownTypes.length : at;
  };
  return usualHostKeyAlgorithms.toSorted((one, other) => rank(one) - rank(other));
}
