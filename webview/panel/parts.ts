/** What every part of the panel may use. A part is a function `addX(parts)` in a file of its own and a line in panel.ts. */
import type { PanelCommand, Selection } from '../../src/protocol/messages.ts';
import type { NamespaceId } from '../../src/topology/topology.ts';
import type { Trace } from '../../src/trace/trace.ts';
import type { Host } from '../host/host.ts';
import { Notices } from '../ui/notices.ts';
import { Toolbar } from '../ui/toolbar.ts';
import { Announcer } from './announcer.ts';
import { CounterWatch } from './counters.ts';
import { GraphView } from './graphView.ts';
import { KeyTable } from './keys.ts';
import { PanelModel } from './model.ts';
import { SelectionController } from './selectionController.ts';

export class PanelParts {
  readonly host: Host;
  readonly model = new PanelModel();
  readonly announcer = new Announcer();
  readonly notices = new Notices();
  readonly toolbar: Toolbar;
  readonly view: GraphView;
  readonly counters: CounterWatch;
  readonly keys: KeyTable;
  readonly selecting: SelectionController;

  constructor(host: Host) {
    this.host = host;
    this.view = new GraphView(this.model, host);
    this.counters = new CounterWatch(host);
    this.keys = new KeyTable(this.view.element);
    this.selecting = new SelectionController(this.model, this.view, host, this.announcer);
    this.toolbar = new Toolbar((command) => this.run(command));
  }

  /** Asks the host for a command; what goes wrong is shown. */
  run(command: PanelCommand, selection: Selection | null = this.model.selection.value): void {
    void this.host.request(command, selection).then((error) => this.#tell(error));
  }

  /** Asks for a command about a trace. */
  runOf(trace: Trace['id'], command: PanelCommand): void {
    void this.host.requestOf(trace, command).then((error) => this.#tell(error));
  }

  /** Asks to be shown another of the traces that are kept. */
  recall(trace: Trace['id']): void {
    void this.host.recall(trace).then((error) => this.#tell(error));
  }

  /** Asks for the trace of a ping from a namespace to another, or to an address. */
  ping(from: NamespaceId, to: string): void {
    void this.host.ping(from, to).then((error) => this.#tell(error));
  }

  /** Asks for the mend of a finding: the host shows its commands first. */
  mend(finding: string): void {
    void this.host.mend(finding).then((error) => this.#tell(error));
  }

  /** Runs one of the commands that show what is known of an item in a terminal on the node. */
  runLine(line: string, selection: Selection | null): void {
    void this.host.runLine(line, selection).then((error) => this.#tell(error));
  }

  copy(text: string): void {
    void this.host.copy(text).then((error) => {
      this.#tell(error);
      if (error === null) {
        this.announcer.say('Copied');
      }
    });
  }

  #tell(error: string | null): void {
    if (error !== null) {
      this.notices.error(error);
    }
  }
}
