/** One section of the inspector: heading, facts, table, notes, and the commands that show them. */
import type { ShowCommand } from '../../../src/topology/showCommands.ts';
import { badge } from '../../controls/toolkit.ts';
import type { Fact, Section } from '../../graph/describe/cells.ts';
import { h } from '../dom.ts';
import { icon } from '../icons.ts';
import { cellElement } from './cells.ts';
import { commandList } from './commandList.ts';
import { DataTable } from './dataTable.ts';
import { findingItem, type FindingHandlers } from './findingItem.ts';

export type SectionHandlers = FindingHandlers;

export class SectionView {
  readonly element = h('section', {});
  readonly #handlers: SectionHandlers;
  readonly #heading = h('h3', {});
  readonly #commands = h('div', { class: 'section-commands', hidden: '' });
  readonly #body = h('div', { class: 'section-body' });
  readonly #toggle = h('button', { class: 'as-commands', type: 'button', 'aria-expanded': 'false' });
  #table: DataTable | null = null;
  #shown = '';
  #shownCommands = '';

  constructor(title: string, handlers: SectionHandlers) {
    this.#handlers = handlers;
    const label = `${title} as commands`;
    this.#toggle.setAttribute('aria-label', label);
    this.#toggle.title = label;
    this.#toggle.append(icon('terminal'));
    this.#toggle.addEventListener('click', () => this.#setCommandsOpen(this.#commands.hidden !== false));
    this.element.append(this.#heading, this.#commands, this.#body);
  }

  /** Draws what differs from what is shown. */
  show(section: Section, commands: readonly ShowCommand[], canRun: boolean): void {
    this.#showCommands(commands, canRun);
    const signature = JSON.stringify([section, canRun]);
    if (signature === this.#shown) {
      return;
    }
    this.#shown = signature;
    const count = section.count === undefined ? null : badge(String(section.count));
    this.#heading.replaceChildren(section.title, ...(count === null ? [] : [count]), this.#toggle);
    const parts = [
      this.#findings(section.findings, canRun),
      this.#facts(section.facts),
      this.#tableOf(section),
      ...notes(section),
    ];
    const wanted = parts.filter((part) => part !== null);
    const current = Array.from(this.#body.children);
    if (wanted.length !== current.length || wanted.some((part, at) => part !== current[at])) {
      this.#body.replaceChildren(...wanted);
    }
  }

  #showCommands(commands: readonly ShowCommand[], canRun: boolean): void {
    const signature = JSON.stringify([commands.map(({ line }) => line), canRun]);
    if (signature !== this.#shownCommands) {
      this.#shownCommands = signature;
      this.#toggle.hidden = commands.length === 0;
      this.#commands.replaceChildren(commandList(commands, this.#handlers, canRun));
    }
  }

  #setCommandsOpen(open: boolean): void {
    this.#commands.hidden = !open;
    this.#toggle.setAttribute('aria-expanded', String(open));
  }

  #findings(findings: Section['findings'], canMend: boolean): HTMLElement | null {
    return findings === undefined
      ? null
      : h(
          'ul',
          { class: 'findings' },
          ...findings.map((found) => findingItem(found, this.#handlers, canMend)),
        );
  }

  #facts(facts: readonly Fact[] | undefined): HTMLElement | null {
    if (facts === undefined) {
      return null;
    }
    const list = h('dl', {});
    for (const { label, values } of facts) {
      list.append(
        h('dt', {}, label),
        ...values.map((value) => h('dd', {}, cellElement(value, this.#handlers))),
      );
    }
    return list;
  }

  /** The table stays the same element, so that its order, filter and focus do. */
  #tableOf({ title, table }: Section): HTMLElement | null {
    if (table === undefined) {
      return null;
    }
    if (table.rows.length === 0) {
      return h('p', { class: 'muted none' }, 'None.');
    }
    this.#table ??= new DataTable(title, this.#handlers);
    this.#table.show(table);
    return this.#table.element;
  }
}

function notes({ notes: all = [] }: Section): HTMLElement[] {
  return all.map(({ text, remedy }) =>
    h(
      'div',
      { class: 'unknown-note' },
      h('p', {}, text),
      remedy === null ? null : h('p', { class: 'muted' }, remedy),
    ),
  );
}
