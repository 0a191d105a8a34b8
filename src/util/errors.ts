/** What went wrong, as a stable word that callers may switch on. */
export type ErrorCode =
  | 'unreachable'
  | 'connection-refused'
  | 'auth-failed'
  | 'host-key-changed'
  | 'host-key-unknown'
  | 'host-key-revoked'
  | 'connection-lost'
  | 'not-privileged'
  | 'lab-unavailable'
  | 'bad-input'
  | 'not-found'
  | 'exists'
  | 'command-failed'
  | 'timed-out'
  | 'cancelled'
  | 'read-only'
  | 'bad-file';

export interface ErrorLocation {
  readonly path: string;
  readonly line: number;
}

/**
 * An error meant for people: `message` says what happened and why, `hint` what to do next, `detail` holds the
 * long form (stderr, a stack) for the output channel. Never carries a secret.
 */
export class PatchbayError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly detail: string | undefined;
  /** The line of a file of this machine that is to blame, counted from 1. */
  readonly location: ErrorLocation | undefined;

  constructor(
    code: ErrorCode,
    message: string,
    more: {
      hint?: string | undefined;
      detail?: string | undefined;
      location?: ErrorLocation | undefined;
      cause?: unknown;
    } = {},
  ) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause });
    this.name = 'PatchbayError';
    this.code = code;
    this.hint = more.hint;
    this.detail = more.detail;
    this.location = more.location;
  }
}

/** The one or two sentences to show for any thrown value. */
export function describeError(error: unknown): string {
  if (error instanceof PatchbayError) {
    return error.hint === undefined ? error.message : `${error.message} ${error.hint}`;
  }
  return error instanceof Error ? error.message : String(error);
}

/** True for the error that a cancelled operation rejects with. */
export function isCancelled(error: unknown): boolean {
  return error instanceof PatchbayError && error.code === 'cancelled';
}
