import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  displayName,
  elideMiddle,
  formatBytes,
  formatNs,
  namespaceTitle,
} from '../../../webview/graph/text.ts';
import { blankNamespace } from '../blank.ts';

/** A font in which every letter is 10 px wide. */
const measure = (text: string): number => Array.from(text).length * 10;

describe('displayName', () => {
  it('replaces what is invisible, breaks lines or reverses text', () => {
    assert.equal(displayName('a\nb\tc\u0007\u202etxt.exe\u200b'), 'a�b�c��txt.exe�');
  });

  it('keeps markup as text, other scripts, and emoji joined of several', () => {
    for (const name of ['<img src=x onerror=alert(1)>', '工作负载', '👩‍👩‍👧‍👦🔌']) {
      assert.equal(displayName(name), name);
    }
  });

  it('replaces a joiner that joins no emoji', () => {
    assert.equal(displayName('we\u200db'), 'we�b');
  });
});

describe('namespaceTitle', () => {
  it('names what has no visible name', () => {
    const base = { ...blankNamespace, id: '1', names: [], root: false, pod: null, processes: [], links: [] };
    assert.equal(namespaceTitle({ ...base, name: '  ' }), '(no name)');
    assert.equal(namespaceTitle({ ...base, name: 'web' }), 'web');
    assert.equal(namespaceTitle({ ...base, name: 'x', root: true }), 'node');
  });
});

describe('elideMiddle', () => {
  it('leaves what fits', () => {
    assert.equal(elideMiddle('veth0123', 80, measure), 'veth0123');
  });

  it('cuts the middle and keeps both ends', () => {
    assert.equal(elideMiddle('cali0123456789', 70, measure), 'cal…789');
  });

  it('never cuts an emoji into its parts', () => {
    const family = '👩‍👩‍👧‍👦';
    assert.equal(elideMiddle(family.repeat(3), 160, measure), `${family}…${family}`);
  });

  it('gives nothing where not even the ellipsis fits', () => {
    assert.equal(elideMiddle('abc', 5, measure), '');
  });

  it('always fits, and is the text itself or holds its ends', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 60 }), fc.integer({ min: 0, max: 400 }), (text, width) => {
        const cut = elideMiddle(text, width, measure);
        assert.ok(cut === '' || measure(cut) <= width);
        if (cut !== text && cut !== '' && cut !== '…') {
          const [start = '', end = ''] = cut.split(/…(?!.*…)/s);
          assert.ok(text.startsWith(start.split('…')[0] ?? '') && text.endsWith(end));
        }
      }),
    );
  });
});

describe('formats', () => {
  it('gives times the unit that reads best', () => {
    const times = [0, 850, 12_400, 250_000, 1_204_000, 3_100_000_000];
    assert.deepEqual(times.map(formatNs), ['0 µs', '0.8 µs', '12.4 µs', '250 µs', '1.20 ms', '3.1 s']);
  });

  it('gives sizes the unit that reads best', () => {
    assert.deepEqual([0, 999, 1234, 5_600_000].map(formatBytes), ['0 B', '999 B', '1.2 kB', '5.6 MB']);
  });
});
