import assert from 'node:assert/strict';
import { parseHolders, parseNamespaceMounts } from '../../../src/iproute/holders.ts';

describe('parseNamespaceMounts', () => {
  it('reads namespace mounts, undoes octal escapes, and passes everything else over', () => {
    const text = [
      '125 124 0:4 net:[4026532535] /run/netns/n1 rw shared:6 - nsfs nsfs rw',
      '126 124 0:4 net:[4026532606] /run/netns/we\\040ird\\012\\134n rw - nsfs nsfs rw',
      '127 124 0:4 net:[4026532607] /run/netns/caf\u00e9 rw - nsfs nsfs rw',
      '128 124 0:4 mnt:[4026532608] /run/x rw - nsfs nsfs rw',
      '24 30 0:22 / /proc rw,nosuid - proc proc rw',
      '',
    ].join('\n');
    assert.deepEqual(parseNamespaceMounts(text), [
      { inode: '4026532535', path: '/run/netns/n1' },
      { inode: '4026532606', path: '/run/netns/we ird\n\\n' },
      { inode: '4026532607', path: '/run/netns/caf\u00e9' },
    ]);
  });
});

describe('parseHolders', () => {
  const id = 'a'.repeat(64);
  for (const cgroup of [
    `0::/system.slice/docker-${id}.scope`,
    `12:pids:/docker/${id}`,
    `0::/machine.slice/libpod-${id}.scope/container`,
    `0::/kubepods.slice/kubepods-pod1.slice/cri-containerd-${id}.scope`,
    `0::/libpod_parent/libpod-${id}`,
  ]) {
    it(`finds the container in ${cgroup.replaceAll(id, 'ID')}`, () => {
      assert.deepEqual(parseHolders(`41 4026532535 ${cgroup}\nnginx: master\n`), [
        { inode: '4026532535', process: { pid: 41, name: 'nginx: master', containerId: id } },
      ]);
    });
  }

  it('tells a container from the pod that it is in, and from the container that it runs in', () => {
    const outer = 'b'.repeat(64);
    for (const cgroup of [
      `9:name=systemd:/libpod_parent/${outer}/libpod-${id}`,
      `0::/docker/${outer}/kubelet/kubepods/pod1/${id}`,
      `0::/docker/${outer}/${id}`,
    ]) {
      assert.equal(parseHolders(`41 4026532535 ${cgroup}\nsleep\n`)[0]?.process.containerId, id);
    }
  });

  it('knows a process outside any container, and one without a readable cgroup', () => {
    const holders = parseHolders('7 100 0::/user.slice\nsleep\n8 100 \n$(reboot)\n');
    assert.deepEqual(
      holders.map(({ process }) => process),
      [
        { pid: 7, name: 'sleep', containerId: null },
        { pid: 8, name: '$(reboot)', containerId: null },
      ],
    );
  });
});
