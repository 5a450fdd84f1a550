// Refusals one step behind the policies. Behind the last hook, where policies are asked about a session that a SYN cookie
// opened and whose destination was translated, the kernel allows no `reject` (nft_reject_inet_validate). So a rule that
// rejects only marks the session there and everywhere, and the next chain of each hook refuses what is marked: with a word
// to the sender where that is possible. Only tables with both cookies and such translation are made like this.

import type { NftChain } from "../nft/program.ts";
import { accept, ctMark, drop, equals, goTo, number, rule, setMark } from "../nft/statements.ts";
import { filterPriority, refusals } from "../nft/stable-chains.ts";
import { actionChains } from "../nft/table-names.ts";

/** A mark that no rule has. It never outlives the packet. */
const refusedMark = 5;

const isRefused = equals(ctMark, number(refusedMark));
const refusedChain = "refused";

export function refusedLater(chains: readonly NftChain[]): readonly NftChain[] {
  const rejecting: readonly string[] = [actionChains.reject, actionChains.rejectAndLog];
  return [
    ...chains.map((chain): NftChain => {
      if (!rejecting.includes(chain.name)) return chain;
      const before = chain.rules.slice(0, -refusals.length);
      return { ...chain, rules: [...before, rule(setMark(refusedMark), accept)] };
    }),
    { name: refusedChain, rules: refusals },
    ...(["forward", "input", "output"] as const).map((hook): NftChain => ({
      name: `refuse_${hook}`,
      hook: { type: "filter", hook, priority: filterPriority + 1, policy: "accept" },
      rules: [rule(isRefused, goTo(refusedChain))],
    })),
  ];
}

/** Behind the chain that asks policies about clients; nobody is told, for the client has been answered already. */
export const refuseClients: NftChain = {
  name: "refuse_clients",
  hook: { type: "nat", hook: "postrouting", priority: 60, policy: "accept" },
  rules: [rule(isRefused, setMark(0), drop)],
};
