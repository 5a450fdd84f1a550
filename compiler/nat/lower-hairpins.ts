// Hairpins in the kernel's table, on the way out. What went in by a binding and leaves by a device on the inner side has its
// source translated as if it left by the outer one, by chains of its own. That it went in by a binding is asked of the
// connection: its first packet was sent to an outer end that is bound, and now goes to an inner end of the same class.

import type { Family } from "@merlon/model/ip/address.ts";
import type { IpRange } from "@merlon/model/ip/range-set.ts";
import type { Ir } from "../ir.ts";
import { fixedSet } from "../nft/fixed-set.ts";
import type { NftChain, NftElement, NftInstruction, NftSet } from "../nft/program.ts";
import { goTo, iifname, jump, l4proto, number, payload, rule, text } from "../nft/statements.ts";
import { generationName } from "../nft/table-names.ts";
import { addressWords, loadAddress } from "../screen/packet-tests.ts";
import { inner, load, outer, outerEnd, refuse } from "./binding-keys.ts";
import type { KeyContext, Way } from "./binding-keys.ts";
import { bindingSets } from "./binding-sets.ts";
import { boundAddresses } from "./bound-addresses.ts";
import type { Hairpin } from "./hairpins.ts";
import { hairpinWayOf, strangerTest } from "./lower-bindings.ts";
import { instructions } from "./nat-instructions.ts";
import type { SourceRuleSet } from "./ir-nat.ts";
import { natStrangers } from "./nat-names.ts";
import type { HairpinEnd, Step, Then } from "./nat-steps.ts";
import { single } from "./range-size.ts";

/** Words: the inner end that the first packet was led to, behind a device; and what is bound to where the packet goes now. */
const led = { key: 5, at: 8, class: 9, bound: 10 } as const;

export interface HairpinContext extends KeyContext {
  readonly ir: Ir;
  readonly nameOf: (...words: readonly string[]) => string;
  /** Chains of the rule sets that count for what enters by the one and leaves by the other device. */
  readonly chainsOf: (entering: string, leaving: string, end: HairpinEnd) => readonly string[];
}

export interface HairpinParts {
  readonly start: string;
  readonly chains: readonly NftChain[];
  readonly sets: readonly NftSet[];
}

export function lowerHairpins(hairpins: readonly Hairpin[], context: HairpinContext): HairpinParts {
  const { family, generation, nameOf } = context;
  const chains: NftChain[] = [];
  const elements: NftElement[] = [];
  const made = new Map<string, string>();
  const wayOut = (entering: string, leaving: string, isStranger: boolean): string => {
    const address = addressOf(context.ir, leaving, family);
    const parts = context.chainsOf(entering, leaving, { isStranger, ...(address === undefined ? {} : { address }) });
    const key = `${isStranger} ${parts.join(" ")}`;
    const known = made.get(key);
    if (known !== undefined) return known;
    const name = nameOf(`${isStranger ? "stranger" : "inside"}${family}`);
    made.set(key, name);
    chains.push({
      name,
      rules: [...parts.map((chain) => rule(jump(chain))), ...(isStranger ? [refuse(natStrangers)] : [])],
    });
    return name;
  };
  for (const { rule: from, entering, leaving } of hairpins) {
    const name = nameOf(`outside${family}`, from.set.name, from.rule.name);
    const strangers =
      from.persistent.permit === "any-remote-host"
        ? []
        : [
            rule(
              instructions(...strangerTest(from, hairpinWayOf(from), context, "first")),
              goTo(wayOut(entering, leaving, true)),
            ),
          ];
    chains.push({ name, rules: [...strangers, rule(goTo(wayOut(entering, leaving, false)))] });
    elements.push({ key: [text(entering), number(from.bindingClass)], data: { kind: "goto", chain: name } });
  }
  const map = generationName(`nat_hairpins${family}`, generation);
  const start = nameOf(`hairpins${family}`);
  const ways = [...new Set(hairpins.map((hairpin) => hairpinWayOf(hairpin.rule)))];
  chains.push({
    name: start,
    rules: ways.map((way) => rule(instructions(...wentIn(way, context), { op: "vmap", map, from: led.key }))),
  });
  return { start, chains, sets: [fixedSet(map, ["ifname", "mark"], "verdict", elements)] };
}

/** The connection went in by a binding; its class stands behind the device. */
function wentIn(way: Way, context: KeyContext): readonly NftInstruction[] {
  const { family } = context;
  const sets = bindingSets[family];
  const port = inner.at + 2 + addressWords[family];
  const bindsPorts = way !== "address";
  return [
    ...outerEnd(way, context, outer.at, "first"),
    { op: "lookup", set: sets.inward.name, from: outer.at, to: led.at },
    bindsPorts ? load(l4proto, inner.at) : { op: "immediate", value: 0, to: inner.at },
    { op: "copy", from: led.class, to: inner.at + 1, words: 1 },
    loadAddress(family, "destination", inner.at + 2),
    bindsPorts ? load(payload("th", "dport"), port) : { op: "port", value: 0, to: port },
    { op: "lookup", set: sets.bound.name, from: inner.at, to: led.bound },
    load(iifname, led.key),
  ];
}

function addressOf(ir: Ir, device: string, family: Family): IpRange | undefined {
  const [first] = boundAddresses(ir, device, family);
  return first === undefined ? undefined : single(first);
}

/** Whether a rule set does the same for what stays inside as for what leaves: nothing of it asks for the outer device. */
export function isSameInside(ir: Ir, set: SourceRuleSet, end: HairpinEnd): boolean {
  if (end.isStranger) return false;
  return set.rules.every(({ action }) => {
    if (action.kind === "pool") return ir.nat?.sourcePools[action.pool]?.overflow === undefined;
    return action.kind !== "interface";
  });
}

/** The steps of a rule set about sources that would leave by a device, for what stays inside. */
export function hairpinSteps(steps: readonly Step[], leaving: string, end: HairpinEnd): readonly Step[] {
  return steps.map((step) => (step.kind === "rule" ? { ...step, then: insideThen(step.then, leaving, end) } : step));
}

function insideThen(then: Then, leaving: string, end: HairpinEnd): Then {
  switch (then.kind) {
    case "binding": {
      const rules = then.rules.filter(({ outer: bound }) => bound.kind === "pool" || bound.device === leaving);
      const { rest, ...more } = then;
      return { ...more, rules, hairpin: end, ...(rest === undefined ? {} : { rest: insideThen(rest, leaving, end) }) };
    }
    case "off":
    case "refuse":
    case "address":
    case "pool":
      return end.isStranger ? refused : then;
    case "lookup":
      if (end.isStranger) return refused;
      return then.rest === undefined ? then : { ...then, rest: insideThen(then.rest, leaving, end) };
    case "masquerade": {
      const { address, isStranger } = end;
      if (isStranger || address === undefined) return refused;
      const { ports, random } = then;
      return { kind: "pool", ranges: [address], ports, persistent: false, random };
    }
  }
}

const refused: Then = { kind: "refuse" };
