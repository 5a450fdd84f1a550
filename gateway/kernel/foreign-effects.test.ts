// What foreign rules can do to a packet, over chains written down in short.

import { describe, expect, test } from "vitest";
import type { ForeignAct } from "./foreign-act.ts";
import { effectsOf } from "./foreign-effects.ts";
import type { ForeignRule, ForeignVerdict } from "./nf-tables/read-foreign-rule.ts";

/** `if drop`, `jump other`, `translates`; `if` makes it conditional. */
function rule(text: string): ForeignRule {
  const words = text.split(" ").filter((word) => word !== "if");
  const [word = "", chain] = words;
  const isVerdict = ["drop", "accept", "jump", "goto", "return"].includes(word);
  const verdict = { kind: word as ForeignVerdict["kind"], ...(chain === undefined ? {} : { chain }) };
  return {
    conditional: text.startsWith("if"),
    verdicts: isVerdict ? [verdict] : [],
    acts: isVerdict || word === "" ? [] : [word as ForeignAct],
    maps: [],
    devices: [],
  };
}

/** `base: if accept; jump x | x: drop` */
function rulesOf(text: string): ReadonlyMap<string, readonly ForeignRule[]> {
  return new Map(
    text.split("|").map((chain) => {
      const [name = "", list = ""] = chain.split(":");
      return [name.trim(), list.split(";").map((each) => rule(each.trim()))];
    }),
  );
}

describe.each<[what: string, chains: string, acts: readonly ForeignAct[], byDefault: boolean, withDropPolicy: boolean]>(
  [
    ["nothing at all", "base:", [], false, true],
    ["accepts everything", "base: accept", [], false, false],
    ["accepts something", "base: if accept", [], false, true],
    ["drops something", "base: if drop", ["drops"], false, true],
    ["drops the rest", "base: if accept; drop", ["drops"], true, true],
    ["rejects the rest", "base: if accept; drops", ["drops"], true, true],
    ["drops after it has accepted", "base: accept; drop", ["drops"], false, false],
    ["drops the rest in another chain", "base: jump a | a: if return; drop", ["drops"], true, true],
    ["comes back from another chain", "base: jump a; drop | a: return", ["drops"], true, true],
    ["does not come back from another chain", "base: goto a; drop | a: if drop", ["drops"], false, true],
    ["jumps where it may be", "base: if jump a | a: drop", ["drops"], false, true],
    ["translates and queues", "base: if translates; jump a | a: queues", ["queues", "translates"], false, true],
    ["has rules that nothing leads to", "base: if accept | a: drop; untracks", [], false, true],
    ["leads to a chain that is not there", "base: jump gone", [], false, true],
    ["seems to go in a circle", "base: jump a | a: goto base", [], false, true],
  ],
)("a chain that %s", (_, chains, acts, byDefault, withDropPolicy) => {
  test.each([false, true])("with a policy that drops: %s", (dropsByPolicy) => {
    expect(effectsOf("base", { rules: rulesOf(chains), dropsByPolicy })).toEqual({
      acts,
      devices: [],
      dropsByDefault: dropsByPolicy ? withDropPolicy : byDefault,
    });
  });
});

test("devices that are asked for, also in chains that are led to", () => {
  const rules = new Map([
    ["base", [{ ...rule("jump other"), devices: ["docker0", 7] }]],
    ["other", [{ ...rule("if accept"), devices: ["docker0", "veth*"] }]],
    ["idle", [{ ...rule("if accept"), devices: ["eth9"] }]],
  ]);
  expect(effectsOf("base", { rules, dropsByPolicy: false }).devices).toEqual(["docker0", 7, "veth*"]);
});
