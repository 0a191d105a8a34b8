import assert from 'node:assert/strict';
import { explainRefusal, requireLinux } from '../../../src/transport/lab/unavailable.ts';

const settings =
  (values: Record<string, string>) =>
  (setting: string): string | null =>
    values[setting] ?? null;

describe('why a lab cannot be had', () => {
  it('is the system where there are no Linux namespaces', () => {
    for (const platform of ['darwin', 'win32'] as const) {
      assert.throws(() => requireLinux(platform), {
        code: 'lab-unavailable',
        hint: /over SSH, or open a recording/,
      });
    }
    requireLinux('linux');
  });

  it("is AppArmor's restriction, as Ubuntu sets it", () => {
    const said = 'unshare: write failed /proc/self/uid_map: Operation not permitted\n';
    const error = explainRefusal(
      1000,
      said,
      settings({
        'user/max_user_namespaces': '63432',
        'kernel/apparmor_restrict_unprivileged_userns': '1',
      }),
    );
    assert.equal(error.code, 'lab-unavailable');
    assert.match(error.message, /AppArmor.*Ubuntu 23\.10/);
    assert.match(error.hint ?? '', /sysctl -w kernel\.apparmor_restrict_unprivileged_userns=0/);
    assert.equal(error.detail, said);
  });

  it("is the distribution's switch, as Debian had it", () => {
    const error = explainRefusal(
      1000,
      'unshare: unshare failed: Operation not permitted\n',
      settings({
        'kernel/unprivileged_userns_clone': '0',
      }),
    );
    assert.match(error.hint ?? '', /sysctl -w kernel\.unprivileged_userns_clone=1/);
  });

  it('is what the kernel said where no setting explains it', () => {
    const error = explainRefusal(
      1000,
      'unshare: unshare failed: Operation not permitted\nmore\n',
      settings({}),
    );
    assert.match(error.message, /: unshare: unshare failed: Operation not permitted\.$/);
    assert.match(error.hint ?? '', /container/);
  });

  it('is not a setting that does not bind root', () => {
    const error = explainRefusal(
      0,
      'unshare: unshare failed: Operation not permitted',
      settings({
        'kernel/unprivileged_userns_clone': '0',
      }),
    );
    assert.doesNotMatch(error.message, /unprivileged_userns_clone/);
  });
});
