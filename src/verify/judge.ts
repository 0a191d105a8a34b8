/** Pure: what the sightings of one ping say about its pair. */
import type { NamespaceId } from '../topology/topology.ts';
import type { TopologyIndex } from '../trace/topologyIndex.ts';
import { listOf, nameOfNamespace, plain, startOfSentence } from '../trace/words.ts';
import type { Pair } from './pairs.ts';
import type { Answer, Sighting } from './prober.ts';
import type { Arrival, Cell } from './verification.ts';

/** All that was heard of one ping. */
export interface Evidence {
  /** In the order in which each namespace saw them. */
  readonly sightings: readonly Sighting[];
  /** Whether each end was watched all the time. */
  readonly watched: { readonly sender: boolean; readonly receiver: boolean };
  /** Why it could not be sent; null where it was. */
  readonly unsent: string | null;
  /** What the program that sent it says; null where it says nothing that was not seen. */
  readonly answer: Answer | null;
}

/** What is to be said of a pair, and why. */
type Finding = Pick<Cell, 'verdict' | 'text'> & Partial<Pick<Cell, 'seen' | 'lostOn'>>;

/** Judges a pair by what was shown, and by no more. */
export function judge(index: TopologyIndex, pair: Pair, evidence: Evidence): Cell {
  const finding = new Judge(index, pair, evidence).finding();
  return { ...cellOf(pair), ...finding, text: `${startOfSentence(finding.text)}.` };
}

/** A cell of which nothing is known. */
export function cellOf({ from, to, family, destination }: Pair): Cell {
  return {
    from: from.namespace,
    to: to.namespace,
    family,
    destination,
    verdict: 'unknown',
    seen: null,
    lostOn: null,
    foretold: null,
    text: '',
  };
}

class Judge {
  readonly #index: TopologyIndex;
  readonly #pair: Pair;
  readonly #evidence: Evidence;
  readonly #from: string;
  readonly #to: string;

  constructor(index: TopologyIndex, pair: Pair, evidence: Evidence) {
    this.#index = index;
    this.#pair = pair;
    this.#evidence = evidence;
    this.#from = nameOfNamespace(index, pair.from.namespace);
    this.#to = nameOfNamespace(index, pair.to.namespace);
  }

  finding(): Finding {
    const { unsent } = this.#evidence;
    if (unsent !== null) {
      return lost('request', `${this.#from} cannot send to ${this.#dialled}: ${plain(unsent)}`);
    }
    const seen = this.#arrival() ?? this.#astray();
    if (seen !== null) {
      return { ...this.#arrived(seen), seen };
    }
    return this.#answered ? this.#answeredUnseen() : this.#notSeen();
  }

  /** "db (10.244.0.3)". */
  get #dialled(): string {
    return `${this.#to} (${this.#pair.destination})`;
  }

