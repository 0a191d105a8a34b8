/** The time of day of an ISO 8601 instant, or the text itself where it is none. */
export function clockTime(instant: string): string {
  const time = new Date(instant);
  return Number.isNaN(time.getTime()) ? instant : time.toLocaleTimeString();
}
