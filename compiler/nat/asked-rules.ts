// Rules that translate destinations, as a question: the same rules, and where they would translate, the packet is answered
// with a SYN cookie. What they would leave as it is ends there, as does what they refuse.

import type { NftInstruction, NftRule, NftStatement } from "../nft/program.ts";
import { drop, goTo } from "../nft/statements.ts";
import { cookieChain } from "../screen/lower-cookies.ts";
import { natHitsSet } from "./nat-names.ts";

export function askedRules(rules: readonly NftRule[]): readonly NftRule[] {
  return rules.map(({ statements }) => ({ statements: statements.flatMap(asked) }));
}

function asked(statement: NftStatement): readonly NftStatement[] {
  switch (statement.kind) {
    case "verdict":
      return [statement.verdict.kind === "accept" ? drop : statement];
    case "instructions": {
      const list = statement.list.filter(asks);
      const end = statement.list.some(({ op }) => op === "translate") ? [goTo(cookieChain)] : [];
      return list.length === 0 ? end : [{ kind: "instructions", list }, ...end];
    }
    case "match":
    case "lookup":
    case "vmap":
    case "set-mark":
    case "set-timeout":
    case "counter":
    case "log":
    case "reject":
    case "foreign":
      return [statement];
  }
}

/** Not what counts, names the rule, or says what becomes of the destination. */
function asks(instruction: NftInstruction): boolean {
  switch (instruction.op) {
    case "load":
    case "compare":
    case "mask":
    case "swap":
    case "copy":
      return true;
    case "lookup":
      return instruction.set !== natHitsSet;
    default:
      return false;
  }
}
