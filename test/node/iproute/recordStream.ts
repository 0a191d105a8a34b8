/**
 * Records test/fixtures/KERNEL-IPROUTE2/collector/: both lanes of what the collector prints on a real node, byte by
 * byte. Run it as root: `node test/node/iproute/recordStream.ts`.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { collectSnapshot } from '../../../src/iproute/collect.ts';
import type { Transport } from '../../../src/transport/transport.ts';
import { streamFolder } from '../../support/recordedStream.ts';
import { startSandbox } from '../support/sandbox.ts';

/**
 * Pods on a bridge, a tunnel, a stack of links, a namespace that only a process holds, and names that are no UTF-8. Two pods
 * have what is left to `ip`, so that both lanes are used.
 */
const wiring = `
ip link add cbr0 type bridge
ip addr add 10.244.0.1/24 brd + dev cbr0
ip link set cbr0 up
for pod in web db 'new
line' "$(printf 'b\\377d')"; do
  n=$((n + 1))
  ip netns add "$pod"
  ip link add veth$n alias "patchbay:pod=$pod" type veth peer name eth0 netns "$pod"
  ip link set veth$n up master cbr0
  ip -n "$pod" addr add 10.244.0.$((n + 1))/24 brd + dev eth0
  ip -n "$pod" link set eth0 up
  ip -n "$pod" route add default via 10.244.0.1
done
ip netns exec web ping -c 1 -W 2 10.244.0.3 >/dev/null
ip link add vx0 type vxlan id 7 remote 192.0.2.1 local 10.244.0.1 dstport 4789
ip -n db link add link eth0 name mv0 type macvlan mode bridge
ip -n db link add br1 type bridge
ip netns add tapped
ip -n tapped tuntap add dev tap0 mode tap
ip -n db rule add from 10.9.0.0/24 table 100
ip -n db route add 10.9.0.0/24 dev eth0 table 100
unshare --net sleep 1000 </dev/null >/dev/null 2>&1 &
until [ "$(readlink /proc/$!/ns/net)" != "$(readlink /proc/self/ns/net)" ] && [ "$(cat /proc/$!/comm)" = sleep ]; do :; done
`;

/** The same transport; what the commands that it starts print is kept. */
function recording(
  transport: Transport,
  keep: (argv: readonly string[], lanes: Buffer[][]) => void,
): Transport {
  return {
    ...transport,
    spawn: async (argv, options) => {
      const process = await transport.spawn(argv, options);
      const lanes: Buffer[][] = [[], []];
      process.onStdout((chunk) => lanes[0]?.push(Buffer.from(chunk)));
      process.onStderr((chunk) => lanes[1]?.push(Buffer.from(chunk)));
      keep(argv, lanes);
      return process;
    },
  };
}

const sandbox = await startSandbox();
try {
  const made = await sandbox.transport.exec(['sh', '-e', '-s'], { stdin: wiring });
  if (made.exitCode !== 0) {
    throw new Error(made.stderr);
  }
  let nonce = '';
  let lanes: Buffer[][] = [];
  await collectSnapshot(
    recording(sandbox.transport, (argv, kept) => {
      nonce = argv[3] ?? '';
      lanes = kept;
    }),
  );
  await mkdir(streamFolder, { recursive: true });
  await writeFile(join(streamFolder, 'nonce'), `${nonce}\n`);
  await writeFile(join(streamFolder, 'stdout'), Buffer.concat(lanes[0] ?? []));
  await writeFile(join(streamFolder, 'stderr'), Buffer.concat(lanes[1] ?? []));
} finally {
  sandbox.dispose();
}
