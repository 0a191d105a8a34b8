/** Says what changes on the node to those who hear the panel, seldom enough to be listened to. */
import type { Topology } from '../../src/topology/topology.ts';
import { newsOf } from '../graph/news.ts';
import type { PanelParts } from './parts.ts';

/** Between one piece of news and the next; what comes and goes meanwhile is no news. */
const restMs = 2_000;

export function addNews({ announcer, model }: PanelParts): void {
  let told: Topology | null = null;
  let timer = 0;
  const tell = (): void => {
    timer = 0;
    if (model.past.value !== null) {
      return; // What was then is no news; what came meanwhile is told on the way back.
    }
    const now = model.picture.value?.complete === true ? model.picture.value.index.topology : null;
    if (now === null || told?.node.hostname !== now.node.hostname) {
      told = now;
      return;
    }
    const news = now === told ? '' : newsOf(told, now);
    told = now;
    if (news !== '') {
      announcer.tell(news);
      timer = window.setTimeout(tell, restMs);
    }
  };
  model.picture.onDidChange((picture, before) => {
    if (timer === 0 && picture?.index !== before?.index && model.past.value === null) {
      // Not while a picture is being drawn: to compare two crowded topologies takes a moment.
      timer = window.setTimeout(tell, 0);
    }
  });
}
