/**
 * Matches text against one OpenSSH pattern: `*` is any text, `?` any one character, all else itself
 * (ssh_config(5), PATTERNS). Linear in the text for each star, whatever the pattern.
 */
export function matchesPattern(text: string, pattern: string): boolean {
  let at = 0;
  let from = 0;
  let star = -1;
  let resume = 0;
  while (at < text.length) {
    if (pattern[from] === '*') {
      star = from++;
      resume = at;
    } else if (from < pattern.length && (pattern[from] === '?' || pattern[from] === text[at])) {
      from++;
      at++;
    } else if (star >= 0) {
      from = star + 1;
      at = ++resume;
    } else {
      return false;
    }
  }
  return /^\**$/.test(pattern.slice(from));
}

/** Matches text against a list of patterns: one must match, and none that is negated with `!`. */
export function matchesPatternList(text: string, patterns: readonly string[]): boolean {
  const negated = patterns.filter((pattern) => pattern.startsWith('!'));
  const positive = patterns.filter((pattern) => !pattern.startsWith('!'));
  return (
    positive.some((pattern) => matchesPattern(text, pattern)) &&
    !negated.some((pattern) => matchesPattern(text, pattern.slice(1)))
  );
}
