/** What sketches of topologies leave out, as it is where nothing of it is there. */
export const blankNamespace = {
  switches: null,
  netfilter: null,
  resolvConf: null,
  unread: [],
  stateReadAt: null,
} as const;

export const blankLink = {
  addressDetails: [],
  statistics: null,
  mode: null,
  vlanId: null,
  tunnel: null,
  farEnds: [],
  activeMember: null,
  port: null,
  holders: [],
  switches: {},
} as const;

export const blankTopology = { vlans: [], containers: [], sockets: [] } as const;
