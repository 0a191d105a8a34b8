import { strict as assert } from 'node:assert';
import * as vscode from 'vscode';
import type { NodeEntry } from '../../src/session/nodeRegistry.ts';
import type { Topology } from '../../src/topology/topology.ts';
import type { Event } from '../../src/util/event.ts';
import type { PatchbayApi } from '../../src/views/api.ts';
import type { TreeElement } from '../../src/views/tree/nodesTree.ts';

/** The extension under test, activated. */
export async function activatePatchbay(): Promise<PatchbayApi> {
  const extension = vscode.extensions.getExtension<PatchbayApi>('patchbay.patchbay');
  assert.ok(extension, 'Patchbay is among the extensions');
  return extension.activate();
}

/** Runs a command and fails with the error that people would see. */
export async function run<T>(api: PatchbayApi, command: string, argument?: unknown): Promise<T> {
  const errors: Error[] = [];
  const listening = api.onDidShowError((error) => errors.push(error));
  try {
    const result = await vscode.commands.executeCommand<T>(command, argument);
    const [error] = errors;
    if (error) {
      throw error;
    }
    return result;
  } finally {
    listening.dispose();
  }
}

/** Runs a command that must fail, and returns the error that people see. */
export async function fail(api: PatchbayApi, command: string, argument?: unknown): Promise<Error> {
  try {
    await run(api, command, argument);
  } catch (error) {
    return error as Error;
  }
  throw new assert.AssertionError({ message: `${command} showed no error` });
}

/** The open node of an id. */
export function nodeOf(api: PatchbayApi, id: string): NodeEntry {
  const entry = api.nodes.find((node) => node.id === id);
  assert.ok(entry, `${id} is open`);
  return entry;
}

export function topologyOf(entry: NodeEntry): Topology {
  assert.ok(entry.session.topology, `${entry.label} has been read`);
  return entry.session.topology;
}

/** Waits until something holds, asked now and after each event; mocha's time-out ends a wait in vain. */
export function until(event: Event<unknown>, holds: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    if (holds()) {
      resolve();
      return;
    }
    const listening = event(() => {
      if (holds()) {
        listening.dispose();
        resolve();
      }
    });
  });
}

/** One row of the tree as VS Code gets it. */
export interface TreeRow {
  readonly element: TreeElement;
  readonly label: string;
  readonly description: string;
  readonly item: vscode.TreeItem;
}

/** The rows below the row at the end of a path of labels. */
export function treeRows(api: PatchbayApi, ...path: readonly string[]): TreeRow[] {
  let rows = rowsUnder(api, undefined);
  for (const label of path) {
    const row = rows.find((candidate) => candidate.label === label);
    assert.ok(row, `${label} is among ${rows.map((candidate) => candidate.label).join(', ')}`);
    rows = rowsUnder(api, row.element);
  }
  return rows;
}

function rowsUnder(api: PatchbayApi, element: TreeElement | undefined): TreeRow[] {
  return api.tree.getChildren(element).map((child) => {
    const item = api.tree.getTreeItem(child);
    const { label, description } = item;
    return {
      element: child,
      item,
      label: typeof label === 'string' ? label : (label?.label ?? ''),
      description: typeof description === 'string' ? description : '',
    };
  });
}

export function labels(rows: readonly TreeRow[]): string[] {
  return rows.map(({ label }) => label);
}
