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

const help = {
  play: { keys: 'Space', meaning: 'play or pause the trace' },
  step: { keys: ', .', meaning: 'a step back, forward in the trace' },
};

export class TraceTelling {
  readonly player = new Player();
  readonly #parts: PanelParts;
  readonly #strip: TraceStrip;
  readonly #caption: TraceCaption;
  #motion: Motion | null = null;
  #speed: number;
  #follow: boolean;

  constructor(parts: PanelParts, strip: TraceStrip, caption: TraceCaption) {
    this.#parts = parts;
    this.#strip = strip;
    this.#caption = caption;
    const { speed, follow } = parts.host.state.player ?? { speed: 1, follow: true };
    [this.#speed, this.#follow] = [speed, follow];
    this.player.setSpeed(speed);
    strip.bar.setFollow(follow);
    this.player.state.onDidChange((state, before) => this.#changed(state, before));
    parts.model.picture.onDidChange(() => {
      const wasHidden = this.#isHidden;
      this.#findFrames();
      if (this.#isHidden !== wasHidden) {
        this.#showDetail();
      }
      this.#drawFrames();
    });
    parts.view.onDidPan(() => {
      if (this.#follow && this.#step !== null) {
        this.setFollow(false);
      }
    });
    this.#addKeys();
  }

  setSpeed(speed: number): void {
    this.#speed = speed;
    this.player.setSpeed(speed);
    this.#keep();
  }

  setFollow(follow: boolean): void {
    this.#follow = follow;
    this.#strip.bar.setFollow(follow);
    this.#keep();
  }

  #keep(): void {
    this.#parts.host.keep({ player: { speed: this.#speed, follow: this.#follow } });
  }

  #addKeys(): void {
    const { keys } = this.#parts;
    const withStory = (run: () => void) => (): void => {
      if (this.player.steps.length > 0) {
        run();
      }
    };
    const step = (by: number): (() => void) => withStory(() => this.player.step(by));
    keys.add(
      { keys: [' '], where: 'graph', run: withStory(() => this.player.toggle()), help: help.play },
      { keys: [','], where: 'page', run: step(-1), help: help.step },
      { keys: ['.'], where: 'page', run: step(1), help: help.step },
    );
    keys.onEscape(() => {
      const told = this.#step !== null;
      if (told) {
        this.player.go(-1);
      }
      return told;
    });
  }

  get #step(): StoryStep | null {
    return this.player.steps[this.player.state.value.step] ?? null;
  }

  /** How far the frames of the step have come. */
  get #part(): number {
    return this.#step === null ? 0 : partOf(this.#step, this.player.state.value.elapsedMs);
  }

  #changed(state: PlayerState, before: PlayerState): void {
    if (state.step !== before.step) {
      this.#parts.model.traceRow.set(this.#step?.links ?? null);
      this.#findFrames();
      this.#showStep(state);
    }
    this.#drawFrames();
    this.#followFrame();
    this.#strip.bar.show(state);
  }

  #findFrames(): void {
    const { model, view } = this.#parts;
    const [picture, shown, step] = [model.picture.value, model.trace.value, this.#step];
    this.#motion = picture && shown.kind === 'done' && step ? motionOf(picture, shown.trace, step) : null;
    const frames = this.#motion?.courses.length ?? 0;
    tellStep(view.element, step && { at: this.player.state.value.step + 1, kind: step.kind, frames });
  }

  #showStep({ step, playing }: PlayerState): void {
    const told = this.#step;
    this.#caption.show(told);
    this.#showDetail();
    // The detail takes of the list's width, and that decides where the step is in it.
    this.#strip.list.show(step, !playing);
    const isSpoken = !this.#strip.isHeard && (!playing || this.#speed <= fastestSpoken);
    if (told !== null && isSpoken) {
      this.#parts.announcer.say(`Step ${step + 1} of ${this.player.steps.length}. ${told.text}`);
    }
  }

  /** The picture has nothing of where the step is. */
  get #isHidden(): boolean {
    return this.#motion?.courses.length === 0;
  }

  #showDetail(): void {
    this.#strip.detail.show(this.#step, this.#isHidden);
  }

  #drawFrames(): void {
    this.#parts.view.renderer.showMotion(this.#motion, this.#part);
  }

  /** One frame can be followed; the copies of a flood go everywhere. */
  #followFrame(): void {
    const part = this.#part;
    if (this.#follow && this.#motion?.courses.length === 1) {
      framesAt(this.#motion, part).forEach((at) => this.#parts.view.goAfter(at, part === 1 ? 1 : followed));
    }
  }
}
