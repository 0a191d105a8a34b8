/** Random changes to a node: every kind of change that a person, a container runtime or a routing daemon makes. */

const bridges = ['br0', 'br1', 'br2'];
const podNames = ['a', 'b', 'c', 'd', 'e', 'f'];

/** The same seed makes the same changes. Each is a script that may fail in part, as such changes do. */
export class Churn {
  /** How many were made, and the last of them. */
  count = 0;
  last: readonly string[] = [];
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  next(): string {
    const script = this.#pick(this.#kinds)();
    this.count++;
    this.last = [...this.last, script].slice(-40);
    return `exec 2>/dev/null; set +e\n${script}\ntrue`;
  }

  /** Ends what would end by itself some time later, a change each. */
  rest(): string {
    return `for pid in $(cat /run/pids); do
  kill -9 $pid || true
  while [ -e /proc/$pid/ns/net ]; do :; done
done 2>/dev/null
rm -f /run/pids`;
  }

  /** Mulberry32. */
  #random(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  }

  #below(n: number): number {
    return Math.floor(this.#random() * n);
  }

  #pick<T>(items: readonly T[]): T {
    const item = items[this.#below(items.length)];
    if (item === undefined) {
      throw new RangeError('There is nothing to pick from.');
    }
    return item;
  }

  get #pod(): string {
    return this.#pick(podNames);
  }

  get #bridge(): string {
    return this.#pick(bridges);
  }

  /** A link that may be there, and the words that lead to its namespace. */
  get #link(): readonly [string, string] {
    const pod = this.#pod;
    return this.#pick([
      ['ip', this.#bridge],
      ['ip', `v${pod}`],
      [`ip -n ${pod}`, 'eth0'],
      [`ip -n ${pod}`, `x${this.#pod}`],
      [`ip -n ${pod}`, 'lo'],
    ] as const);
  }

  get #address(): string {
    return this.#pick([
      `10.0.${this.#below(3)}.${1 + this.#below(9)}/24`,
      `fd00:${this.#below(3)}::${1 + this.#below(9)}/64`,
    ]);
  }

  readonly #kinds: readonly (() => string)[] = [
    () => this.#createPod(),
    () => this.#createPod(),
    () => `ip netns del ${this.#pod}`,
    () => this.#recreate(),
    () => `ip netns add ${this.#pod}`,
    () => `ip link add ${this.#bridge} type bridge; ip link set ${this.#bridge} up`,
    () => `ip link del ${this.#bridge}`,
    () => `ip link set v${this.#pod} master ${this.#bridge}`,
    () => `ip link set v${this.#pod} nomaster`,
    () => this.#on(([ip, link]) => `${ip} link set ${link} down`),
    () => this.#on(([ip, link]) => `${ip} link set ${link} up`),
    () => this.#on(([ip, link]) => `${ip} link set ${link} down; ${ip} link set ${link} up`),
    () => this.#on(([ip, link]) => `${ip} link set ${link} mtu ${1300 + this.#below(5)}`),
    // The kernel tells of a new alias only on a link that is up.
    () =>
      this.#on(
        ([ip, link]) => `${ip} link set ${link} up && ${ip} link set ${link} alias n${this.#below(9)}`,
      ),
    () => this.#on(([ip, link]) => `${ip} addr add ${this.#address} dev ${link}`),
    () => this.#on(([ip, link]) => `${ip} addr del ${this.#address} dev ${link}`),
    () => this.#on(([ip, link]) => `${ip} addr flush dev ${link}`),
    () =>
      this.#on(
        ([ip, link]) =>
          `${ip} route add 192.0.2.${this.#below(4) * 64}/26 dev ${link} metric ${this.#below(3)}`,
      ),
    () => this.#on(([ip, link]) => `${ip} route del 192.0.2.${this.#below(4) * 64}/26 dev ${link}`),
    () =>
      this.#on(
        ([ip, link]) =>
          `${ip} neigh replace 10.0.1.${this.#below(9)} lladdr 02:00:00:00:00:0${this.#below(9)} dev ${link}`,
      ),
    () => this.#on(([ip, link]) => `${ip} neigh del 10.0.1.${this.#below(9)} dev ${link}`),
    () => this.#on(([ip]) => `${ip} rule add from 10.0.0.${this.#below(4)} table ${100 + this.#below(3)}`),
    () => this.#on(([ip]) => `${ip} rule del from 10.0.0.${this.#below(4)}`),
    () => `bridge fdb replace 02:00:00:00:01:0${this.#below(9)} dev v${this.#pod} master static`,
    () => `bridge fdb del 02:00:00:00:01:0${this.#below(9)} dev v${this.#pod} master`,
    () => this.#cable(),
    () => this.#cable(),
    () => `ip -n ${this.#pod} link del x${this.#pod}`,
    () => `ip -n ${this.#pod} link set x${this.#pod} netns ${this.#pod}`,
    () => `ip netns exec ${this.#pod} sleep 30 </dev/null >/dev/null & echo $! >>/run/pids`,
    () => `unshare --net sleep 30 </dev/null >/dev/null & echo $! >>/run/pids`,
    () => this.#heldPair(),
    () => `kill $(head -n 1 /run/pids); sed -i 1d /run/pids`,
    () => `ip netns exec ${this.#pod} ping -c 1 -W 0.2 10.0.0.${1 + this.#below(9)} >/dev/null`,
    () =>
      `ip link add dummy${this.#below(2)} type vxlan id ${this.#below(5)} dstport 4789; ip link del dummy${this.#below(2)}`,
    () =>
      // Never one over another: a covered name leads elsewhere.
      `umount /run/elsewhere/n; mkdir -p /run/elsewhere; touch /run/elsewhere/n; mount --bind /run/netns/${this.#pod} /run/elsewhere/n`,
    () => `umount /run/elsewhere/n`,
  ];

  #on(script: (link: readonly [string, string]) => string): string {
    return script(this.#link);
  }

  #createPod(): string {
    const pod = this.#pod;
    return `ip netns add ${pod}
ip link add v${pod} type veth peer name eth0 netns ${pod}
ip link set v${pod} up master ${this.#bridge}
ip -n ${pod} addr add ${this.#address} dev eth0
ip -n ${pod} link set eth0 up`;
  }

  /** Under the same name at once: the kernel may give the same inode again. */
  #recreate(): string {
    const pod = this.#pod;
    return `ip netns del ${pod} && ip netns add ${pod}${this.#pick(['', `; ip -n ${pod} link set lo up`])}`;
  }

  /** Straight from pod to pod: nothing of it is in the node's own namespace. */
  #cable(): string {
    const [one, other] = [this.#pod, this.#pod];
    return `ip -n ${one} link add x${other} type veth peer name x${one} netns ${other}; ip -n ${other} link set x${one} up`;
  }

  #heldPair(): string {
    return `unshare --net sleep 30 </dev/null >/dev/null & echo $! >>/run/pids
for i in 1 2 3 4 5 6 7 8 9; do [ /proc/$!/ns/net -ef /proc/self/ns/net ] || break; done
ip -n ${this.#pod} link add held type veth peer name up0 netns $!`;
  }
}
