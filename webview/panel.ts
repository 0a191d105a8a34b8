/** The panel: makes its parts and puts them on the page, nothing else. What a part does is in panel/. */
import { Host } from './host/host.ts';
import { addCollapsing } from './panel/collapsing.ts';
import { addConnection, connectionHosts } from './panel/connection.ts';
import { addCountersInSight } from './panel/countersInSight.ts';
import { addDragging } from './panel/dragging.ts';
import { addContextMenu } from './panel/contextMenu.ts';
import { addEmphasis } from './panel/emphasisController.ts';
import { addExport } from './panel/exporting.ts';
import { addFindings } from './panel/findings.ts';
import { addFocus } from './panel/focusMode.ts';
import { InspectorPane } from './panel/inspectorPane.ts';
import { addLegend } from './panel/legendPane.ts';
import { addMinimap } from './panel/minimapPart.ts';
import { addMoving } from './panel/moving.ts';
import { addNews } from './panel/newsTeller.ts';
import { addOutline } from './panel/outlineList.ts';
import { PanelParts } from './panel/parts.ts';
import { PictureFlow } from './panel/pictureFlow.ts';
import { addPointer } from './panel/pointer.ts';
import { addReset } from './panel/resetting.ts';
import { addSearch } from './panel/searchController.ts';
import { addTooltip } from './panel/tooltipPart.ts';
import { addTimeTravel } from './panel/timeTravel.ts';
import { addTrace } from './panel/traceController.ts';
import { addVerifying } from './panel/verifying.ts';
import { h } from './ui/dom.ts';

const help =
  'Left and right follow the cable towards the node and away from it, up and down go to the previous and next, Enter opens the inspector, slash searches, question mark lists all keys. The same network is in the list that follows.';

/** Builds the panel into the page, and tells the host that it is ready. The order is that in which parts hear of changes. */
export function startPanel(body: HTMLElement): void {
  const host = new Host();
  const parts = new PanelParts(host);
  const main = h('main', { class: 'panel' });
  const hosts = connectionHosts(main);
  const flow = new PictureFlow(parts, () => pane.width);
  addMoving(parts);
  const outline = addOutline(parts);
  addConnection(parts, hosts);
  addSearch(parts);
  const focusBand = addFocus(parts);
  addCollapsing(parts);
  addDragging(parts);
  addReset(parts, flow);
  addExport(parts);
  const matrix = addVerifying(parts);
  const legend = addLegend(parts);
  const pane = new InspectorPane(parts, addContextMenu(parts));
  const trace = addTrace(parts);
  const time = addTimeTravel(parts);
  const findings = addFindings(parts);
  addPointer(parts);
  addEmphasis(parts);
  const counters = addCountersInSight(parts);
  addNews(parts);
  const stage = h(
    'div',
    { class: 'stage' },
    parts.view.element,
    h('p', { class: 'offscreen', id: 'graph-help' }, help),
    hosts.state,
    addMinimap(parts),
    addTooltip(parts, counters),
    legend,
    trace.caption,
    h('div', { class: 'bands' }, hosts.band, focusBand, time.band, parts.notices.element),
  );
  const middle = h('div', { class: 'middle' }, matrix, stage, time.list, findings, pane.inspector.element);
  main.append(parts.toolbar.element, middle, time.bar, trace.strip);
  body.append(main, outline, parts.announcer.element);
  parts.view.restore();
  host.ready();
}
