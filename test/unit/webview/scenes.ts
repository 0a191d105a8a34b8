/** Scenes laid out by ELK, and the themes and widths of text to draw them with. */
import ELK from 'elkjs/lib/elk.bundled.js';
import type { Topology } from '../../../src/topology/topology.ts';
import { indexTopology, type TopologyIndex } from '../../../webview/graph/topologyIndex.ts';
import { layoutPlan } from '../../../webview/layout/layoutTopology.ts';
import { planLayout } from '../../../webview/layout/plan.ts';
import { emptyMemory } from '../../../webview/layout/slots.ts';
import { parseColour } from '../../../webview/render/colour.ts';
import { TextFitter } from '../../../webview/render/measure.ts';
import { buildPalette, readTheme, type Palette } from '../../../webview/render/palette.ts';
import { composeScene, type Scene, type SceneOptions } from '../../../webview/render/scene.ts';
import type { WidthOf } from '../../../webview/render/svgText.ts';
import { themes, type ThemeName } from '../../harness/panel/themes.ts';

const elk = new ELK();

export async function pictureOf(
  topology: Topology,
  options?: SceneOptions,
): Promise<{ scene: Scene; index: TopologyIndex }> {
  const index = indexTopology(topology);
  const request = { plan: planLayout(index), memory: emptyMemory, screen: { width: 1200, height: 800 } };
  const { geometry } = await layoutPlan(elk, request);
  return { scene: composeScene(index, geometry, options), index };
}

export const sceneOf = async (topology: Topology, options?: SceneOptions): Promise<Scene> =>
  (await pictureOf(topology, options)).scene;

export function paletteOf(theme: ThemeName, font = 'sans-serif'): Palette {
  const { variables } = themes[theme];
  return buildPalette(
    readTheme((name) => parseColour(variables[name] ?? '')),
    font,
  );
}

export const fitter = new TextFitter((text) => Array.from(text).length * 11);
export const widthOf: WidthOf = ({ text, size, weight }) => fitter.width(text, size, weight);
