/** Says what changes on the node, and what is wrong with it, to those who hear the panel, seldom enough to be listened to. */
import type { Topology } from '../../src/topology/topology.ts';
import { noFindings } from '../graph/findings.ts';
import { findingNewsOf, newsOf } from '../graph/news.ts';
import type { PanelParts } from './parts.ts';

/** Between one piece of news and the next; what comes and goes meanwhile is no news. */
const restMs = 2_000;

export function addNews({ announcer, model }: PanelParts): void {
  let told: Topology | null = null;
  let toldFindings = noFindings;
  let timer = 0;
  /** Of the topology; "" where it is not to be told, as the first one of a node. */
  const changes = (): string => {
    const now = model.picture.value?.complete === true ? model.picture.value.index.topology : null;
    const before = told;
    told = now;
    const isSuccessor = now !== null && before?.node.hostname === now.node.hostname;
    toldFindings = isSuccessor ? toldFindings : noFindings;
    return isSuccessor && now !== before ? newsOf(before, now) : '';
  };
  const findings = (): string => {
    const [before, now] = [toldFindings, model.findings.value];
    toldFindings = now;
    return before.known && now.known && now !== before ? findingNewsOf(before, now) : '';
  };
  const tell = (): void => {
    timer = 0;
    if (model.past.value !== null) {
      return; // What was then is no news; what came meanwhile is told on the way back.
    }
    const news = [changes(), findings()].filter((part) => part !== '').join('; ');
    if (news !== '') {
      announcer.tell(news);
      timer = window.setTimeout(tell, restMs);
    }
  };
  const tellSoon = (): void => {
    if (timer === 0 && model.past.value === null) {
      // Not while a picture is being drawn: to compare two crowded topologies takes a moment.
      timer = window.setTimeout(tell, 0);
    }
  };
  model.picture.onDidChange((picture, before) => picture?.index !== before?.index && tellSoon());
  model.findings.onDidChange(tellSoon);
}
