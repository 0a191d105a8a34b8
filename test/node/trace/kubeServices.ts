import { iptablesMode, nftablesMode, type Cluster } from './kubeProxy.ts';
import { outside } from './outside.ts';

/** Services over the pods of the wiring: web and db share a bridge, far is behind another. */
const clusters: readonly Cluster[] = [
  {
    family: 4,
    podNetwork: '10.244.0.0/15',
    serviceNetwork: '10.96.0.0/16',
    nodeAddress: '203.0.113.1',
    services: [
      {
        name: 'shop/far',
        clusterIp: '10.96.0.10',
        port: 80,
        nodePort: 30080,
        endpoints: ['10.245.0.2:8080'],
      },
      {
        name: 'shop/two',
        clusterIp: '10.96.0.20',
        port: 80,
        nodePort: 30081,
        endpoints: ['10.245.0.2:8080', '10.245.0.3:8080'],
      },
      {
        name: 'shop/sticky',
        clusterIp: '10.96.0.30',
        port: 80,
        endpoints: ['10.245.0.2:8080', '10.245.0.3:8080'],
        isSticky: true,
      },
      { name: 'shop/self', clusterIp: '10.96.0.40', port: 80, endpoints: ['10.244.0.2:8080'] },
      { name: 'shop/db', clusterIp: '10.96.0.60', port: 80, endpoints: ['10.244.0.3:8080'] },
      { name: 'shop/none', clusterIp: '10.96.0.50', port: 80, endpoints: [] },
    ],
  },
  {
    family: 6,
    podNetwork: 'fd00:244::/31',
    serviceNetwork: 'fd00:96::/112',
    nodeAddress: 'fd00:99::1',
    services: [
      {
        name: 'shop/far',
        clusterIp: 'fd00:96::10',
        port: 80,
        nodePort: 30080,
        endpoints: ['[fd00:245::2]:8080'],
      },
      {
        name: 'shop/two',
        clusterIp: 'fd00:96::20',
        port: 80,
        endpoints: ['[fd00:245::2]:8080', '[fd00:245::3]:8080'],
      },
    ],
  },
];

/** The forms of kube-proxy's rules. */
export const modes: readonly (readonly [name: string, (cluster: Cluster) => string])[] = [
  ['nftables', nftablesMode],
  ['iptables of nft', (cluster) => iptablesMode(cluster, 'nft')],
  ['iptables as of old', (cluster) => iptablesMode(cluster, 'legacy')],
];

/** The wiring with an outside, one more pod beside far, and the services of all clusters. */
export function servicesScript(rules: (cluster: Cluster) => string): string {
  return `${outside}
    pod near cbr1 10.245.0.3 fd00:245::3 10.245.0.1 fd00:245::1
    ip link set dev veth-web type bridge_slave hairpin on
    ip route add default via 203.0.113.2; ip route add default via fd00:99::2
    ${clusters.map(rules).join('\n')}`;
}
