import * as vscode from 'vscode';
import { bridgeSubnet, type BridgeChoice } from '../pods/bridge.ts';
import { planCreatePods, type CreatePodsRequest } from '../pods/create.ts';
import type { Plan } from '../topology/plan.ts';
import { suggestAddress, suggestBridge, suggestPodNames } from '../pods/suggest.ts';
import { validateAddress, validateBridgeName, validatePodName, validateSubnet } from '../pods/validate.ts';
import type { Selection } from '../protocol/messages.ts';
import type { Link, Topology } from '../topology/topology.ts';
import { askPick, askSteps, askText, type Answer, type Choice, type Step } from '../views/quickInput.ts';
import { iconText, messageText } from '../views/text.ts';
import { indexOf } from '../views/topologyIndex.ts';
import type { CreatePodArgument } from './arguments.ts';

const { t } = vscode.l10n;

export interface PodQuestions {
  /** What need not be asked. */
  readonly given: CreatePodArgument;
  /** A bridge that is selected is offered first. */
  readonly selection: Selection | null;
  /** The last question: shows the commands. */
  readonly confirm: (plan: Plan) => Promise<Answer<'run'>>;
}

/** What is known after some of the questions. */
interface Draft {
  readonly bridge: BridgeChoice | 'new' | null;
  readonly newName: string;
  readonly names: readonly string[];
  readonly address: string;
}

const most = 100;

/** Asks for bridge, number, names and address, each with a suggestion, and shows the commands. Undefined when given up. */
export async function askPodRequest(
  topology: () => Topology,
  questions: PodQuestions,
): Promise<CreatePodsRequest | undefined> {
  const names =
    typeof questions.given.name === 'string' ? [questions.given.name] : (questions.given.name ?? []);
  const start: Draft = { bridge: null, newName: '', names, address: questions.given.address ?? '' };
  const wizard = new PodWizard(topology, questions);
  const draft = await askSteps(start, wizard.steps);
  return draft && requestOf(draft);
}

function requestOf({ bridge, names, address }: Draft): CreatePodsRequest | undefined {
  return bridge === null || bridge === 'new'
    ? undefined
    : { names, bridge, ...(address === '' ? {} : { addresses: [address] }) };
}

/** The questions. Each one looks at the topology of its moment, because the node goes on living meanwhile. */
class PodWizard {
  readonly #topology: () => Topology;
  readonly #questions: PodQuestions;
  readonly steps: readonly Step<Draft>[];

