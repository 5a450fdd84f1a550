// The names of what stands in our table whatever the policy is. Names of a generation's own objects end in `_gN`.

/** Our one table, `table inet merlon`. */
export const tableName = "merlon";

/** Marks whose sessions are cut off. 0 is always in it: a session that no policy approved. The others are run-time state. */
export const revokedSet = "revoked";

/** Pairs of a bridge with itself, for the bridges of others: what they switch is none of our business. Run-time state. */
export const bridgesSet = "bridges";

/** Counts packets and bytes per rule id: sessions that began, packets that were refused. */
export const hitsSet = "hits";

/** Devices of the zones that answer stray segments of TCP with a reset. */
export const resettingSet = "resetting";
/** Takes established sessions past all chains, on kernels that can. */
export const fastFlowtable = "fast";
/** Marks whose sessions never go there. */
export const ordinarySet = "ordinary";
/** Devices between which sessions may take it. */
export const fastDevicesSet = "fast_devices";

/** The chains that a rule hands a packet to once its mark is set. They count it and end its way. */
export const actionChains = {
  permit: "permit",
  deny: "deny",
  denyAndLog: "deny_log",
  // `reject` is a word of the nft language and cannot be a name.
  reject: "reject_nolog",
  rejectAndLog: "reject_log",
  /** Where a packet goes that belongs to no session that may go on and begins none. */
  strays: "strays",
  hostPermit: "host_permit",
  hostRefuse: "host_refuse",
} as const;

/** Holds one rule, `goto policy_gN`: a commit replaces it, and with it the whole policy for transit traffic. */
export const liveChain = "live";
/** The same for traffic to the gateway itself. */
export const liveHostChain = "live_host";
/** The same for what the gateway itself sends. */
export const liveSelfChain = "live_self";

/** Tells the connections of secure wires apart; it stands only where there are wires. */
export const wiresChain = "wires";

/** The NFLOG group that refused packets are copied to. */
export const logGroup = 5;

export function generationName(name: string, generation: number): string {
  return `${name}_g${generation}`;
}
