import assert from 'node:assert/strict';
import { containerIdOf, parseHolders, parseNamespaceMounts } from '../../../src/iproute/holders.ts';

describe('parseNamespaceMounts', () => {
  it('reads namespace mounts, undoes octal escapes, and passes everything else over', () => {
    const text = [
      '/proc/self/mountinfo:125 124 0:4 net:[4026532535] /run/netns/n1 rw shared:6 - nsfs nsfs rw',
      '/proc/self/mountinfo:126 124 0:4 net:[4026532606] /run/netns/we\\040ird\\012\\134n rw - nsfs nsfs rw',
      '/proc/self/mountinfo:127 124 0:4 net:[4026532607] /run/netns/caf\u00e9 rw - nsfs nsfs rw',
      '/proc/self/mountinfo:128 124 0:4 mnt:[4026532608] /run/x rw - nsfs nsfs rw',
      '/proc/self/mountinfo:24 30 0:22 / /proc rw,nosuid - proc proc rw',
      '',
    ].join('\n');
    assert.deepEqual(parseNamespaceMounts(text), [
      { inode: '4026532535', path: '/run/netns/n1' },
      { inode: '4026532606', path: '/run/netns/we ird\n\\n' },
      { inode: '4026532607', path: '/run/netns/caf\u00e9' },
    ]);
  });

  it('reaches what is mounted for other processes alone through one of them', () => {
    const text = [
      '/proc/self/mountinfo:125 124 0:4 net:[100] /run/netns/n1 rw - nsfs nsfs rw',
      '/proc/77/mountinfo:225 224 0:4 net:[100] /run/netns/n1 rw - nsfs nsfs rw',
      '/proc/77/mountinfo:226 224 0:4 net:[200] /run/netns/hidden rw - nsfs nsfs rw',
    ].join('\n');
    assert.deepEqual(parseNamespaceMounts(text), [
      { inode: '100', path: '/run/netns/n1' },
      { inode: '200', path: '/proc/77/root/run/netns/hidden' },
    ]);
  });

  it('leaves out a mount that has another on it: its name leads to the other', () => {
    const text = [
      '/proc/self/mountinfo:125 124 0:4 net:[100] /run/netns/n1 rw - nsfs nsfs rw',
      '/proc/self/mountinfo:126 125 0:4 net:[200] /run/netns/n1 rw - nsfs nsfs rw',
      '/proc/self/mountinfo:127 126 0:4 net:[300] /run/netns/n1 rw - nsfs nsfs rw',
    ].join('\n');
    assert.deepEqual(parseNamespaceMounts(text), [{ inode: '300', path: '/run/netns/n1' }]);
  });
});

describe('parseHolders', () => {
  const id = 'a'.repeat(64);
  const inner = 'b'.repeat(64);
  const lists = (cgroup: string) => ({
    processes: 'net 41 4026532535\nmnt 41 4026532536\n',
    cgroups: `/proc/41/cgroup:${cgroup}\n`,
    names: '/proc/41/comm:nginx: master\n',
  });

  for (const cgroup of [
    `0::/system.slice/docker-${id}.scope`,
    `12:pids:/docker/${id}`,
    `0::/machine.slice/libpod-${id}.scope/container`,
    `0::/kubepods.slice/kubepods-pod1.slice/cri-containerd-${id}.scope`,
    `0::/libpod_parent/libpod-${id}`,
    `0::/system.slice/docker-${inner}.scope/kubepods/pod1/cri-containerd-${id}.scope`,
  ]) {
    it(`finds the container in ${cgroup.replaceAll(id, 'ID').replaceAll(inner, 'OUTER')}`, () => {
      assert.deepEqual(parseHolders(lists(cgroup), '1'), [
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
      assert.equal(containerIdOf(cgroup), id);
    }
  });

  it('knows a process outside any container', () => {
    const holders = parseHolders(
      {
        processes: 'net 7 100\nnet 8 100\n',
        cgroups: '',
        names: '/proc/7/comm:sleep\n/proc/8/comm:$(reboot)\n',
      },
      '1',
    );
    assert.deepEqual(
      holders.map(({ process }) => process),
      [
        { pid: 7, name: 'sleep', containerId: null },
        { pid: 8, name: '$(reboot)', containerId: null },
      ],
    );
  });

  it('keeps a name with a newline one name', () => {
    const names = '/proc/7/comm:two\n/proc/7/comm:lines\n';
    const [holder] = parseHolders({ processes: 'net 7 100\n', cgroups: '', names }, '1');
    assert.equal(holder?.process.name, 'two\nlines');
  });

  it('places a container that is in no other namespace in the node’s own', () => {
    const cgroups = `/proc/9/cgroup:0::/system.slice/docker-${id}.scope\n`;
    const there = { processes: '', cgroups, names: '/proc/9/comm:agent\n' };
    assert.deepEqual(parseHolders(there, '1'), [
      { inode: '1', process: { pid: 9, name: 'agent', containerId: id } },
    ]);
    assert.deepEqual(parseHolders(there, null), [], 'where other namespaces cannot be read it is not known');
  });

  it('does not take the monitor beside a container for a part of it', () => {
    const cgroups = `/proc/9/cgroup:0::/machine.slice/libpod-conmon-${id}.scope\n`;
    assert.deepEqual(parseHolders({ processes: '', cgroups, names: '/proc/9/comm:conmon\n' }, '1'), []);
  });
});
