// `clear ipv6 neighbors`, `clear ipv6 neighbors all`: forgets neighbors of IPv6.

import { clearNeighbors } from "./neighbor-facts.ts";

const common = { family: 6, hostWord: "host", replyName: "ipv6-modify-nd" } as const;

export const clearIpv6Neighbors = clearNeighbors({
  ...common,
  command: "clear ipv6 neighbors",
  help: "Forget the neighbors of IPv6",
  rpcName: "clear-ipv6-nd-information",
  all: false,
});

export const clearIpv6NeighborsAll = clearNeighbors({
  ...common,
  command: "clear ipv6 neighbors all",
  help: "Forget all neighbors of IPv6",
  rpcName: "clear-ipv6-all-neighbors",
  all: true,
});
