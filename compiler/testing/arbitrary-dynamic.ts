// Rule sets in which some of the named sets are dynamic addresses, nobody having joined them yet.

import fc from "fast-check";
import type { Arbitrary } from "fast-check";
import { emptyDynamicAddress, dynamicSetName } from "../dynamic-addresses.ts";
import type { AddressMatch, Ir, IrRule } from "../ir.ts";
import { anyIr } from "./arbitrary-ir.ts";

export const dynamicPool = ["d1", "d2"] as const;

/** Some sides of rules ask for a dynamic address beside or in place of what they asked for. */
export const anyDynamicIr: Arbitrary<Ir> = fc
  .tuple(
    anyIr,
    fc.array(fc.constantFrom("none", "none", "d1", "d2", "both", "beside"), { minLength: 24, maxLength: 24 }),
  )
  .map(([ir, choices]) => {
    let next = 0;
    const side = (match: AddressMatch): AddressMatch => {
      const choice = choices[next++ % choices.length] ?? "none";
      const excluded = match.kind === "sets" && match.excluded;
      switch (choice) {
        case "none":
          return match;
        case "both":
          return { kind: "sets", names: dynamicPool.map(dynamicSetName), excluded };
        case "beside":
          return {
            kind: "sets",
            names: [...(match.kind === "sets" ? match.names : []), dynamicSetName("d1")],
            excluded,
          };
        default:
          return { kind: "sets", names: [dynamicSetName(choice)], excluded };
      }
    };
    const changed = (rule: IrRule): IrRule =>
      rule.match.kind === "nothing" || rule.policy.scope === "default"
        ? rule
        : {
            ...rule,
            match: { ...rule.match, source: side(rule.match.source), destination: side(rule.match.destination) },
          };
    return {
      ...ir,
      addressSets: new Map([
        ...ir.addressSets,
        ...dynamicPool.map((name) => [dynamicSetName(name), emptyDynamicAddress(name)] as const),
      ]),
      contexts: ir.contexts.map((context) => ({ ...context, rules: context.rules.map(changed) })),
    };
  });
