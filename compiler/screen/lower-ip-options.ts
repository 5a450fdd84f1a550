// The options of IPv4 as rules. The kernel looks for record route and source routes wherever they stand. Of the others the
// first option is looked at, behind up to three bytes of padding; a packet with more than one option, or with more
// padding, may hide one and counts as a bad option (or, where that is not checked for, as the first that is).

import type { NftElement, NftRule, NftVerdict } from "../nft/program.ts";
import { number, rule } from "../nft/statements.ts";
import { bytes, compare, instructions, load } from "./packet-tests.ts";
import type { Test } from "./packet-tests.ts";
import type { HeaderAttack } from "./screen.ts";
import type { ZoneObjects } from "./zone-objects.ts";

export const optionAttacks = [
  "loose-source-route",
  "strict-source-route",
  "source-route",
  "record-route",
  "bad-option",
  "timestamp",
  "security",
  "stream",
] as const satisfies readonly HeaderAttack[];

type OptionAttack = (typeof optionAttacks)[number];

/** RFC 791, RFC 1108, RFC 2113. */
export const ipOption = {
  end: 0,
  padding: 1,
  recordRoute: 7,
  timestamp: 68,
  security: 130,
  looseSourceRoute: 131,
  stream: 136,
  strictSourceRoute: 137,
  routerAlert: 148,
} as const;

const walked = {
  "loose-source-route": [ipOption.looseSourceRoute],
  "strict-source-route": [ipOption.strictSourceRoute],
  "source-route": [ipOption.looseSourceRoute, ipOption.strictSourceRoute],
  "record-route": [ipOption.recordRoute],
} as const;

const first = { timestamp: ipOption.timestamp, security: ipOption.security, stream: ipOption.stream } as const;

const paddingMax = 3;
const headerBytes = 20;

export function lowerIpOptions(attacks: readonly OptionAttack[], zone: ZoneObjects): readonly NftRule[] {
  const rules: NftRule[] = [];
  for (const [attack, options] of Object.entries(walked) as [keyof typeof walked, readonly (7 | 131 | 137)[]][]) {
    if (!attacks.includes(attack)) continue;
    for (const option of options) rules.push(rule(instructions(...hasOption(option)), zone.attack(attack)));
  }
  const hiding = (["bad-option", "timestamp", "security", "stream"] as const).find((one) => attacks.includes(one));
  if (hiding !== undefined) rules.push(...firstOption(attacks, zone), ...severalOptions(hiding, zone));
  const chain = zone.addChain("ip_options", rules);
  return [
    rule(instructions(...compare(bytes("network", 0, 1), "!=", 0x45)), {
      kind: "verdict",
      verdict: { kind: "jump", chain },
    }),
  ];
}

function hasOption(option: 7 | 131 | 137): Test {
  return [
    load({ kind: "has-ip-option", option }, 1),
    { op: "compare", from: 1, operator: "==", value: 0x0100_0000, network: true },
  ];
}

/** By its type, behind padding of each length. */
function firstOption(attacks: readonly OptionAttack[], zone: ZoneObjects): readonly NftRule[] {
  const verdictOf = (attack: OptionAttack): NftVerdict => {
    const target = zone.attack(attack);
    if (target.kind !== "verdict") throw new Error("an attack is a chain");
    return target.verdict;
  };
  const elements: NftElement[] = [];
  for (const type of Object.values(ipOption)) {
    const attack = (Object.keys(first) as (keyof typeof first)[]).find((one) => first[one] === type);
    const data = attack !== undefined && attacks.includes(attack) ? verdictOf(attack) : ({ kind: "continue" } as const);
    elements.push({ key: [number(type)], data });
  }
  if (attacks.includes("bad-option")) elements.push({ key: "rest", data: verdictOf("bad-option") });
  const map = zone.addSet("ip_option", ["inet_proto"], elements, "verdict");
  return Array.from({ length: paddingMax + 1 }, (_, padding) =>
    rule(
      instructions(...padded(padding), load(bytes("network", headerBytes + padding, 1), 1), {
        op: "vmap",
        map,
        from: 1,
      }),
    ),
  );
}

/** The first bytes behind the header are padding. */
function padded(count: number): Test {
  const test = { 0: [], 1: padding(0, 1), 2: padding(0, 2), 3: [...padding(0, 2), ...padding(2, 1)] }[count];
  if (test === undefined) throw new Error(`no option stands behind ${count} bytes of padding`);
  return test;
}

function padding(at: number, length: 1 | 2 | 4): Test {
  return compare(bytes("network", headerBytes + at, length), "==", { 1: 0x01, 2: 0x0101, 4: 0x0101_0101 }[length]);
}

/** The header's first byte, the padding and the option's length are none of those that fill the header with one option. */
function severalOptions(attack: OptionAttack, zone: ZoneObjects): readonly NftRule[] {
  const elements: NftElement[] = [];
  for (let words = 6; words <= 15; words++) {
    for (let before = 0; before <= paddingMax; before++) {
      // No option that is looked for fits into two bytes.
      for (let behind = 0; behind <= 2; behind++) {
        const length = (words - 5) * 4 - before - behind;
        if (length >= 2) elements.push({ key: [number(0x40 + words), number(before), number(length)] });
      }
    }
  }
  const set = zone.addSet("ip_option_alone", ["inet_proto", "inet_proto", "inet_proto"], elements);
  const rules = Array.from({ length: paddingMax + 1 }, (_, before): NftRule => {
    const at = headerBytes + before;
    // Neither an end nor further padding.
    const isOption = compare(bytes("network", at, 1), ">", ipOption.padding);
    return rule(
      instructions(
        ...padded(before),
        ...isOption,
        load(bytes("network", 0, 1), 1),
        { op: "immediate", value: before * 2 ** 24, to: 2, network: true },
        load(bytes("network", at + 1, 1), 3),
        { op: "lookup", set, from: 1, negated: true },
      ),
      zone.attack(attack),
    );
  });
  const hidden = instructions(...padding(0, 4), ...compare(bytes("network", 0, 1), "!=", 0x46));
  return [...rules, rule(hidden, zone.attack(attack))];
}
