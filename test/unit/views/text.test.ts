import { strict as assert } from 'node:assert';
import { compareNames, iconText, messageText, plainText } from '../../../src/views/text.ts';

describe('Text from a node', () => {
  it('is shown on one line, with nothing invisible in it', () => {
    assert.equal(plainText('a\nb\u0000c\u202ed\u200be'), 'a\ufffdb\ufffdc\ufffdd\ufffde');
    assert.equal(plainText('<img onerror=x> $(id) 🐟'), '<img onerror=x> $(id) 🐟');
  });

  it('draws no icons', () => {
    assert.equal(iconText('$(trash) $(id)'), '\\$(trash) \\$(id)');
  });

  it('makes no links in messages, and keeps their lines', () => {
    assert.equal(messageText('[ok](command:reboot)\nsecond'), '[ok] (command:reboot)\nsecond');
  });

  it('is ordered as people count', () => {
    assert.deepEqual(['pod10', 'pod2', 'Pod1', 'pod1'].sort(compareNames), ['pod1', 'Pod1', 'pod2', 'pod10']);
  });
});
