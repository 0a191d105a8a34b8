import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { buildInitScript, readOnlyMounts } from '../../../src/transport/lab/initScript.ts';

// Lines as Linux 6.18 prints them; the last two were made with `mount -t tmpfs` on folders of these names.
const mountinfo = `22 27 0:21 / /proc rw,relatime - proc proc rw
23 27 0:22 / /sys rw,relatime - sysfs sysfs rw
24 27 0:6 / /dev rw,relatime - devtmpfs devtmpfs rw,size=12334460k,nr_inodes=3083615,mode=755
25 24 0:23 / /dev/shm rw,relatime - tmpfs tmpfs rw,size=24684084k
27 1 254:0 / / rw,relatime - ext4 /dev/vda rw,discard,resv_strict
28 27 0:25 / /mnt/tools ro,nosuid,nodev,relatime - tmpfs tools ro,size=4k,mode=755
40 27 0:36 / /home rw,relatime shared:1 - ext4 /dev/vdb rw
41 27 0:37 / /mnt/a\\040b\\134c rw,relatime - tmpfs x rw
42 27 0:38 / /runner rw,relatime - tmpfs x rw
`;

describe("the lab's init script", () => {
  it('finds the mounts that must become read-only', () => {
    assert.deepEqual(readOnlyMounts(mountinfo), ['/dev', '/', '/home', '/mnt/a b\\c', '/runner']);
  });

  it('is valid for a POSIX shell whatever the names in it', () => {
    const hostile = `it's; $(id) "\``;
    const script = buildInitScript({
      hostname: hostile,
      mountinfo: `${mountinfo}43 27 0:39 / /mnt/${hostile.replaceAll(' ', '\\040')} rw - tmpfs x rw\n`,
      programs: new Map([['tool', `#!/bin/sh\necho '${hostile}'\n`]]),
    });
    execFileSync('sh', ['-n', '-c', script], { stdio: 'pipe' });
    assert.ok(script.includes(`'/mnt/it'\\''s; $(id) "\`'`));
  });
});
