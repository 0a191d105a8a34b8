/** The width of text as a canvas draws it. */
import { referencePx, type MeasureText } from './measure.ts';

/** Measures in a CSS font family, by a canvas. */
export function measureBy(family: string): MeasureText {
  const context = document.createElement('canvas').getContext('2d');
  if (context === null) {
    throw new Error('This browser gives no canvas to measure text on.');
  }
  return (text, weight) => {
    context.font = `${weight} ${referencePx}px ${family}`;
    return context.measureText(text).width;
  };
}
