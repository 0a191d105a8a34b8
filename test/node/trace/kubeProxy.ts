/** Rule sets as kube-proxy makes them of services, in each of its modes, as shell commands. */

export interface Service {
  /** "shop/web": its namespace and its name. */
  readonly name: string;
  readonly clusterIp: string;
  readonly port: number;
  readonly nodePort?: number;
  /** "10.244.0.3:8080", "[fd00:244::3]:8080". */
  readonly endpoints: readonly string[];
  /** Clients stay with the endpoint that they got. */
  readonly isSticky?: true;
}

export interface Cluster {
  readonly family: 4 | 6;
  /** Where pods have their addresses: what comes from elsewhere is masqueraded. */
  readonly podNetwork: string;
  readonly serviceNetwork: string;
  readonly nodeAddress: string;
  readonly services: readonly Service[];
}

/** What the chains of one service and one endpoint are called: a hash in kube-proxy, a number here. */
const hashOf = (...numbers: number[]): string =>
  numbers.map((number) => `${number}`.padStart(4, 'A')).join('');

const addressOf = (endpoint: string): string => endpoint.replace(/:\d+$/, '').replace(/[[\]]/g, '');

/** kube-proxy --proxy-mode=nftables: maps of verdicts from services to chains, and from a random number to endpoints. */
export function nftablesMode({ family, podNetwork, serviceNetwork, nodeAddress, services }: Cluster): string {
  const ip = family === 4 ? 'ip' : 'ip6';
  const type = family === 4 ? 'ipv4_addr' : 'ipv6_addr';
  const chainOf = ({ name }: Service, kind: string, i: number): string =>
    `${kind}-${hashOf(i)}-${name}/tcp/http`;
  const endpointOf = ({ name }: Service, endpoint: string, i: number, j: number): string =>
    `endpoint-${hashOf(i, j)}-${name}/tcp/http__${endpoint
      .replace(/:(\d+)$/, '/$1')
      .replace(/[[\]]/g, '')
      .replaceAll(':', '.')}`;
  const served = services.filter(({ endpoints }) => endpoints.length > 0);
  const empty = services.filter(({ endpoints }) => endpoints.length === 0);
  const lines = [
    `table ${ip} kube-proxy {`,
    'comment "rules for kube-proxy"',
    `set cluster-ips { type ${type}; comment "Active ClusterIPs"; elements = { ${services.map(({ clusterIp }) => clusterIp).join(', ')} }`,
    '}',
    `set nodeport-ips { type ${type}; comment "IPs that accept NodePort traffic"; elements = { ${nodeAddress} }`,
    '}',
    ...served.flatMap((service, i) =>
      service.isSticky
        ? service.endpoints.flatMap((_, j) => [
            `set affinity-${hashOf(i, j)} { type ${type}; flags dynamic,timeout; timeout 3h; }`,
          ])
        : [],
    ),
    'chain mark-for-masquerade { meta mark set mark or 0x4000; }',
    'chain masquerading {',
    'meta mark and 0x4000 == 0 return',
    'meta mark set mark xor 0x4000',
    'masquerade fully-random',
    '}',
    'chain reject-chain { reject; }',
    ...served.flatMap((service, i) => [
      ...service.endpoints.flatMap((endpoint, j) => [
        `chain ${endpointOf(service, endpoint, i, j)} {`,
        `${ip} saddr ${addressOf(endpoint)} jump mark-for-masquerade`,
        ...(service.isSticky ? [`update @affinity-${hashOf(i, j)} { ${ip} saddr }`] : []),
        `meta l4proto tcp dnat to ${endpoint}`,
        '}',
      ]),
      `chain ${chainOf(service, 'service', i)} {`,
      `${ip} daddr ${service.clusterIp} ${ip} saddr != ${podNetwork} jump mark-for-masquerade`,
      ...(service.isSticky
        ? service.endpoints.map(
            (endpoint, j) =>
              `${ip} saddr @affinity-${hashOf(i, j)} goto ${endpointOf(service, endpoint, i, j)}`,
          )
        : []),
      `numgen random mod ${service.endpoints.length} vmap { ${service.endpoints.map((endpoint, j) => `${j} : goto ${endpointOf(service, endpoint, i, j)}`).join(', ')} }`,
      '}',
      ...(service.nodePort === undefined
        ? []
        : [
            `chain ${chainOf(service, 'external', i)} {`,
            'jump mark-for-masquerade',
            `goto ${chainOf(service, 'service', i)}`,
            '}',
          ]),
    ]),
    `map no-endpoint-services { type ${type} . inet_proto . inet_service : verdict; comment "vmap to drop or reject packets to services with no endpoints"`,
    ...(empty.length === 0
      ? []
      : [
          `elements = { ${empty.map(({ clusterIp, port, name }) => `${clusterIp} . tcp . ${port} comment "${name}:http" : goto reject-chain`).join(', ')} }`,
        ]),
    '}',
    `map service-ips { type ${type} . inet_proto . inet_service : verdict; comment "ClusterIP, ExternalIP and LoadBalancer IP traffic"`,
    `elements = { ${served.map((service, i) => `${service.clusterIp} . tcp . ${service.port} comment "${service.name}:http" : goto ${chainOf(service, 'service', i)}`).join(', ')} }`,
    '}',
    'map service-nodeports { type inet_proto . inet_service : verdict; comment "NodePort traffic"',
    ...nodePorts(
      served.flatMap((service, i) =>
        service.nodePort === undefined
          ? []
          : [
              `tcp . ${service.nodePort} comment "${service.name}:http" : goto ${chainOf(service, 'external', i)}`,
            ],
      ),
    ),
    '}',
    'chain services {',
    `${ip} daddr . meta l4proto . th dport vmap @service-ips`,
    `${ip} daddr @nodeport-ips meta l4proto . th dport vmap @service-nodeports`,
    '}',
    `chain service-endpoints-check { ${ip} daddr . meta l4proto . th dport vmap @no-endpoint-services; }`,
    'chain cluster-ips-check {',
    `${ip} daddr @cluster-ips reject comment "Reject traffic to invalid ports of ClusterIPs"`,
    `${ip} daddr { ${serviceNetwork} } drop comment "Drop traffic to unallocated ClusterIPs"`,
    '}',
    ...['forward', 'output'].flatMap((hook) => [
      `chain filter-${hook} {`,
      `type filter hook ${hook} priority 0;`,
      'ct state new jump service-endpoints-check',
      'ct state new jump cluster-ips-check',
      '}',
    ]),
    'chain nat-prerouting { type nat hook prerouting priority -100; jump services; }',
    'chain nat-output { type nat hook output priority -100; jump services; }',
    'chain nat-postrouting { type nat hook postrouting priority 100; jump masquerading; }',
    '}',
  ];
  return `nft -f - <<'END'\n${lines.join('\n')}\nEND\n`;
}

