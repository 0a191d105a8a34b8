import * as vscode from 'vscode';
import { PatchbayError } from '../util/errors.ts';
import { addressOf, firstAddress, indexOf } from '../views/topologyIndex.ts';
import { itemArgument, parseArgument } from './arguments.ts';
import { requireNode, requireTopology, selected, selectionFor } from './nodeArgument.ts';
import type { Services } from './services.ts';

const { t } = vscode.l10n;

/** Copies the name of a pod, namespace or link. */
export function copyName(services: Services, argument: unknown): Promise<string> {
  return copy(
    services,
    argument,
    ({ link, namespace }) => link?.name ?? namespace.pod?.name ?? namespace.name,
  );
}

/** Copies the address that a pod, namespace or link is known by, without its prefix length. */
export function copyAddress(services: Services, argument: unknown): Promise<string> {
  return copy(services, argument, ({ link, namespace }, topology) => {
    const address = link ? firstAddress(link.addresses) : addressOf(indexOf(topology), namespace);
    return address?.replace(/\/\d+$/, '') ?? null;
  });
}

/** Copies the MAC address of a link, or of an entry of a forwarding table. */
export async function copyMac(services: Services, argument: unknown): Promise<string> {
  const { mac } = parseArgument(itemArgument, argument);
  if (mac === undefined) {
    return copy(services, argument, ({ link }) => link?.mac ?? null);
  }
  await vscode.env.clipboard.writeText(mac);
  return mac;
}

type Item = NonNullable<ReturnType<typeof selected>>;

async function copy(
  services: Services,
  argument: unknown,
  textOf: (item: Item, topology: ReturnType<typeof requireTopology>) => string | null,
): Promise<string> {
  const parsed = parseArgument(itemArgument, argument);
  const entry = requireNode(services, parsed);
  const topology = requireTopology(entry);
  const item = selected(topology, selectionFor(services, entry, parsed));
  const text = item && textOf(item, topology);
  if (text === null) {
    throw new PatchbayError('not-found', t('There is nothing to copy.'), {
      hint: t('Select a pod or a link that has one.'),
    });
  }
  await vscode.env.clipboard.writeText(text);
  return text;
}
