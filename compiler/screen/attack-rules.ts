// What happens to a packet that shows an attack: it is counted under the attack's number, logged at most once a second, so
// that a flood cannot flood the log, and dropped unless the screen only alarms.

import type { RuleId } from "../ir.ts";
import type { NftInstruction, NftRule, NftStatement } from "../nft/program.ts";
import { drop, rule } from "../nft/statements.ts";
import { hitsSet, logGroup } from "../nft/table-names.ts";
import { instructions } from "./packet-tests.ts";

/** Before the attack's number, in the prefix of its log. */
export const screenLogWord = "screen";

/** The number of the attack in the prefix of a logged packet; undefined when no screen logged it. */
export function attackIdOf(prefix: string): number | undefined {
  const digits = /^screen (\d{1,8})$/.exec(prefix)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/** Before the number of the attack in copies of fragments, among which the gateway looks for those that overlap. */
const fragmentLogWord = "fragment";
/** For a zone and IP version; what comes beyond it is not looked at. */
const fragmentsPerSecondMax = 1_000;

/** The number of the attack that a copied fragment may be a part of. */
export function fragmentIdOf(prefix: string): number | undefined {
  const digits = /^fragment (\d{1,8})$/.exec(prefix)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

export function fragmentCopies(id: RuleId): readonly NftRule[] {
  const limit: NftInstruction = {
    op: "limit",
    count: fragmentsPerSecondMax,
    unitSeconds: 1,
    burst: fragmentsPerSecondMax,
  };
  return [rule(instructions(limit), logOf(`${fragmentLogWord} ${id}`))];
}

function logOf(prefix: string): NftStatement {
  return { kind: "log", group: logGroup, prefix, snapLength: 128, queueThreshold: 64 };
}

const scratch = 1;

/** `when` says which packets are logged at all; `pass` lets the packet go back to where it came from. */
export function attackRules(
  id: RuleId,
  end: "drop" | "pass" | readonly NftStatement[],
  when: readonly NftInstruction[] = [],
): readonly NftRule[] {
  const counted = instructions(
    { op: "immediate", value: id, to: scratch },
    { op: "lookup", set: hitsSet, from: scratch },
  );
  const log = logOf(`${screenLogWord} ${id}`);
  const atMost: NftInstruction = { op: "limit", count: 1, unitSeconds: 1, burst: 1 };
  const last = end === "drop" ? [rule(drop)] : end === "pass" ? [] : [rule(...end)];
  return [rule(counted), rule(instructions(...when, atMost), log), ...last];
}