function nodePorts(elements: readonly string[]): string[] {
  return elements.length === 0 ? [] : [`elements = { ${elements.join(', ')} }`];
}

/** kube-proxy --proxy-mode=iptables: chains of services with a chance for each endpoint but the last, and a mark for what is masqueraded. */
export function iptablesMode({ family, podNetwork, services }: Cluster, variant: 'nft' | 'legacy'): string {
  const program = `${family === 4 ? 'iptables' : 'ip6tables'}-${variant}`;
  const bits = family === 4 ? 32 : 128;
  const served = services.filter(({ endpoints }) => endpoints.length > 0);
  const chains = served.flatMap(({ endpoints, nodePort }, i) => [
    `KUBE-SVC-${hashOf(i)}`,
    ...(nodePort === undefined ? [] : [`KUBE-EXT-${hashOf(i)}`]),
    ...endpoints.map((_, j) => `KUBE-SEP-${hashOf(i, j)}`),
  ]);
  const own = ['KUBE-SERVICES', 'KUBE-NODEPORTS', 'KUBE-POSTROUTING', 'KUBE-MARK-MASQ', ...chains];
  const lines = [
    '*nat',
    ...own.map((chain) => `:${chain} - [0:0]`),
    '-A PREROUTING -m comment --comment "kubernetes service portals" -j KUBE-SERVICES',
    '-A OUTPUT -m comment --comment "kubernetes service portals" -j KUBE-SERVICES',
    '-A POSTROUTING -m comment --comment "kubernetes postrouting rules" -j KUBE-POSTROUTING',
    '-A KUBE-MARK-MASQ -j MARK --or-mark 0x4000',
    '-A KUBE-POSTROUTING -m mark ! --mark 0x4000/0x4000 -j RETURN',
    '-A KUBE-POSTROUTING -j MARK --xor-mark 0x4000',
    '-A KUBE-POSTROUTING -m comment --comment "kubernetes service traffic requiring SNAT" -j MASQUERADE --random-fully',
    ...served.flatMap((service, i) => serviceRules(service, i, { podNetwork, bits })),
    '-A KUBE-SERVICES -m comment --comment "kubernetes service nodeports; NOTE: this must be the last rule in this chain" -m addrtype --dst-type LOCAL -j KUBE-NODEPORTS',
    'COMMIT',
    '*filter',
    ...['KUBE-SERVICES', 'KUBE-FORWARD', 'KUBE-FIREWALL'].map((chain) => `:${chain} - [0:0]`),
    '-A FORWARD -m conntrack --ctstate NEW -m comment --comment "kubernetes service portals" -j KUBE-SERVICES',
    '-A OUTPUT -m conntrack --ctstate NEW -m comment --comment "kubernetes service portals" -j KUBE-SERVICES',
    '-A FORWARD -m comment --comment "kubernetes forwarding rules" -j KUBE-FORWARD',
    '-A OUTPUT -j KUBE-FIREWALL',
    '-A KUBE-FORWARD -m conntrack --ctstate INVALID -j DROP',
    '-A KUBE-FORWARD -m comment --comment "kubernetes forwarding rules" -m mark --mark 0x4000/0x4000 -j ACCEPT',
    '-A KUBE-FORWARD -m comment --comment "kubernetes forwarding conntrack rule" -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
    ...(family === 4
      ? [
          '-A KUBE-FIREWALL ! -s 127.0.0.0/8 -d 127.0.0.0/8 -m comment --comment "block incoming localnet connections" -m conntrack ! --ctstate RELATED,ESTABLISHED,DNAT -j DROP',
        ]
      : []),
    ...services
      .filter(({ endpoints }) => endpoints.length === 0)
      .map(
        ({ name, clusterIp, port }) =>
          `-A KUBE-SERVICES -d ${clusterIp}/${bits} -p tcp -m comment --comment "${name}:http has no endpoints" -m tcp --dport ${port} -j REJECT`,
      ),
    'COMMIT',
  ];
  return `${program}-restore --noflush <<'END'\n${lines.join('\n')}\nEND\n`;
}

