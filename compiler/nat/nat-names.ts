// The names of what stands in the kernel's table wherever something is translated.

/** Counts the sessions that each rule has translated, or left as they are. */
export const natHitsSet = "nat_hits";

/** What sessions are counted by there that had to be refused: there was no free outer port, or no room for another binding. */
export const natRefusals = 1;

/** What inner hosts are counted by there that were not let in by another one's outer end, because it has not sent to them. */
export const natStrangers = 2;

export const natChains = {
  prerouting: "nat_prerouting",
  postrouting: "nat_postrouting",
  /** Each holds one rule, which a commit replaces. */
  liveIn: "live_nat_in",
  liveOut: "live_nat_out",
  /** For sessions that SYN cookies open. */
  output: "nat_output",
  liveSelf: "live_nat_self",
} as const;

/** Answers with a cookie what would be translated; the rest ends there. */
export const natAskedChain = "nat_asked";
