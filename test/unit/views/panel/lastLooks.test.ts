import assert from 'node:assert/strict';
import { LastLooks } from '../../../../src/views/panel/lastLooks.ts';

describe('LastLooks', () => {
  it('keeps when people last looked away, and not how often nobody looked', () => {
    const looks = new LastLooks();
    looks.set('lab', false, 1);
    assert.equal(looks.endedMs('lab'), null);
    looks.set('lab', true, 2);
    assert.equal(looks.endedMs('lab'), null);
    looks.set('lab', false, 3);
    looks.set('lab', false, 4);
    assert.equal(looks.endedMs('lab'), 3);
    looks.set('lab', true, 5);
    assert.equal(looks.endedMs('lab'), 3);
  });

  it('takes what is there for seen when people say so', () => {
    const looks = new LastLooks();
    looks.endNow('lab', 9);
    assert.equal(looks.endedMs('lab'), 9);
    assert.equal(looks.endedMs('other'), null);
  });
});
