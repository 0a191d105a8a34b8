/** Logs in: chooses each next step by what the server still accepts and what we still have. */
import ssh2, { type AnyAuthMethod, type IdentityCallback, type ParsedKey, type SignCallback } from 'ssh2';
import { PatchbayError } from '../../util/errors.ts';
import type { HostConfig } from './config.ts';
import type { Identity, Identities } from './identities.ts';
import type { KeyboardPrompt, SshPrompts } from './prompts.ts';

const maxAttempts = 3;

/** The methods the server names after refusing a step, or after taking it as one factor of several. */
type MethodsLeft = readonly string[];
type Steps<Result> = AsyncGenerator<AnyAuthMethod, Result, MethodsLeft>;

/**
 * One login, as the steps to take in turn: `none` (which makes the server tell what it accepts), keys,
 * keyboard-interactive, password. {@link next} is called with the server's answer to the step before; it resolves
 * to false when nothing is left, and rejects with whatever a prompt threw.
 */
export class Login {
  readonly #config: HostConfig;
  readonly #prompts: SshPrompts;
  readonly #keys: Identity[];
  readonly #outcomes: string[];
  readonly #steps: Steps<void>;
  readonly #onFail: (error: Error) => void;
  #methodsLeft: MethodsLeft = [];

  /** `onFail` gets what a prompt threw while the server was waiting for its answer. */
  constructor(
    config: HostConfig,
    prompts: SshPrompts,
    identities: Identities,
    onFail: (error: Error) => void,
  ) {
    this.#config = config;
    this.#prompts = prompts;
    this.#keys = [...identities.usable];
    this.#outcomes = [...identities.problems];
    this.#onFail = onFail;
    this.#steps = this.#plan();
  }

  async next(methodsLeft: MethodsLeft | null): Promise<AnyAuthMethod | false> {
    this.#methodsLeft = methodsLeft ?? [];
    const step = await this.#steps.next(this.#methodsLeft);
    return step.done === true ? false : step.value;
  }

  /** The error for a login that came to nothing; `serverSays` is the server's parting word, if it gave one. */
  failure(serverSays?: string): PatchbayError {
    const tried =
      this.#outcomes.length === 0 ? 'no key, agent or password was at hand' : this.#outcomes.join(', ');
    const accepts =
      this.#methodsLeft.length === 0 ? '' : ` The server accepts: ${this.#methodsLeft.join(', ')}.`;
    const tooMany = serverSays?.includes('Too many authentication failures') === true;
    return new PatchbayError(
      'auth-failed',
      `${this.#account} was not let in. Tried: ${tried}.${accepts}${serverSays === undefined ? '' : ` It said: ${serverSays}.`}`,
      {
        hint: tooMany
          ? 'Name the right key with IdentityFile and set IdentitiesOnly yes for this host in ~/.ssh/config.'
          : 'Check the user name, and that the public key is in ~/.ssh/authorized_keys on the node.',
      },
    );
  }

  get #account(): string {
    return `${this.#config.user}@${this.#config.alias}`;
  }

  async *#plan(): Steps<void> {
    let left = yield this.#none();
    let interactiveAttempts = 0;
    let passwordAttempts = 0;
    for (;;) {
      const key = left.includes('publickey') ? this.#keys.shift() : undefined;
      if (key !== undefined) {
        left = yield* this.#tryKey(key);
      } else if (left.includes('keyboard-interactive') && interactiveAttempts < maxAttempts) {
        interactiveAttempts++;
        left = yield this.#interactive();
      } else if (left.includes('password') && passwordAttempts < maxAttempts) {
        const password = await this.#password(++passwordAttempts);
        if (password === undefined) {
          return;
        }
        left = yield password;
      } else {
        return;
      }
    }
  }

  #none(): AnyAuthMethod {
    return { type: 'none', username: this.#config.user };
  }

  /**
   * Offers one key. ssh2 passes a refusal of an agent's key over in silence, also when the key was accepted as one
   * of several factors: after a signature, `none` is sent once more to hear what the server wants next.
   */
  *#tryKey(identity: Identity): Generator<AnyAuthMethod, MethodsLeft, MethodsLeft> {
    const agent = new OneKeyAgent(identity, this.#onFail);
    const left = yield { type: 'agent', username: this.#config.user, agent };
    this.#outcomes.push(
      agent.problem === undefined ? identity.label : `${identity.label} (${agent.problem})`,
    );
    return agent.signed ? yield this.#none() : left;
  }

  async #password(attempt: number): Promise<AnyAuthMethod | undefined> {
    const password = await this.#prompts.password(this.#account, attempt);
    if (attempt === 1 || password === undefined) {
      this.#outcomes.push(password === undefined ? 'password (not given)' : 'password');
    }
    return password === undefined ? undefined : { type: 'password', username: this.#config.user, password };
  }

  #interactive(): AnyAuthMethod {
    return {
      type: 'keyboard-interactive',
      username: this.#config.user,
      prompt: (title, text, _language, prompts, finish) => {
        const asked = prompts.map(({ prompt, echo }) => ({ prompt, echo: echo === true }));
        this.#answer(asked, title, text).then(finish).catch(this.#onFail);
      },
    };
  }

  async #answer(prompts: readonly KeyboardPrompt[], title: string, text: string): Promise<string[]> {
    const answers = await this.#prompts.keyboardInteractive(prompts, { account: this.#account, title, text });
    const outcome = `keyboard-interactive${answers === undefined ? ' (not answered)' : ''}`;
    if (!this.#outcomes.includes(outcome)) {
      this.#outcomes.push(outcome);
    }
    if (answers === undefined) {
      throw this.failure();
    }
    return [...answers];
  }
}

/** An agent that holds one key: ssh2 then offers the public half first, and asks for a signature only if it is wanted. */
class OneKeyAgent extends ssh2.BaseAgent<ParsedKey> {
  /** Whether the server wanted, and got, a signature. */
  signed = false;
  /** Why no signature could be given. */
  problem: string | undefined;
  readonly #identity: Identity;
  readonly #onFail: (error: Error) => void;

  constructor(identity: Identity, onFail: (error: Error) => void) {
    super();
    this.#identity = identity;
    this.#onFail = onFail;
  }

  override getIdentities(done: IdentityCallback<ParsedKey>): void {
    done(undefined, [this.#identity.publicKey]);
  }

  override sign(_key: ParsedKey, data: Buffer, ...rest: readonly unknown[]): void {
    const done = rest.at(-1) as SignCallback;
    const hash = (rest[0] as { hash?: string }).hash;
    this.#identity.sign(data, hash).then(
      (signature) => {
        this.signed = true;
        done(undefined, signature);
      },
      (error: unknown) => this.#refuse(error as Error, done),
    );
  }

  #refuse(error: Error, done: SignCallback): void {
    if (error instanceof PatchbayError) {
      this.#onFail(error);
      return;
    }
    this.problem = error.message;
    done(error);
  }
}