  constructor(topology: () => Topology, questions: PodQuestions) {
    this.#topology = topology;
    this.#questions = questions;
    this.steps = [
      (draft) => this.#askBridge(draft),
      (draft) => (draft.bridge === 'new' ? this.#askBridgeName(draft) : null),
      (draft) => (draft.bridge === 'new' ? this.#askSubnet(draft) : null),
      (draft) => (questions.given.name === undefined ? this.#askCount(draft) : null),
      (draft) => (questions.given.name === undefined ? this.#askName(draft) : null),
      (draft) => this.#askAddress(draft),
      (draft) => this.#confirm(draft),
    ];
  }

  async #askBridge(draft: Draft): Promise<Answer<Draft>> {
    const choices = this.#bridgeChoices();
    const { selection } = this.#questions;
    const active = choices.find(({ value }) => isExisting(value, selection));
    const answer = await askPick({ ...place(1), placeholder: t('Bridge to plug into'), choices, active });
    return mapAnswer(answer, (bridge) => ({ ...draft, bridge }));
  }

  #bridgeChoices(): Choice<BridgeChoice | 'new'>[] {
    const topology = this.#topology();
    const root = indexOf(topology).root?.id;
    const bridges = indexOf(topology).bridges.filter(({ namespace }) => namespace === root);
    return [
      ...bridges.map((bridge) => bridgeChoice(topology, bridge)),
      ...suggestedBridge(topology),
      {
        label: `$(edit) ${t('New bridge…')}`,
        description: t('with a name and subnet of your own'),
        value: 'new',
      },
    ];
  }

  async #askBridgeName(draft: Draft): Promise<Answer<Draft>> {
    const answer = await askText({
      ...place(1, true),
      prompt: t('Name of the new bridge'),
      value: suggestion(() => suggestBridge(this.#topology()).create),
      validate: (name) => checked(validateBridgeName(this.#topology(), name.trim())),
    });
    return mapAnswer(answer, (newName) => ({ ...draft, newName }));
  }

  async #askSubnet(draft: Draft): Promise<Answer<Draft>> {
    const answer = await askText({
      ...place(1, true),
      prompt: t('Subnet of {0}: its pods get their addresses from it', draft.newName),
      value: suggestion(() => suggestBridge(this.#topology()).subnet),
      validate: (subnet) => checked(validateSubnet(this.#topology(), subnet.trim())),
    });
    return mapAnswer(answer, (subnet) => ({ ...draft, bridge: { create: draft.newName, subnet } }));
  }

  async #askCount(draft: Draft): Promise<Answer<Draft>> {
    const answer = await askText({
      ...place(2),
      prompt: t('How many pods?'),
      value: String(this.#questions.given.count ?? 1),
      validate: (text) =>
        /^[1-9]\d*$/.test(text.trim()) && Number(text) <= most
          ? null
          : t('Give a number from 1 to {0}.', most),
    });
    return mapAnswer(answer, (count) => ({
      ...draft,
      names: suggestPodNames(this.#topology(), Number(count)),
    }));
  }

  async #askName(draft: Draft): Promise<Answer<Draft>> {
    const { length } = draft.names;
    const answer = await askText({
      ...place(3),
      prompt: length === 1 ? t('Name of the pod') : t('Names of the {0} pods, apart by spaces', length),
      value: draft.names.join(' '),
      validate: (text) => checked(this.#nameProblem(namesIn(text, length), length)),
    });
    return mapAnswer(answer, (text) => ({ ...draft, names: namesIn(text, length) }));
  }

  /** One pod's name is taken as it is, so that a space in it is told of and not read as two names. */
  #nameProblem(names: readonly string[], count: number): string | null {
    if (names.length !== count) {
      return t('{0} names are needed; these are {1}.', count, names.length);
    }
    if (new Set(names).size < count) {
      return t('Each pod needs a name of its own.');
    }
    const topology = this.#topology();
    return names.map((name) => validatePodName(topology, name)).find((problem) => problem !== null) ?? null;
  }

  async #askAddress(draft: Draft): Promise<Answer<Draft>> {
    const { bridge, names } = draft;
    if (bridge === null || bridge === 'new') {
      return 'back';
    }
    const answer = await askText({
      ...place(4),
      prompt:
        names.length === 1
          ? t('Address of {0}; the one suggested is free', names[0] ?? '')
          : t('Address of {0}; the other pods get the next free ones', names[0] ?? ''),
      value: draft.address || suggestion(() => suggestAddress(this.#topology(), bridge) ?? ''),
      validate: (text) => checked(validateAddress(this.#topology(), bridge, text.trim())),
    });
    return mapAnswer(answer, (address) => ({ ...draft, address }));
  }

  async #confirm(draft: Draft): Promise<Answer<Draft>> {
    const request = requestOf(draft);
    if (!request) {
      return 'back';
    }
    const answer = await this.#questions.confirm(planCreatePods(this.#topology(), request));
    return mapAnswer(answer, () => draft);
  }
}

function place(step: number, inserted = false): { title: string; step: number; steps: number } {
  // A question put in between has the number of the one before, and still a way back.
  return { title: t('Create Pod'), step: inserted ? step + 1 : step, steps: 5 };
}

function bridgeChoice(topology: Topology, bridge: Link): Choice<BridgeChoice> {
  const subnet = bridgeSubnet(topology, bridge.id);
  const ports = indexOf(topology).portsOf(bridge.id).length;
  return {
    label: `$(circuit-board) ${iconText(bridge.name)}`,
    description: [subnet ?? t('no address'), t('{0} ports', ports)].join(' · '),
    value: { existing: bridge.id },
  };
}

function suggestedBridge(topology: Topology): Choice<BridgeChoice>[] {
  try {
    const bridge = suggestBridge(topology);
    return [
      { label: `$(add) ${t('New bridge {0}', bridge.create)}`, description: bridge.subnet, value: bridge },
    ];
  } catch {
    return []; // Every subnet that could be suggested is in use; people may still name one.
  }
}

function isExisting(choice: BridgeChoice | 'new' | undefined, selection: Selection | null): boolean {
  return typeof choice === 'object' && 'existing' in choice && selection?.id === choice.existing;
}

function namesIn(text: string, count: number): string[] {
  return count === 1 ? [text.trim()] : text.split(/[\s,]+/).filter((name) => name !== '');
}

function mapAnswer<A, B>(answer: Answer<A>, map: (value: A) => B): Answer<B> {
  return answer === undefined || answer === 'back' ? answer : { value: map(answer.value) };
}

/** What is wrong with an input may quote it. */
function checked(problem: string | null): string | null {
  return problem === null ? null : messageText(problem);
}

/** A suggestion, or nothing where there is none: the check says why. */
function suggestion(suggest: () => string): string {
  try {
    return suggest();
  } catch {
    return '';
  }
}
