import { wiring } from './wiring.ts';

/** Beside the pods an outside, which knows no way to them. */
export const outside = `${wiring}
  ip netns add outside
  ip netns exec outside sh -c 'for file in all default; do echo 0 >/proc/sys/net/ipv6/conf/$file/accept_dad; done'
  ip link add up0 type veth peer name eth0 netns outside
  ip link set up0 up; ip -n outside link set eth0 up; ip -n outside link set lo up
  ip addr add 203.0.113.1/24 dev up0; ip -n outside addr add 203.0.113.2/24 dev eth0
  ip addr add fd00:99::1/64 dev up0 nodad; ip -n outside addr add fd00:99::2/64 dev eth0 nodad
`;
