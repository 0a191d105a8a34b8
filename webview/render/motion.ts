/** Pure: what one step of a trace shows over the picture: frames on their wires, and what is said at their end. */
import type { FrameRole, StoryStep } from '../../src/trace/tellTrace.ts';
import type { Learned, Trace } from '../../src/trace/trace.ts';
import { displayName } from '../graph/text.ts';
import type { Point } from '../layout/geometry.ts';
import { lineTo, pointAt, type Polyline } from '../layout/polyline.ts';
import { coursesOf, placeOf } from './course.ts';
import type { Picture } from './emphasis.ts';

/** A few words at a place. */
export interface Note extends Point {
  readonly text: string;
  readonly tone: 'learned' | 'lost';
}

export interface Motion {
  readonly role: FrameRole;
  /** "ARP question", "echo request, not seen". */
  readonly frame: string;
  /** A frame that nobody saw. */
  readonly ghost: boolean;
  /** It ends half way, and does not arrive. */
  readonly lost: boolean;
  readonly courses: readonly Polyline[];
  /** Told when the frames have arrived. */
  readonly notes: readonly Note[];
}

/** What is said of a frame that nobody saw. */
const doubts: Readonly<Partial<Record<StoryStep['kind'], string>>> = {
  unseen: 'not seen',
  predicted: 'predicted',
  stopped: 'predicted',
};

/** What a step looks like in a picture. Without courses and notes where the picture has nothing of it. */
export function motionOf(picture: Picture, trace: Trace, step: StoryStep): Motion {
  const courses = coursesOf(picture, trace, step);
  const lost = step.kind === 'lost' || step.kind === 'stopped';
  const doubt = doubts[step.kind];
  return {
    role: step.role,
    frame: [step.frame, ...(doubt === undefined ? [] : [doubt])].join(', '),
    ghost: doubt !== undefined,
    lost,
    courses,
    notes: [
      ...step.learned.flatMap((entry) => learnedNote(picture, entry)),
      ...(lost ? courses.slice(0, 1).map((course) => lossNote(trace, step, course)) : []),
    ],
  };
}

function learnedNote(picture: Picture, { table, link, mac, address }: Learned): Note[] {
  const place = placeOf(picture, link);
  const what = table === 'fdb' ? `learned: ${mac} is here` : `learned: ${address ?? ''} is at ${mac}`;
  return place === null ? [] : [{ ...place.stand, text: displayName(what), tone: 'learned' }];
}

function lossNote({ causes, verdict }: Trace, step: StoryStep, course: Polyline): Note {
  const why = causes[0]?.title ?? firstSentence(verdict.reason ?? step.text);
  const words = step.kind === 'lost' ? `Lost here. ${why}` : `Ends here. ${why}`;
  return { ...pointAt(course, endOf(course, true)), text: displayName(words), tone: 'lost' };
}

function firstSentence(text: string): string {
  return /^.*?\.(?=\s|$)/.exec(text)?.[0] ?? text;
}

function endOf({ length }: Polyline, lost: boolean): number {
  return lost ? length / 2 : length;
}

/** How far a step's frames have to run, in px of the scene. */
function reachOfMotion({ courses, lost }: Motion): number {
  return Math.max(0, ...courses.map((course) => endOf(course, lost)));
}

/** How far the frames have run when a part (0–1) of the time has passed: copies run equally fast, and wait where they arrive. */
function runsAt(motion: Motion, part: number): readonly (readonly [Polyline, number])[] {
  const run = reachOfMotion(motion) * (1 - Math.cos(Math.PI * part)) * 0.5;
  return motion.courses.map((course) => [course, Math.min(run, endOf(course, motion.lost))]);
}

/** Where the frames are when a part (0–1) of the time has passed. */
export function framesAt(motion: Motion, part: number): Point[] {
  return runsAt(motion, part).map(([course, run]) => pointAt(course, run));
}

/** The wires that the frames have run along by then; of a flood none, for its frames tell themselves where they went. */
export function trailsAt(motion: Motion, part: number): Point[][] {
  return motion.courses.length > 1 ? [] : runsAt(motion, part).map(([course, run]) => lineTo(course, run));
}
