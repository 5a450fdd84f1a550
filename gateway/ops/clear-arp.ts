// `clear arp`, `clear arp all`: forgets neighbors of IPv4.

import { clearNeighbors } from "./neighbor-facts.ts";

const common = { family: 4, hostWord: "hostname", replyName: "clear-arp-table-results" } as const;

export const clearArp = clearNeighbors({
  ...common,
  command: "clear arp",
  help: "Forget the neighbors of IPv4",
  rpcName: "clear-arp-table",
  all: false,
});

export const clearArpAll = clearNeighbors({
  ...common,
  command: "clear arp all",
  help: "Forget all neighbors of IPv4",
  rpcName: "clear-arp-table-all",
  all: true,
});