function serviceRules(
  { name, clusterIp, port, nodePort, endpoints, isSticky }: Service,
  i: number,
  { podNetwork, bits }: { readonly podNetwork: string; readonly bits: number },
): string[] {
  const service = `KUBE-SVC-${hashOf(i)}`;
  const comment = (text: string): string => `-m comment --comment "${name}:http${text}"`;
  return [
    `-A KUBE-SERVICES -d ${clusterIp}/${bits} -p tcp ${comment(' cluster IP')} -m tcp --dport ${port} -j ${service}`,
    ...(nodePort === undefined
      ? []
      : [
          `-A KUBE-NODEPORTS -p tcp ${comment('')} -m tcp --dport ${nodePort} -j KUBE-EXT-${hashOf(i)}`,
          `-A KUBE-EXT-${hashOf(i)} ${comment(' external destinations')} -j KUBE-MARK-MASQ`,
          `-A KUBE-EXT-${hashOf(i)} -j ${service}`,
        ]),
    `-A ${service} ! -s ${podNetwork} -d ${clusterIp}/${bits} -p tcp ${comment(' cluster IP')} -m tcp --dport ${port} -j KUBE-MARK-MASQ`,
    ...(isSticky
      ? endpoints.map(
          (endpoint, j) =>
            `-A ${service} ${comment(` -> ${endpoint}`)} -m recent --name KUBE-SEP-${hashOf(i, j)} --rcheck --seconds 10800 --reap --rsource -j KUBE-SEP-${hashOf(i, j)}`,
        )
      : []),
    ...endpoints.map((endpoint, j) => {
      const left = endpoints.length - j;
      const chance = left === 1 ? '' : ` -m statistic --mode random --probability ${(1 / left).toFixed(10)}`;
      return `-A ${service} ${comment(` -> ${endpoint}`)}${chance} -j KUBE-SEP-${hashOf(i, j)}`;
    }),
    ...endpoints.flatMap((endpoint, j) => [
      `-A KUBE-SEP-${hashOf(i, j)} -s ${addressOf(endpoint)}/${bits} ${comment('')} -j KUBE-MARK-MASQ`,
      `-A KUBE-SEP-${hashOf(i, j)} -p tcp ${comment('')}${isSticky ? ` -m recent --name KUBE-SEP-${hashOf(i, j)} --set --rsource` : ''} -m tcp -j DNAT --to-destination ${endpoint}`,
    ]),
  ];
}
