/** Which blocks of an ssh_config file apply to a host. Pure but for the name of the local user; runs nothing. */
import { userInfo } from 'node:os';
import type { ConfigCondition } from './configFile.ts';
import { matchesPatternList } from './patterns.ts';

/** What is known of a connection while its settings are read. */
export interface MatchFacts {
  readonly originalHost: string;
  readonly host: string;
  readonly user: string;
}

/** Whether a Host or Match line applies. */
export function holds(condition: ConfigCondition, facts: MatchFacts): boolean {
  return condition.kind === 'host'
    ? matchesPatternList(facts.originalHost, condition.words)
    : matchHolds(condition.words, facts);
}

/**
 * A Match line, as pairs of criterion and patterns. `exec` is never run and holds never, like every criterion that
 * is not known here: a setting that may not apply is left out.
 */
function matchHolds(words: readonly string[], facts: MatchFacts): boolean {
  for (let at = 0; at < words.length; at++) {
    const word = (words[at] ?? '').toLowerCase();
    if (word === 'all') {
      continue;
    }
    const negated = word.startsWith('!');
    const subject = matchSubject(negated ? word.slice(1) : word, facts);
    const patterns = (words[++at] ?? '').split(',');
    if (subject === undefined || matchesPatternList(subject, patterns) === negated) {
      return false;
    }
  }
  return true;
}

function matchSubject(criterion: string, facts: MatchFacts): string | undefined {
  switch (criterion) {
    case 'host':
      return facts.host;
    case 'originalhost':
      return facts.originalHost;
    case 'user':
      return facts.user;
    case 'localuser':
      return localUser();
    default:
      return undefined;
  }
}

/** The name of the user we run as: the one ssh logs in with where no other is named. */
export function localUser(): string {
  return userInfo().username;
}
