import type { Diagnoses } from '../session/diagnoses.ts';
import type { NodeRegistry } from '../session/nodeRegistry.ts';
import type { Output } from '../views/output.ts';
import type { LastLooks } from '../views/panel/lastLooks.ts';
import type { TopologyPanels } from '../views/panel/topologyPanels.ts';
import type { RecentNodes } from '../views/recents.ts';
import type { SelectionService } from '../views/selectionService.ts';
import type { NodeTerminals } from '../views/terminal/nodeTerminals.ts';
import type { NodesView } from '../views/tree/nodesView.ts';

/** What commands work with. */
export interface Services {
  readonly nodes: NodeRegistry;
  readonly selection: SelectionService;
  readonly diagnoses: Diagnoses;
  readonly panels: TopologyPanels;
  readonly view: NodesView;
  readonly terminals: NodeTerminals;
  readonly output: Output;
  readonly recents: RecentNodes;
  readonly looks: LastLooks;
}
