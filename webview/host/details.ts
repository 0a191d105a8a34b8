/** What of a namespace is read on demand: asked for when it is looked at, not again and again. */
import type { Namespace, NamespaceId } from '../../src/topology/topology.ts';

/** How long what was read is good enough while its namespace stays selected. */
const restMs = 10_000;
/** Who walks on by the arrow keys does not look. */
const settleMs = 150;

/** What became of asking: `null` where nobody asked. */
export type DetailsState =
  { readonly kind: 'asked' } | { readonly kind: 'failed'; readonly message: string } | null;

interface Asked {
  readonly namespace: NamespaceId;
  readonly at: number;
  readonly state: DetailsState;
}

/** Asks for the details of one namespace after the other. */
export class Details {
  readonly #ask: (namespace: NamespaceId) => Promise<string | null>;
  readonly #onChange: () => void;
  #asked: Asked | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(ask: (namespace: NamespaceId) => Promise<string | null>, onChange: () => void) {
    this.#ask = ask;
    this.#onChange = onChange;
  }

  stateOf(namespace: NamespaceId): DetailsState {
    return this.#asked?.namespace === namespace ? this.#asked.state : null;
  }

  /** Somebody looks at this namespace. */
  want({ id }: Namespace): void {
    const now = performance.now();
    if (this.#asked?.namespace === id && now - this.#asked.at < restMs) {
      return;
    }
    const asked: Asked = { namespace: id, at: now, state: { kind: 'asked' } };
    this.#asked = asked;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#read(asked), settleMs);
  }

  async #read(asked: Asked): Promise<void> {
    const error = await this.#ask(asked.namespace);
    if (this.#asked === asked && error !== null) {
      this.#asked = { ...asked, state: { kind: 'failed', message: error } };
      this.#onChange();
    }
  }

  /** Whatever was asked is to be asked anew: another connection, another node. */
  forget(): void {
    clearTimeout(this.#timer);
    this.#asked = null;
  }
}
