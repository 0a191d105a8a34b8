/** The lab as a node: what Patchbay does on nodes must work in it, for root and for a user who is not. */
import assert from 'node:assert/strict';
import type { Client } from 'ssh2';
import { connect, run, say, start, untilSays } from './labClient.ts';
import {
  buildOwnerProgram,
  isRoot,
  nobody,
  startOwnedLab,
  startOwnLab,
  type OwnerProgram,
  type TestLab,
} from './labs.ts';

const twoPods = `
  ip link add cbr0 type bridge
  ip addr add 10.244.0.1/24 dev cbr0
  ip link set cbr0 up
  for pod in 2 3; do
    ip netns add pod$pod
    ip link add veth$pod type veth peer name eth0 netns pod$pod
    ip link set veth$pod master cbr0 up
    ip -n pod$pod addr add 10.244.0.$pod/24 dev eth0
    ip -n pod$pod link set eth0 up
  done`;

function describeNode(title: string, open: () => Promise<TestLab>): void {
  describe(`a lab started ${title}`, () => {
    let lab: TestLab | undefined;
    let client: Client;

    before(async function () {
      if (!isRoot && title === 'as root') {
        this.skip();
      }
      lab = await open();
      client = await connect(lab);
      await say(client, twoPods);
    });
    after(async () => {
      if (lab !== undefined) {
        client.end();
        await lab.dispose();
      }
    });

    it('is root on a node of its own', async () => {
      assert.equal(
        await say(client, 'id -u; uname -n; pwd; echo $PATH'),
        [
          '0',
          'lab',
          '/root',
          '/run/lab/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
          '',
        ].join('\n'),
      );
    });

    it('shows only its own links, named namespaces and processes', async () => {
      assert.equal(
        await say(client, 'ls /sys/class/net | sort; ls /run/netns | sort'),
        'cbr0\nlo\nveth2\nveth3\npod2\npod3\n',
      );
      assert.match(await say(client, 'ps -e -o pid=,comm='), /^\s*1 sh\n\s*\d+ cat\n\s*\d+ sh\n\s*\d+ ps\n$/);
      assert.equal(
        await say(client, 'ip -n pod2 -j link | grep -o "\\"ifname\\":\\"eth0\\""'),
        '"ifname":"eth0"\n',
      );
      assert.equal(await say(client, 'ip netns exec pod2 ls /sys/class/net | sort'), 'eth0\nlo\n');
    });

    it('passes a ping between pods and from the node', async () => {
      assert.match(await say(client, 'ip netns exec pod2 ping -c1 -W2 10.244.0.3'), / 0% packet loss/);
      assert.match(await say(client, 'ping -c1 -W2 10.244.0.3'), / 0% packet loss/);
    });

    it('captures on all links at once, as LINUX_SLL2 through the channel', async () => {
      const capture = await start(
        client,
        'exec ip netns exec pod3 tcpdump -i any -y LINUX_SLL2 -U -c 2 -w - icmp 2>&1',
      );
      const seen: Buffer[] = [];
      capture.on('data', (chunk: Buffer) => seen.push(chunk));
      const closed = new Promise((resolve) => capture.once('close', resolve));
      await untilSays(capture, 'listening on any');
      await say(client, 'ip netns exec pod2 ping -c1 -W2 10.244.0.3');
      await closed;
      const echoes =
        Buffer.concat(seen).toString('latin1').split('\x0a\xf4\x00\x02\x0a\xf4\x00\x03').length - 1;
      assert.equal(echoes, 1);
    });

    it('lets a capture write to a file', async () => {
      const capture = 'tcpdump -i cbr0 -c 1 -w /tmp/seen.pcap arp 2>&1';
      const channel = await start(client, `${capture}; tcpdump -nr /tmp/seen.pcap`);
      const closed = untilSays(channel, 'who-has 10.244.0.77');
      await untilSays(channel, 'listening on');
      await run(client, 'ip netns exec pod2 ping -c1 -W1 10.244.0.77');
      assert.match(await closed, /Request who-has 10\.244\.0\.77/);
    });

    it('streams the changes of all namespaces', async () => {
      const monitor = await start(client, 'ip -ts monitor all-nsid label');
      const saying = untilSays(monitor, '10.99.');
      const seen: string[] = [];
      void saying.then((text) => seen.push(text));
      // The monitor does not say when it begins to listen: cause changes until it reports one.
      for (let i = 1; seen.length === 0; i++) {
        await say(client, `ip -n pod2 addr add 10.99.0.${i}/32 dev eth0`);
      }
      assert.match(await saying, /\[nsid \d+\]\[ADDR\]/);
      monitor.close();
    });

    it('enters a namespace that only a process holds', async () => {
      const output = await say(
        client,
        `unshare --net sh -c 'ip link add held type bridge; echo ready; exec sleep 100' >/tmp/held 2>&1 &
         until grep -q ready /tmp/held; do :; done
         nsenter --target $! --net ip -br link show held; kill $!`,
      );
      assert.match(output, /^held /);
    });

    it('lets sysctls of the network be set, in the node and in a pod', async () => {
      const script = 'sysctl -wq net.ipv4.ip_forward=1; ip netns exec pod2 sysctl -wq net.ipv4.ip_forward=1';
      const read = 'cat /proc/sys/net/ipv4/ip_forward; ip netns exec pod2 cat /proc/sys/net/ipv4/ip_forward';
      assert.equal(await say(client, `${script}; ${read}`), '1\n1\n');
    });

    it('filters packets with nftables', async () => {
      const table =
        'add table inet t; add chain inet t c { type filter hook output priority 0; }; add rule inet t c ip daddr 10.244.0.3 drop';
      await say(client, `ip netns exec pod2 nft '${table}'`);
      const { code } = await run(client, 'ip netns exec pod2 ping -c1 -W1 10.244.0.3');
      assert.equal(code, 1);
      await say(client, 'ip netns exec pod2 nft delete table inet t');
    });

    it('sees the files of the machine and cannot write to them', async () => {
      for (const folder of ['/', '/etc', '/usr', '/var/lib', import.meta.dirname]) {
        const { stderr, code } = await run(
          client,
          `cd ${folder} || exit 99; ls >/dev/null && touch patchbay-was-here`,
        );
        assert.deepEqual(
          [folder, code === 0, stderr.includes('touch') || code === 99],
          [folder, false, true],
        );
      }
      assert.equal(
        await say(client, 'for d in /tmp /root /run /var/tmp; do touch $d/mine; done; ls /root /var/tmp'),
        '/root:\nmine\n\n/var/tmp:\nmine\n',
      );
    });

    it('cannot change the devices of the machine, and can use them', async () => {
      const { code, stderr } = await run(client, 'echo x >/dev/null && chmod 666 /dev/null');
      assert.notEqual(code, 0);
      assert.match(stderr.toString(), /^chmod: .*(Read-only|not permitted)/);
    });

    it('reaps the processes that are left to its first one', async () => {
      await say(client, 'for i in 1 2 3; do (true & exec true) & done; wait; (sh -c "sleep 0 & :" &)');
      await say(client, 'while ps -e -o stat=,ppid= | grep -q "^Z.* 1$"; do :; done');
    });

    it('keeps what a command started in the background', async () => {
      const pid = (await say(client, 'sleep 1000 >/dev/null 2>&1 & echo $!')).trim();
      assert.equal(await say(client, `kill -0 ${pid} && cat /proc/${pid}/comm && kill ${pid}`), 'sleep\n');
    });
  });
}

describeNode('as root', startOwnLab);

let program: OwnerProgram;
before(async () => {
  program = await buildOwnerProgram();
});
after(() => program.dispose());
describeNode('without root', () => (isRoot ? startOwnedLab(program, nobody) : startOwnLab()));