  #find(
    message: Sighting['message'],
    direction: Sighting['direction'],
    at: NamespaceId,
  ): Sighting | undefined {
    // The last: on its way through a namespace a packet may be seen at several links, and is then with the receiver.
    return this.#evidence.sightings.findLast(
      (one) => one.message === message && one.direction === direction && one.namespace === at,
    );
  }

  #arrival(): Arrival | null {
    const sighting = this.#find('request', 'in', this.#pair.to.namespace);
    return sighting === undefined ? null : arrivalOf(sighting);
  }

  /** Where it came to one that was not dialled, and under an address of that one's. */
  #astray(): Arrival | null {
    const { to } = this.#pair;
    const sighting = this.#evidence.sightings.find(
      ({ message, direction, namespace, destination }) =>
        message === 'request' &&
        direction === 'in' &&
        namespace !== to.namespace &&
        this.#index.owns(namespace, destination),
    );
    return sighting === undefined ? null : arrivalOf(sighting);
  }

  get #answered(): boolean {
    const wasSeen = this.#find('reply', 'in', this.#pair.from.namespace) !== undefined;
    return wasSeen || this.#evidence.answer?.answered === true;
  }

  #arrived(seen: Arrival): Finding {
    const changed = this.#change(seen);
    if (changed !== null) {
      const { verdict, text } = changed;
      return { verdict, text: this.#answered ? text : `${text}, and no answer came back` };
    }
    if (this.#answered) {
      return { verdict: 'holds', text: `${this.#to} sees ${this.#from} as ${seen.source}, and answers` };
    }
    const arrived = `the ping of ${this.#from} came to ${this.#dialled}`;
    return this.#find('reply', 'out', seen.namespace) !== undefined
      ? lost('reply', `${arrived}, and the answer was lost on the way back`)
      : {
          verdict: 'unanswered',
          text: `${arrived}, and ICMP was not answered; other traffic may be`,
        };
  }

  /** What became of its addresses, or who got it instead; null where all is as it was sent. */
  #change({ namespace, source, destination }: Arrival): Pick<Finding, 'verdict' | 'text'> | null {
    const { from, to, destination: wanted } = this.#pair;
    if (namespace !== to.namespace) {
      return {
        verdict: destination === wanted ? 'astray' : 'translated',
        text: `What ${this.#from} sends to ${this.#dialled} comes to ${nameOfNamespace(this.#index, namespace)} at ${destination}`,
      };
    }
    if (!this.#index.owns(from.namespace, source)) {
      return {
        verdict: 'translated',
        text: `${this.#to} sees ${this.#from} as ${source}, ${ownerOf(this.#index, source)}: the source is translated on the way`,
      };
    }
    return destination === wanted
      ? null
      : {
          verdict: 'translated',
          text: `What ${this.#from} sends to ${this.#dialled} comes there at ${destination}: the destination is translated on the way`,
        };
  }

  /** There is an answer, and nobody saw to what. */
  #answeredUnseen(): Finding {
    return this.#evidence.watched.receiver
      ? {
          verdict: 'astray',
          text: `${this.#pair.destination} answers ${this.#from}, but ${this.#to} saw nothing of it: another answers in its place`,
        }
      : {
          verdict: 'unknown',
          text: `${this.#dialled} answers ${this.#from}; as whom it sees ${this.#from} was not watched`,
        };
  }

  #notSeen(): Finding {
    const { watched } = this.#evidence;
    const why = this.#complaint();
    if (why !== null) {
      return lost('request', `the ping of ${this.#from} did not come to ${this.#dialled}: ${why}`);
    }
    if (watched.sender && this.#find('request', 'out', this.#pair.from.namespace) === undefined) {
      return lost('request', `the ping to ${this.#dialled} did not leave ${this.#from}`);
    }
    return watched.receiver
      ? lost('request', `the ping of ${this.#from} was lost on the way to ${this.#dialled}`)
      : {
          verdict: 'unanswered',
          text: `${this.#dialled} did not answer ${this.#from}; whether the ping came there was not watched`,
        };
  }

  /** An error that came back: "10.244.0.1 reports: destination host unreachable". */
  #complaint(): string | null {
    const { sightings, answer } = this.#evidence;
    const error = sightings.find(
      ({ message, namespace }) => message === 'error' && namespace === this.#pair.from.namespace,
    );
    if (error !== undefined) {
      return `${error.source} reports: ${error.error ?? 'an error'}`;
    }
    const complaint = answer?.complaint ?? null;
    return complaint === null ? null : plain(complaint);
  }
}

/** "an address of the node", "an address of web and db", "an address of nobody here". */
function ownerOf(index: TopologyIndex, address: string): string {
  const owners = new Set(index.owners(address).map(({ namespace }) => nameOfNamespace(index, namespace)));
  return `an address of ${owners.size === 0 ? 'nobody here' : listOf([...owners])}`;
}

function lost(lostOn: 'request' | 'reply', text: string): Finding {
  return { verdict: 'lost', lostOn, text };
}

function arrivalOf({ namespace, source, destination }: Sighting): Arrival {
  return { namespace, source, destination };
}
