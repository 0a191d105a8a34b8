/** The dumps that together tell of a namespace what one batch of `ip` asks (batch.ts), as `ip` itself asks for them. */

/** RTM_GET… */
const get = { link: 18, address: 22, route: 26, neighbour: 30, rule: 34, netconf: 82 } as const;
/** AF_INET; rules of IPv6 are asked for when somebody looks. */
const inet = 2;
/** IFLA_EXT_MASK with RTEXT_FILTER_VF: a link that has virtual functions is told with them, so that it is noticed. */
const withFunctions = [8, 0, 29, 0, 1, 0, 0, 0];

const zeros = (count: number): number[] => Array.from({ length: count }, () => 0);

/** Netlink messages without the sequence number and port, which no answer is told apart by. Little endian. */
export const dumpRequests: readonly Uint8Array[] = [
  request(get.link, [...zeros(16), ...withFunctions]),
  request(get.address, zeros(8)),
  request(get.route, zeros(12)),
  request(get.rule, [inet, ...zeros(11)]),
  request(get.neighbour, zeros(12)),
  request(get.netconf, zeros(4)),
];

/** struct nlmsghdr with NLM_F_REQUEST and NLM_F_DUMP, then the body. */
function request(type: number, body: readonly number[]): Uint8Array {
  const length = 16 + body.length;
  return Uint8Array.of(length, 0, 0, 0, type, 0, 0x01, 0x03, ...zeros(8), ...body);
}
