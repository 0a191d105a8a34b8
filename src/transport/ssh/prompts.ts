/** What the person at the keyboard is asked while a connection opens. */

/** A host key nobody vouched for yet. */
export interface HostKeyQuestion {
  readonly host: string;
  readonly port: number;
  /** "ssh-ed25519", "ecdsa-sha2-nistp256", "ssh-rsa" … */
  readonly keyType: string;
  /** `SHA256:…`, as ssh-keygen -l prints it. */
  readonly fingerprint: string;
  /** `MD5:aa:bb:…`, for comparing with what old servers and consoles print. */
  readonly md5: string;
  /** Key types this host is already known by; a person should wonder why it now shows another. */
  readonly otherKnownTypes: readonly string[];
}

export interface KeyboardPrompt {
  readonly prompt: string;
  /** False for secrets: what is typed must not be shown. */
  readonly echo: boolean;
}

/**
 * Asks for what cannot be known. `undefined` means "not given": the connection goes on without it. `attempt` counts
 * from 1 and is above 1 when the answer before was wrong. To stop connecting, abort the signal or throw.
 */
export interface SshPrompts {
  /** `save` remembers the key in known_hosts, `once` trusts it for this connection, `no` refuses. */
  confirmHostKey(question: HostKeyQuestion): Promise<'save' | 'once' | 'no'>;
  passphrase(keyPath: string, attempt: number): Promise<string | undefined>;
  /** `account` is "user@host". */
  password(account: string, attempt: number): Promise<string | undefined>;
  /** The server's own questions (one-time codes, PAM). `title` and `text` are the server's, and may be empty. */
  keyboardInteractive(
    prompts: readonly KeyboardPrompt[],
    about: { readonly account: string; readonly title: string; readonly text: string },
  ): Promise<readonly string[] | undefined>;
}
