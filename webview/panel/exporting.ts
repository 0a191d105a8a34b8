/** Takes the picture out of the panel: into a file, which the host saves, or onto the clipboard. */
import type { PictureRequest } from '../../src/protocol/messages.ts';
import { pictureWords } from '../graph/pictureWords.ts';
import type { Picture } from '../render/emphasis.ts';
import { frameOf, type Frame, type Still } from '../render/still.ts';
import { paintPng } from '../render/stillPng.ts';
import { writeSvg } from '../render/stillSvg.ts';
import { isStale } from './connection.ts';
import { emphasisIn } from './emphasisController.ts';
import type { GraphView } from './graphView.ts';
import type { PanelParts } from './parts.ts';

/** Px of a PNG for each px on screen, at least: it is to be read where it is pasted. */
const sharpness = 2;

type Part = PictureRequest['part'];

/** The window on the graph. Its corner is on a whole px of the screen, as the tiles are. */
function seenFrame({ view, size }: GraphView): Frame {
  const snap = (value: number): number => Math.round(value * devicePixelRatio) / devicePixelRatio;
  return { view: { ...view, x: snap(view.x), y: snap(view.y) }, size };
}

/**
 * What is seen stands out as on screen, but for what only the pointer is on. In the whole picture nothing is left out or dimmed
 * for the sake of a selection or a search.
 */
function stillOf({ model, view }: PanelParts, picture: Picture, part: Part): Still {
  const stale = isStale(model.connection.value);
  const { scene } = picture;
  if (part === 'whole') {
    const emphasis = emphasisIn(model, picture, { selection: null, hover: null, matched: null });
    return view.renderer.still(scene, { frame: frameOf(scene.bounds), emphasis, stale });
  }
  const matched = model.matches.value?.keys ?? null;
  const emphasis = emphasisIn(model, picture, { selection: model.selection.value, hover: null, matched });
  return view.renderer.still(null, { frame: seenFrame(view), emphasis, stale });
}

async function draw(parts: PanelParts, picture: Picture, { format, part }: PictureRequest): Promise<Blob> {
  const still = stillOf(parts, picture, part);
  if (format === 'png') {
    return paintPng(still, Math.max(sharpness, part === 'seen' ? devicePixelRatio : 0));
  }
  const words = { isWhole: part === 'whole', isStale: isStale(parts.model.connection.value) };
  return new Blob([await writeSvg(still, pictureWords(picture.index, words))]);
}

async function copy(parts: PanelParts, picture: Picture): Promise<void> {
  const png = draw(parts, picture, { format: 'png', part: 'seen' });
  try {
    // Given as a promise, so that it is still the click that copies.
    await navigator.clipboard.write([new ClipboardItem({ 'image/png': png })]);
  } catch (error) {
    // What went wrong with the picture itself is said as it is.
    await png;
    throw new Error('The browser does not let the panel copy a picture. Export it to a file instead.', {
      cause: error,
    });
  }
  parts.announcer.say('Picture copied');
}

/** Gives what resolves with the picture as soon as there is one, and rejects where there will be none. */
function whenDrawn({ model }: PanelParts): () => Promise<Picture> {
  let waiting: ((picture: Picture | null) => void)[] = [];
  const look = (): void => {
    const [picture, { kind }] = [model.picture.value, model.connection.value];
    if (picture !== null || kind === 'empty' || kind === 'failed') {
      const settled = waiting;
      waiting = [];
      settled.forEach((settle) => settle(picture));
    }
  };
  model.picture.onDidChange(look);
  model.connection.onDidChange(look);
  return async () => {
    const picture = await new Promise<Picture | null>((resolve) => {
      waiting.push(resolve);
      look();
    });
    if (picture === null) {
      throw new Error('There is no picture yet.');
    }
    return picture;
  };
}

export function addExport(parts: PanelParts): void {
  const { host, keys, notices, toolbar } = parts;
  const drawn = whenDrawn(parts);
  const exportIt = (): void => parts.run('patchbay.panel.export', null);
  const copyIt = async (): Promise<void> => {
    try {
      await copy(parts, await drawn());
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      notices.error(text, { label: 'Export…', run: exportIt });
    }
  };
  host.serve(async (request) => {
    const picture = await drawn();
    if ('copyPicture' in request) {
      await copy(parts, picture);
      return {};
    }
    const file = await draw(parts, picture, request.draw);
    return { picture: new Uint8Array(await file.arrayBuffer()) };
  });
  toolbar.addView('Copy the picture', 'picture', () => void copyIt());
  toolbar.addView('Export… (E)', 'export', exportIt);
  keys.add({ keys: ['e'], where: 'graph', run: exportIt, help: { keys: 'E', meaning: 'export the graph' } });
}
