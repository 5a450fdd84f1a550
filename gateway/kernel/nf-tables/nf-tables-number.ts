// The numbers of nf_tables' messages and attributes that Merlon uses, by the kernel's own names in our spelling.
// Sources: linux/netfilter/nf_tables.h, nfnetlink.h, netfilter.h, nfnetlink_cttimeout.h of Linux 6.1 to 6.18.

/** NFPROTO_INET, the family of our table. */
export const inetFamily = 1;
/** NFPROTO_BRIDGE, the family of the table of secure wires. */
export const bridgeFamily = 7;

/** NFNL_MSG_BATCH_BEGIN and _END stand outside of every subsystem; their resource is the subsystem's number. */
export const batchMessage = { begin: 0x10, end: 0x11, subsystem: 10, generationAttribute: 1 } as const;

/** With NFNL_SUBSYS_NFTABLES in the high byte. */
export const nftMessage = {
  newTable: 0xa00,
  getTable: 0xa01,
  deleteTable: 0xa02,
  newChain: 0xa03,
  getChain: 0xa04,
  deleteChain: 0xa05,
  newRule: 0xa06,
  getRule: 0xa07,
  deleteRule: 0xa08,
  newSet: 0xa09,
  getSet: 0xa0a,
  deleteSet: 0xa0b,
  newElement: 0xa0c,
  getElement: 0xa0d,
  deleteElement: 0xa0e,
  newObject: 0xa12,
  getObject: 0xa13,
  deleteObject: 0xa14,
  newFlowtable: 0xa16,
  getFlowtable: 0xa17,
  deleteFlowtable: 0xa18,
} as const;

/** NLM_F_APPEND and NLM_F_NONREC: a rule goes behind the others, a chain that is in use stays. */
export const nftFlag = { append: 0x800, notRecursive: 0x100 } as const;

export const listElement = 1;

export const tableAttribute = { name: 1, flags: 2, userData: 6 } as const;
export const chainAttribute = {
  table: 1,
  name: 3,
  hook: 4,
  policy: 5,
  type: 7,
  counters: 8,
  flags: 10,
  userData: 12,
} as const;
export const hookAttribute = { number: 1, priority: 2, device: 3, devices: 4 } as const;
export const ruleAttribute = { table: 1, chain: 2, handle: 3, expressions: 4, compat: 5, userData: 7 } as const;
export const expressionAttribute = { name: 1, data: 2 } as const;
export const setAttribute = {
  table: 1,
  name: 2,
  flags: 3,
  keyType: 4,
  keyLength: 5,
  dataType: 6,
  dataLength: 7,
  policy: 8,
  description: 9,
  id: 10,
  timeout: 11,
  userData: 13,
  objectType: 15,
  expression: 17,
  expressions: 18,
} as const;
export const descriptionAttribute = { size: 1, concatenation: 2, fieldLength: 1 } as const;
export const setFlag = {
  anonymous: 0x1,
  constant: 0x2,
  interval: 0x4,
  map: 0x8,
  timeout: 0x10,
  evaluated: 0x20,
  object: 0x40,
  concatenation: 0x80,
  expression: 0x100,
} as const;
export const elementListAttribute = { table: 1, set: 2, elements: 3, setId: 4 } as const;
export const elementAttribute = {
  key: 1,
  data: 2,
  flags: 3,
  timeout: 4,
  expiration: 5,
  userData: 6,
  expression: 7,
  object: 9,
  keyEnd: 10,
  expressions: 11,
} as const;
export const elementFlag = { intervalEnd: 1, catchAll: 2 } as const;
export const dataAttribute = { value: 1, verdict: 2 } as const;
export const verdictAttribute = { code: 1, chain: 2 } as const;
/** NF_DROP and NF_ACCEPT, and the negative numbers of enum nft_verdicts as 32 bits. */
export const verdictCode = {
  drop: 0,
  accept: 1,
  continue: 0xffff_ffff,
  jump: 0xffff_fffd,
  goto: 0xffff_fffc,
  return: 0xffff_fffb,
} as const;
/** NFT_DATA_VERDICT, as the type of a map's data. */
export const verdictDataType = 0xffff_ff00;

export const objectAttribute = { table: 1, name: 2, type: 3, data: 4 } as const;
/** What nft calls an object, and its NFT_OBJECT_*. */
export const objectType = {
  counter: 1,
  quota: 2,
  "ct helper": 3,
  limit: 4,
  connlimit: 5,
  tunnel: 6,
  "ct timeout": 7,
  secmark: 8,
  "ct expectation": 9,
  synproxy: 10,
} as const;
export const timeoutAttribute = { networkProtocol: 1, protocol: 2, states: 3 } as const;
export const flowtableAttribute = { table: 1, name: 2 } as const;

export const expressionField = {
  meta: { to: 1, key: 2, from: 3 },
  ct: { to: 1, key: 2, direction: 3, from: 4 },
  payload: { to: 1, base: 2, offset: 3, length: 4, from: 5 },
  cmp: { from: 1, operator: 2, data: 3 },
  range: { from: 1, operator: 2, first: 3, last: 4 },
  bitwise: { from: 1, to: 2, length: 3, mask: 4, xor: 5, operation: 6 },
  byteorder: { from: 1, to: 2, operation: 3, length: 4, size: 5 },
  immediate: { to: 1, data: 2 },
  lookup: { set: 1, from: 2, to: 3, setId: 4, flags: 5 },
  log: { group: 1, prefix: 2, snapLength: 3, queueThreshold: 4, level: 5, flags: 6 },
  reject: { type: 1, code: 2 },
  objref: { type: 1, name: 2, from: 3, set: 4, setId: 5 },
} as const;

export const metaKey = {
  mark: 3,
  iif: 4,
  oif: 5,
  iifname: 6,
  oifname: 7,
  nfproto: 15,
  l4proto: 16,
  pkttype: 19,
} as const;
export const ctKey = { state: 0, direction: 1, status: 2, mark: 3 } as const;
/** NFT_CT_LABELS: 128 bits, of which what is written joins what was there. */
export const ctLabelKey = 13;
/** Of 16 bits, in the byte order of the machine. */
export const ctZoneKey = 17;
export const payloadBase = { network: 1, transport: 2 } as const;
export const comparison = { "==": 0, "!=": 1, "<": 2, "<=": 3, ">": 4, ">=": 5 } as const;
export const hookNumber = { prerouting: 0, input: 1, forward: 2, output: 3, postrouting: 4 } as const;
export const rejection = { icmp: 0, tcpReset: 1, icmpx: 2 } as const;
