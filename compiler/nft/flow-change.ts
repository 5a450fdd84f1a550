// Instructions that change how a session goes on: the largest segment that a SYN announces, and the kernel's fast path.
// Source of the terms: net/netfilter/nft_exthdr.c and nft_flow_offload.c, Linux 6.1 to 6.18.

export type NftFlowChange =
  /**
   * Lowers what a SYN says of the largest segment to the number in the first two bytes of a word, high byte first. The
   * kernel never raises it, and leaves a packet without that option as it is.
   */
  | { readonly op: "set-segment-size"; readonly from: number }
  /**
   * Hands an established session of TCP or UDP to a flowtable: from then on its packets are forwarded at ingress and
   * meet no chain. Other packets, and sessions that a helper or a changed sequence needs, stay; the rule goes on.
   */
  | { readonly op: "offload"; readonly flowtable: string };

export function printFlowChange(change: NftFlowChange): string {
  switch (change.op) {
    case "set-segment-size":
      return `[ set maxseg reg ${change.from} ]`;
    case "offload":
      return `[ flow add @${change.flowtable} ]`;
  }
}
