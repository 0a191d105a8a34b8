import assert from 'node:assert/strict';
import { matchesPattern, matchesPatternList } from '../../../../src/transport/ssh/patterns.ts';

describe('OpenSSH patterns', () => {
  const cases: [text: string, pattern: string, matches: boolean][] = [
    ['web1', 'web?', true],
    ['web', 'web?', false],
    ['web12', 'web?', false],
    ['a.b.example', '*.example', true],
    ['example', '*.example', false],
    ['[10.0.0.1]:2222', '[10.0.0.*]:2222', true],
    ['anything', '*', true],
    ['', '*', true],
    ['', '', true],
    ['a.b', 'a+b', false],
    ['aXbXc', 'a*b*c', true],
    ['abab', '*ab', true],
  ];
  for (const [text, pattern, matches] of cases) {
    it(`${pattern} ${matches ? 'matches' : 'does not match'} ${text === '' ? 'nothing' : text}`, () => {
      assert.equal(matchesPattern(text, pattern), matches);
    });
  }

  it('lets a negated pattern of a list win, wherever it stands', () => {
    assert.equal(matchesPatternList('a.lab', ['*.lab', '!b.lab']), true);
    assert.equal(matchesPatternList('b.lab', ['*.lab', '!b.lab']), false);
    assert.equal(matchesPatternList('b.lab', ['!b.lab', '*.lab']), false);
    assert.equal(matchesPatternList('c', ['!b']), false);
  });

  it('takes no time over a pattern made to take long', () => {
    assert.equal(matchesPattern('a'.repeat(5000), `${'*a'.repeat(40)}b`), false);
  });
});
