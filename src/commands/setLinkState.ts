import * as vscode from 'vscode';
import { planLinkState, type LinkState } from '../pods/linkState.ts';
import { planAsText, planAsUndoScript } from '../pods/script.ts';
import type { NodeEntry } from '../session/nodeRegistry.ts';
import type { Link } from '../topology/topology.ts';
import type { Plan } from '../topology/plan.ts';
import { iconText, messageText } from '../views/text.ts';
import { indexOf } from '../views/topologyIndex.ts';
import { parseArgument, setLinkArgument } from './arguments.ts';
import { requireNode, requireRoot, requireTopology, selected } from './nodeArgument.ts';
import { runPlan } from './runPlan.ts';
import type { Services } from './services.ts';

const { t } = vscode.l10n;

/** Sets a link up, after a confirmation that shows the command and its inverse. Returns its name. */
export function setLinkUp(services: Services, argument: unknown): Promise<string | undefined> {
  return setLink(services, argument, 'up');
}

/** Sets a link down in the same way. */
export function setLinkDown(services: Services, argument: unknown): Promise<string | undefined> {
  return setLink(services, argument, 'down');
}

async function setLink(services: Services, argument: unknown, state: LinkState): Promise<string | undefined> {
  const given = parseArgument(setLinkArgument, argument);
  const entry = requireNode(services, given);
  const { connection } = requireRoot(entry);
  const topology = requireTopology(entry);
  const named = selected(topology, given.selection ?? null)?.link;
  const link = named ?? (await pickLink(services, entry, state));
  if (!link) {
    return undefined;
  }
  const plan = planLinkState(requireTopology(entry), link.id, state, { connection });
  if (given.confirmed !== true && !(await confirm(plan, state))) {
    return undefined;
  }
  await runPlan(entry, plan);
  return link.name;
}

async function confirm(plan: Plan, state: LinkState): Promise<boolean> {
  const detail = [
    t('This command will run on the node:'),
    '',
    planAsText(plan).trimEnd(),
    '',
    t('What takes it back:'),
    '',
    planAsUndoScript(plan).trimEnd(),
    ...(plan.warnings.length > 0 ? ['', ...plan.warnings] : []),
  ].join('\n');
  const action = state === 'up' ? t('Set Up') : t('Set Down');
  const options = { modal: true, detail: messageText(detail) };
  return (await vscode.window.showWarningMessage(messageText(`${plan.title}?`), options, action)) === action;
}

async function pickLink(services: Services, entry: NodeEntry, state: LinkState): Promise<Link | undefined> {
  const topology = requireTopology(entry);
  const index = indexOf(topology);
  const current = services.selection.of(entry.id)?.id;
  const items = topology.links
    .filter((link) => link.up !== (state === 'up'))
    .map((link) => {
      const namespace = index.namespace(link.namespace);
      const place = namespace?.root === true ? '' : (namespace?.pod?.name ?? namespace?.name ?? '');
      return { label: iconText(link.name), description: iconText(place), link };
    });
  items.sort((a, b) => Number(b.link.id === current) - Number(a.link.id === current));
  const item = await vscode.window.showQuickPick(items, {
    title: state === 'up' ? t('Set Link Up') : t('Set Link Down'),
    placeHolder: state === 'up' ? t('Interfaces that are down') : t('Interfaces that are up'),
  });
  return item?.link;
}
