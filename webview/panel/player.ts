/** Plays a story. It runs only while frames are on their way or a step is read; hidden or paused, nothing runs. */
import type { StoryStep } from '../../src/trace/tellTrace.ts';
import { beforeFirst, lastPlayed, momentAt, tellingMs, travelMs, type Moment } from '../graph/playback.ts';
import { standsStill } from '../render/stillness.ts';
import { Observable } from './observable.ts';

export interface PlayerState extends Moment {
  readonly playing: boolean;
  readonly speed: number;
}

/** After a stutter the frames go on from where they were. */
const longestFrameMs = 100;

export class Player {
  readonly state = new Observable<PlayerState>({ ...beforeFirst, playing: false, speed: 1 });
  #steps: readonly StoryStep[] = [];
  #frame = 0;
  #timer = 0;
  #frameAt = 0;

  constructor() {
    document.addEventListener('visibilitychange', () => {
      if (document.hidden) {
        this.pause();
      }
    });
  }

  get steps(): readonly StoryStep[] {
    return this.#steps;
  }

  /** Another story, from before its first step. */
  load(steps: readonly StoryStep[]): void {
    this.#halt();
    this.#steps = steps;
    this.#set({ ...beforeFirst, playing: false });
  }

  /** Plays or pauses; where nothing may move it goes on by one step. */
  toggle(): void {
    if (standsStill()) {
      this.step(1);
    } else if (this.state.value.playing) {
      this.pause();
    } else {
      this.#play();
    }
  }

  #play(): void {
    const { step, elapsedMs } = this.state.value;
    const ended = step < 0 || step >= lastPlayed(this.#steps);
    if (this.#steps.length > 0) {
      this.#set({ step: ended ? 0 : step, elapsedMs: ended ? 0 : elapsedMs, playing: true });
      this.#run();
    }
  }

  pause(): void {
    this.#halt();
    this.#set({ playing: false });
  }

  /** So many steps on or back. */
  step(by: number): void {
    this.go(this.state.value.step + by);
  }

  /** Tells one step, and then stands. */
  go(step: number): void {
    this.#halt();
    const at = Math.max(-1, Math.min(step, this.#steps.length - 1));
    const told = this.#steps[at];
    this.#set({ step: at, elapsedMs: told && standsStill() ? travelMs(told) : 0, playing: false });
    this.#run();
  }

  /** To a place between 0 and the number of steps, and stands there. */
  scrub(place: number): void {
    this.#halt();
    const moment = momentAt(this.#steps, standsStill() ? Math.ceil(place) : place);
    this.#set({ ...moment, playing: false });
  }

  setSpeed(speed: number): void {
    this.#halt();
    this.#set({ speed });
    this.#run();
  }

  #set(change: Partial<PlayerState>): void {
    this.state.set({ ...this.state.value, ...change });
  }

  #halt(): void {
    cancelAnimationFrame(this.#frame);
    window.clearTimeout(this.#timer);
  }

  #run(): void {
    const { step, elapsedMs, playing, speed } = this.state.value;
    const told = this.#steps[step];
    if (told !== undefined && elapsedMs < travelMs(told)) {
      this.#frameAt = performance.now();
      this.#frame = requestAnimationFrame((now) => this.#move(now));
    } else if (told !== undefined && playing) {
      const restMs = Math.max(0, tellingMs(told) - elapsedMs) / speed;
      this.#timer = window.setTimeout(() => this.#next(), restMs);
    }
  }

  #move(now: number): void {
    const { elapsedMs, speed } = this.state.value;
    const passedMs = Math.min(longestFrameMs, Math.max(0, now - this.#frameAt));
    this.#set({ elapsedMs: elapsedMs + passedMs * speed });
    this.#run();
  }

  #next(): void {
    const { step } = this.state.value;
    if (step < lastPlayed(this.#steps)) {
      this.#set({ step: step + 1, elapsedMs: 0 });
      this.#run();
    } else {
      this.pause();
    }
  }
}
