import * as vscode from 'vscode';
import type { Namespace, NamespaceId, Topology } from '../topology/topology.ts';
import { resolveEndpoint } from '../trace/endpoint.ts';
import type { Endpoint } from '../trace/trace.ts';
import { describeError } from '../util/errors.ts';
import { askPick, askSteps, askText, type Answer, type Choice } from '../views/quickInput.ts';
import { iconText, messageText } from '../views/text.ts';
import { addressOf, indexOf } from '../views/topologyIndex.ts';

const { t } = vscode.l10n;

interface Ends {
  readonly from: Endpoint | undefined;
  readonly to: Endpoint | undefined;
  /** Where the question where from begins. */
  readonly suggested?: NamespaceId | undefined;
}

interface Draft extends Ends {
  readonly typing: boolean;
}

/** Asks for those ends of a ping that are not known; undefined when given up. */
export async function askEndpoints(
  topology: () => Topology,
  known: Ends,
): Promise<{ readonly from: Endpoint; readonly to: Endpoint } | undefined> {
  const steps = known.from ? 1 : 2;
  const draft = await askSteps<Draft>({ ...known, typing: false }, [
    (now) => (known.from ? null : askFrom(topology(), now, steps)),
    (now) => (known.to ? null : askTo(topology(), now, steps)),
    (now) => (now.typing ? askAddress(topology, now, steps) : null),
  ]);
  return draft?.from && draft.to ? { from: draft.from, to: draft.to } : undefined;
}

async function askFrom(topology: Topology, draft: Draft, steps: number): Promise<Answer<Draft>> {
  const choices = placeChoices(topology);
  const answer = await askPick<Endpoint>({
    title: t('Trace Ping'),
    step: 1,
    steps,
    placeholder: t('From where?'),
    choices,
    active: choices.find(({ value }) => value?.kind === 'namespace' && value.namespace === draft.suggested),
  });
  return answer === undefined || answer === 'back' ? answer : { value: { ...draft, from: answer.value } };
}

async function askTo(topology: Topology, draft: Draft, steps: number): Promise<Answer<Draft>> {
  const from = draft.from?.kind === 'namespace' ? draft.from.namespace : null;
  const answer = await askPick<Endpoint | 'enter'>({
    title: t('Trace Ping'),
    step: steps,
    steps,
    placeholder: t('Where to?'),
    choices: [
      ...placeChoices(topology, from),
      { label: `$(edit) ${t('Enter address…')}`, alwaysShow: true, value: 'enter' },
    ],
  });
  if (answer === undefined || answer === 'back') {
    return answer;
  }
  return answer.value === 'enter'
    ? { value: { ...draft, to: undefined, typing: true } }
    : { value: { ...draft, to: answer.value, typing: false } };
}

async function askAddress(topology: () => Topology, draft: Draft, steps: number): Promise<Answer<Draft>> {
  const answer = await askText({
    title: t('Trace Ping'),
    step: steps + 1,
    steps: steps + 1,
    prompt: t('Address, or the name of a pod or namespace'),
    value: '',
    validate: (text) => endpointProblem(topology(), text),
  });
  return answer === undefined || answer === 'back'
    ? answer
    : { value: { ...draft, to: resolveEndpoint(topology(), answer.value) } };
}

function endpointProblem(topology: Topology, text: string): string | null {
  try {
    resolveEndpoint(topology, text);
    return null;
  } catch (error) {
    return messageText(describeError(error));
  }
}

/** Pods first, then the node, then what only processes hold. */
function placeChoices(topology: Topology, except: string | null = null): Choice<Endpoint>[] {
  const index = indexOf(topology);
  return [...index.pods, ...index.otherNamespaces]
    .filter(({ id }) => id !== except)
    .map((namespace) => ({
      label: `$(${iconOf(namespace)}) ${iconText(nameOf(namespace))}`,
      description: addressOf(index, namespace) ?? t('no address'),
      value: { kind: 'namespace', namespace: namespace.id },
    }));
}

function nameOf({ root, pod, name }: Namespace): string {
  return root ? t('node') : (pod?.name ?? name);
}

function iconOf({ root, pod }: Namespace): string {
  return root ? 'server' : pod?.kind === 'patchbay' ? 'package' : 'symbol-namespace';
}
