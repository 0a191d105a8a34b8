import * as vscode from 'vscode';
import type { ComparisonRequest } from '../protocol/messages.ts';
import type { History, Mark, Moment } from '../session/history.ts';
import type { NodeEntry } from '../session/nodeRegistry.ts';
import { PatchbayError } from '../util/errors.ts';
import { askPick, askText, type Choice } from '../views/quickInput.ts';
import { iconText } from '../views/text.ts';
import { compareArgument, itemArgument, markArgument, parseArgument } from './arguments.ts';
import { requireNode } from './nodeArgument.ts';
import type { Services } from './services.ts';

const { t } = vscode.l10n;

/** A list of more would be scrolled through by nobody: the time line has them all. */
const mostOffered = 200;

/** Gives the present instant of a node a name. Returns the mark; undefined when people give it up. */
export async function markMoment(services: Services, argument: unknown): Promise<Mark | undefined> {
  const given = parseArgument(markArgument, argument);
  const { session, label: node } = requireNode(services, given);
  const at = new Date();
  const label = given.label ?? (await askLabel(node));
  return label === undefined ? undefined : session.history.mark(label, 'user', at);
}

async function askLabel(node: string): Promise<string | undefined> {
  const answer = await askText({
    ...{ title: t('Mark This Moment'), step: 1, steps: 1, value: '' },
    prompt: t('What is {0} like now? The mark stands on the time line of its topology.', node),
    validate: (text) => (text.trim() === '' ? t('A mark needs a name.') : null),
  });
  return typeof answer === 'object' ? answer.value : undefined;
}

/** Shows what changed between two moments. What the argument leaves open is asked for. */
export async function compareWith(
  services: Services,
  argument: unknown,
): Promise<ComparisonRequest | undefined> {
  const given = parseArgument(compareArgument, argument);
  const entry = requireNode(services, given);
  requireChange(entry);
  const from = given.from ?? (await askMoment(services, entry));
  return from === undefined ? undefined : show(services, entry, { from, to: given.to ?? null });
}

/** Shows what changed since people last looked at the panel of a node. */
export function compareSinceLook(services: Services, argument: unknown): ComparisonRequest {
  const entry = requireNode(services, parseArgument(itemArgument, argument));
  requireChange(entry);
  const from = lastLook(services, entry) ?? entry.session.history.moments[0];
  return show(services, entry, { from: from?.id ?? 0, to: null });
}

function show({ panels }: Services, { id }: NodeEntry, request: ComparisonRequest): ComparisonRequest {
  panels.open(id, { focus: true }).compare(request);
  return request;
}

function requireChange({ session, label }: NodeEntry): void {
  if (session.history.moments.length < 2) {
    throw new PatchbayError('not-found', t('Nothing has changed on {0} since it was connected.', label));
  }
}

function lastLook({ looks }: Services, { id, session }: NodeEntry): Moment | undefined {
  const endedMs = looks.endedMs(id);
  return endedMs === null ? undefined : session.history.momentAt(new Date(endedMs));
}

async function askMoment(services: Services, entry: NodeEntry): Promise<number | undefined> {
  const { history } = entry.session;
  const answer = await askPick<number>({
    ...{ title: t('Compare With…'), step: 1, steps: 1 },
    placeholder: t('What was then is compared with what is now'),
    choices: [...lookChoice(lastLook(services, entry)), ...markChoices(history), ...momentChoices(history)],
  });
  return typeof answer === 'object' ? answer.value : undefined;
}

function lookChoice(moment: Moment | undefined): Choice<number>[] {
  return moment
    ? [{ label: t('When I last looked'), description: clock(moment.atMs), value: moment.id }]
    : [];
}

function markChoices(history: History): Choice<number>[] {
  const marks = history.marks.toReversed().flatMap(({ id, label, atMs }): Choice<number>[] => {
    const moment = history.momentOf(id);
    return moment ? [{ label: iconText(label), description: clock(atMs), value: moment.id }] : [];
  });
  const heading: Choice<number> = { label: t('Marks'), kind: vscode.QuickPickItemKind.Separator };
  return marks.length > 0 ? [heading, ...marks] : [];
}

/** The newest one is what is now. */
function momentChoices(history: History): Choice<number>[] {
  const heading: Choice<number> = { label: t('Changes'), kind: vscode.QuickPickItemKind.Separator };
  const moments = history.moments
    .slice(0, -1)
    .filter(({ changes }, at) => changes > 0 || at === 0)
    .slice(-mostOffered)
    .toReversed();
  return [
    heading,
    ...moments.map(({ id, atMs, changes }) => ({
      label: clock(atMs),
      description: changes === 0 ? t('the first picture') : t('after {0} changes', changes),
      value: id,
    })),
  ];
}

function clock(atMs: number): string {
  return new Date(atMs).toLocaleTimeString(vscode.env.language);
}
