/** Stands in for the extension host where a page looks back: the host's own history and answers, without VS Code. */
import type { FromPanel, ToPanel } from '../../../src/protocol/messages.ts';
import { History } from '../../../src/session/history.ts';
import type { Topology } from '../../../src/topology/topology.ts';
import { PanelTimeline } from '../../../src/views/panel/panelTimeline.ts';
import { tellFindings } from './findings.ts';
import { live, show } from './openPanel.ts';
import type { PanelPage } from './panelPage.ts';

type PanelRequest = Extract<FromPanel, { readonly type: 'request' }>;

export class HistoryHost {
  readonly history = new History();
  readonly #timeline: PanelTimeline;
  readonly #panel: PanelPage;
  #topology: Topology | null = null;
  #answered = 0;
  lookedMs: number | null = null;

  constructor(panel: PanelPage) {
    const topology = (): Topology | null => this.#topology;
    this.#panel = panel;
    this.#timeline = new PanelTimeline({
      history: this.history,
      get topology() {
        return topology();
      },
    });
  }

  /** The node is like that from an instant on. */
  async become(topology: Topology, at: Date): Promise<void> {
    this.#topology = { ...topology, takenAt: at.toISOString() };
    this.history.add(this.#topology);
    await this.#panel.send(live, show(this.#topology), tellFindings(this.#topology), this.timeline());
  }

  timeline(): ToPanel {
    return { type: 'timeline', timeline: this.#timeline.next(this.lookedMs) };
  }

  /** Answers the next question of the page, and those that follow it at once; gives what was asked. */
  async answer(): Promise<readonly PanelRequest[]> {
    const asked = async (): Promise<PanelRequest[]> =>
      (await this.#panel.sent()).filter((message): message is PanelRequest => message.type === 'request');
    await this.#panel.waitForMessage('request', this.#answered + 1);
    const first = this.#answered;
    for (let open = await asked(); this.#answered < open.length; open = await asked()) {
      const request = open[this.#answered++];
      if (request) {
        await this.#panel.send({
          type: 'response',
          id: request.id,
          error: null,
          ...(await this.#replyTo(request)),
        });
        await this.#panel.nextFrame();
      }
    }
    return (await asked()).slice(first);
  }

  async #replyTo(request: PanelRequest): Promise<object> {
    if ('moment' in request) {
      return this.#timeline.moment(request.moment);
    }
    return 'compare' in request ? this.#timeline.compare(request.compare) : {};
  }
}
