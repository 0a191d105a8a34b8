/** Pure: how a trace is played: step by step, for what took microseconds could not be followed. */
import type { StoryStep } from '../../src/trace/tellTrace.ts';

/** Where in a story one is. `step` is -1 before the first; `elapsedMs` is how long the step is told already, at single speed. */
export interface Moment {
  readonly step: number;
  readonly elapsedMs: number;
}

export const beforeFirst: Moment = { step: -1, elapsedMs: 0 };

/** Half, double …, as they are chosen from. */
export const speeds = [0.25, 0.5, 1, 2, 4] as const;

/** Beyond this speed nobody could hear each step in time. */
export const fastestSpoken = 1;

const pace = { appearMs: 450, runMs: 900, restMs: 700, letterMs: 22, longestRestMs: 4_000 } as const;

/** How long the frames of a step are on their way; one that only begins appears where it is. */
export function travelMs({ from }: StoryStep): number {
  return from.length === 0 ? pace.appearMs : pace.runMs;
}

/** How long a step is told in all: there is time to read it. */
export function tellingMs(step: StoryStep): number {
  return travelMs(step) + Math.min(pace.longestRestMs, pace.restMs + pace.letterMs * step.text.length);
}

/** Which part (0–1) of their way the frames of a step have run. */
export function partOf(step: StoryStep, elapsedMs: number): number {
  return Math.min(1, elapsedMs / travelMs(step));
}

/** The step with which playing ends: what should have come after a loss is told to those who go on by hand. */
export function lastPlayed(steps: readonly StoryStep[]): number {
  const loss = steps.findIndex(({ kind }) => kind === 'lost');
  return loss < 0 ? steps.length - 1 : loss;
}

/** A moment as a place on a line from 0, before the first step, to the number of steps. */
export function placeOf(steps: readonly StoryStep[], { step, elapsedMs }: Moment): number {
  const told = steps[step];
  return told === undefined ? 0 : step + partOf(told, elapsedMs);
}

/** The moment at a place of that line. */
export function momentAt(steps: readonly StoryStep[], place: number): Moment {
  const step = Math.min(steps.length, Math.ceil(place)) - 1;
  const told = steps[step];
  return told === undefined ? beforeFirst : { step, elapsedMs: (place - step) * travelMs(told) };
}
