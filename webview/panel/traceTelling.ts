/** Tells the story of a trace: the player's step in the picture, in the strip, in the caption and to those who hear the panel. */
import type { StoryStep } from '../../src/trace/tellTrace.ts';
import { fastestSpoken, partOf } from '../graph/playback.ts';
import { framesAt, motionOf, type Motion } from '../render/motion.ts';
import type { TraceCaption } from '../ui/trace/traceCaption.ts';
import type { TraceStrip } from '../ui/trace/traceStrip.ts';
import { tellStep } from './graphFacts.ts';
import type { PanelParts } from './parts.ts';
import { Player, type PlayerState } from './player.ts';

/** Which part of what is missing the view makes up for in each frame: a frame on its way stays in sight, and nothing jerks. */
const followed = 0.3;

export interface Telling {
  readonly player: Player;
  /** Another story; an empty one tells nothing. */
  tell(steps: readonly StoryStep[]): void;
  setSpeed(speed: number): void;
  setFollow(follow: boolean): void;
}

export function addTelling(parts: PanelParts, strip: TraceStrip, caption: TraceCaption): Telling {
  const { host, keys, model, view, announcer } = parts;
  const player = new Player();
  let { speed, follow } = host.state.player ?? { speed: 1, follow: true };
  let motion: Motion | null = null;

  const toldStep = (): StoryStep | null => player.steps[player.state.value.step] ?? null;
  const drawStep = (): void => {
    const [picture, shown, step] = [model.picture.value, model.trace.value, toldStep()];
    motion = picture && shown.kind === 'done' && step ? motionOf(picture, shown.trace, step) : null;
    tellStep(
      view.element,
      step && { at: player.state.value.step + 1, kind: step.kind, frames: motion?.courses.length ?? 0 },
    );
  };
  const partTold = (): number => {
    const step = toldStep();
    return step === null ? 0 : partOf(step, player.state.value.elapsedMs);
  };
  const followFrame = (): void => {
    const part = partTold();
    const lead = motion === null || !follow || motion.courses.length > 1 ? [] : framesAt(motion, part);
    lead.forEach((at) => view.goAfter(at, part === 1 ? 1 : followed));
  };
  const changeStep = ({ step, playing }: PlayerState): void => {
    const told = toldStep();
    model.traceRow.set(told?.links ?? null);
    drawStep();
    caption.show(told);
    strip.list.show(step, !playing);
    strip.detail.show(told, motion?.courses.length === 0);
    if (told !== null && !strip.isHeard && (!playing || speed <= fastestSpoken)) {
      announcer.say(`Step ${step + 1} of ${player.steps.length}. ${told.text}`);
    }
  };
  const setFollow = (next: boolean): void => {
    follow = next;
    strip.bar.setFollow(follow);
    host.keep({ player: { speed, follow } });
  };

  player.state.onDidChange((state, before) => {
    if (state.step !== before.step) {
      changeStep(state);
    }
    view.renderer.showMotion(motion, partTold());
    followFrame();
    strip.bar.show(state);
  });
  model.picture.onDidChange(() => {
    drawStep();
    view.renderer.showMotion(motion, partTold());
  });
  view.onDidPan(() => {
    if (follow && toldStep() !== null) {
      setFollow(false);
    }
  });

  const help = {
    play: { keys: 'Space', meaning: 'play or pause the trace' },
    step: { keys: ', .', meaning: 'a step back, forward in the trace' },
  };
  const withStory = (run: () => void) => (): void => {
    if (player.steps.length > 0) {
      run();
    }
  };
  keys.add(
    { keys: [' '], where: 'graph', run: withStory(() => player.toggle()), help: help.play },
    { keys: [','], where: 'page', run: withStory(() => player.step(-1)), help: help.step },
    { keys: ['.'], where: 'page', run: withStory(() => player.step(1)), help: help.step },
  );
  keys.onEscape(() => {
    const told = toldStep() !== null;
    player.go(-1);
    return told;
  });
  player.setSpeed(speed);
  strip.bar.setFollow(follow);
  return {
    player,
    tell: (steps) => player.load(steps),
    setSpeed: (next) => {
      speed = next;
      player.setSpeed(speed);
      host.keep({ player: { speed, follow } });
    },
    setFollow,
  };
}
