/** What the bench asks of each contender's page. */
import type { BenchMessage } from './message.ts';

export interface Contender {
  /** Draws what a message brought; settles when all of it is in the page's tree or on its canvas. */
  show(message: BenchMessage): Promise<void>;
  fit(): void;
  /** Shows the middle at 1:1. */
  actualSize(): void;
  /** Moves by so many px. */
  pan(x: number, y: number): void;
  /** Zooms about the middle of the window. */
  zoom(factor: number): void;
}

declare global {
  interface Window {
    contender: Contender;
  }
}

export function nextFrame(): Promise<number> {
  return new Promise((done) => requestAnimationFrame(done));
}

/** Waits, frame by frame, until a condition holds. */
export async function frameWhen(condition: () => boolean): Promise<void> {
  while (!condition()) {
    await nextFrame();
  }
}

export function stage(): HTMLElement {
  const element = document.createElement('div');
  element.style.cssText = 'position: absolute; inset: 0; overflow: hidden; background: #1f1f1f; color: #ccc';
  document.body.append(element);
  return element;
}
