// `show system foreign-rules`: what other programs on this host do to packets beside Merlon, looked up now.

import { findForeign } from "../find-foreign.ts";
import type { ForeignFinding } from "../foreign-findings.ts";
import { operation } from "./operation.ts";

const titles = {
  against: "Against the policies",
  beside: "Beside the policies",
  before: "Before or behind the policies",
} as const satisfies Record<ForeignFinding["weight"], string>;

export const showSystemForeignRules = operation<readonly ForeignFinding[]>({
  command: "show system foreign-rules",
  help: "Show what rules of other programs do to packets on this host",
  parameters: [],
  run: findForeign,
  text: (findings) => {
    if (findings.length === 0) return "No rules of other programs stand in the way of packets\n";
    const groups = Map.groupBy(findings, ({ weight }) => weight);
    return [...groups]
      .map(([weight, found]) => {
        const lines = found.map(({ where, sentence }) => `  ${where} ${sentence}\n`);
        return `${titles[weight]}:\n${lines.join("")}`;
      })
      .join("");
  },
});
