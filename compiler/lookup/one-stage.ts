// A lookup of few rules: every address has one class on its side, every pair of classes one cell, and the cell knows
// every rule. The fastest way, as long as what overlaps does not multiply into too many cells.

import type { Family } from "@merlon/model/ip/address.ts";
import type { Ir, IrRule } from "../ir.ts";
import type { AddressValue } from "./address-pieces.ts";
import { AddressSide } from "./address-side.ts";
import { Cells } from "./cells.ts";
import type { AddressLevel, Lookup } from "./lookup.ts";
import { NodeStates } from "./node-states.ts";
import { PairMap } from "./pair-map.ts";
import type { RuleParts } from "./per-width.ts";
import type { Classes } from "./sweep.ts";
import { Triples } from "./triples.ts";
import { isEverything } from "./wide-level.ts";

export interface Sides {
  readonly source: AddressSide;
  readonly destination: AddressSide;
}

/** Every rule has addresses of the IP version on both sides. */
export function sidesOf(ir: Pick<Ir, "addressSets">, rules: readonly IrRule[], family: Family): Sides {
  const [source, destination] = [new AddressSide(ir, family), new AddressSide(ir, family)];
  for (const { match } of rules) {
    if (match.kind === "nothing") continue;
    source.add(match.source);
    destination.add(match.destination);
  }
  return { source, destination };
}

/** How many cells there are when rules that share one are counted each. */
export function cellsOfOneStage({ source, destination }: Sides): number {
  const others = destination.classesOfRules;
  return source.classesOfRules.reduce((sum, classes, rule) => sum + classes.length * (others[rule]?.length ?? 0), 0);
}

/** How many rows nodes have at most, when cells share none. */
export function nodesOfOneStage({ source, destination }: Sides, servicesOf: readonly (readonly number[])[]): number {
  const others = destination.classesOfRules;
  return source.classesOfRules.reduce(
    (sum, classes, rule) => sum + classes.length * (others[rule]?.length ?? 0) * (servicesOf[rule]?.length ?? 0),
    0,
  );
}

/** Undefined where lists of rules would be too large together, which takes hundreds of thousands of services. */
export function oneStageLookup(
  { family, rules, services, servicesOf }: RuleParts,
  { source, destination }: Sides,
): Lookup | undefined {
  const states = new NodeStates(servicesOf, services.count);
  const stateOf = new PairMap();
  const others = destination.classesOfRules;
  for (const [rule, classes] of source.classesOfRules.entries()) {
    for (const from of classes) {
      for (const to of others[rule] ?? []) stateOf.set(from, to, states.add(stateOf.get(from, to), rule));
    }
  }
  const [cells, nodes, used] = [new Cells(stateOf.size), new Triples(), new Set<number>()];
  stateOf.forEach((from, to, node) => {
    // State 0: only rules without any service, which decide nothing.
    if (node === 0) return;
    cells.push(from, to, node);
    used.add(node);
  });
  for (const node of used) states.forDecisions(node, (service, rule) => nodes.push(node, service, rule));
  if (states.isTooLarge) return undefined;
  return {
    family,
    rules,
    sources: [levelOf(source.classes, family)],
    destinations: [levelOf(destination.classes, family)],
    services,
    stages: [{ source: 0, destination: 0, cells: 0 }],
    cells: [cells],
    nodes,
  };
}

function levelOf({ intervals, count }: Classes<AddressValue>, family: Family): AddressLevel {
  const [only] = intervals;
  if (count === 1 && only !== undefined && isEverything(intervals, family))
    return { kind: "constant", class: only.class };
  return { kind: "intervals", intervals };
}
