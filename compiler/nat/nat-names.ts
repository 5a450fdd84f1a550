// The names of what stands in the kernel's table wherever something is translated.

/** Counts the sessions that each rule has translated, or left as they are. */
export const natHitsSet = "nat_hits";

/** What sessions are counted by there that had to be refused: there was no free outer port, or no room for another binding. */
export const natRefusals = 1;

export const natChains = {
  prerouting: "nat_prerouting",
  postrouting: "nat_postrouting",
  /** Each holds one rule, which a commit replaces. */
  liveIn: "live_nat_in",
  liveOut: "live_nat_out",
} as const;
