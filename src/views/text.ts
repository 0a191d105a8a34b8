/** Pure: makes text that comes from a node safe for the places of VS Code that read more into text than letters. */

/** Control characters, line breaks and those that turn the direction of text around. */
const unprintable = /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

/** A name as it may be shown on one line: what would be invisible, break it or reverse it becomes U+FFFD. */
export function plainText(name: string): string {
  return name.replace(unprintable, '\ufffd');
}

/** For quick picks and the status bar, which draw `$(name)` as an icon. */
export function iconText(name: string): string {
  return plainText(name).replaceAll('$(', '\\$(');
}

/** For notifications, which make `[label](command:…)` a link that runs a command. Line breaks stay. */
export function messageText(message: string): string {
  return message
    .split('\n')
    .map((line) => plainText(line).replaceAll('](', '] ('))
    .join('\n');
}

const naturalOrder = new Intl.Collator('en', { numeric: true });

/** Orders names as people do: "pod2" before "pod10". */
export function compareNames(a: string, b: string): number {
  return naturalOrder.compare(a, b) || (a < b ? -1 : a > b ? 1 : 0);
}
