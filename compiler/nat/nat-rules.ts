// The steps of a rule set as rules of its chain. Every translation does the same three things: it counts, it writes the
// number of its rule into the session's label (the first word for destinations, the second for sources), and translates.
// The kernel accepts the packet with that, so nothing can stand behind it.

import type { Family } from "@merlon/model/ip/address.ts";
import type { IpRange } from "@merlon/model/ip/range-set.ts";
import type { RuleId } from "../ir.ts";
import type { AddressSets } from "../nft/lower-addresses.ts";
import { lowerServices } from "../nft/lower-services.ts";
import { payload } from "../nft/statements.ts";
import type { ChainNamer } from "../nft/chain-names.ts";
import type { NftChain, NftInstruction, NftLoad, NftRule, NftSet, NftStatement } from "../nft/program.ts";
import type { NftTranslation, TranslationFlag } from "../nft/translation.ts";
import { accept, drop, equals, goTo, inRanges, l4proto, oifname, text } from "../nft/statements.ts";
import type { NatMatch } from "./ir-nat.ts";
import { bucketMap, rowMap } from "./nat-maps.ts";
import { lowerOutward } from "./lower-bindings.ts";
import {
  addressImmediates,
  countOnly,
  instructions,
  labelled,
  named,
  portImmediate,
  portImmediates,
  register,
} from "./nat-instructions.ts";
import { mergedSteps } from "./merged-steps.ts";
import type { Side, Shape, Step, Then } from "./nat-steps.ts";
import { generationName } from "../nft/table-names.ts";

/** Collects the maps of one generation while its rules are made. */
export class NatRules {
  readonly #generation: number;
  readonly #addressSets: AddressSets;
  readonly #nameChain: ChainNamer;
  readonly #sets: NftSet[] = [];
  readonly #chains: NftChain[] = [];

  constructor(generation: number, addressSets: AddressSets, nameChain: ChainNamer) {
    this.#generation = generation;
    this.#addressSets = addressSets;
    this.#nameChain = nameChain;
  }

  get sets(): readonly NftSet[] {
    return this.#sets;
  }

  /** Beside those of the rule sets. */
  get chains(): readonly NftChain[] {
    return this.#chains;
  }

  lower(steps: readonly Step[], side: Side, family: Family): readonly NftRule[] {
    return mergedSteps(steps).flatMap((step) => {
      if (step.kind === "rule") return this.#rule(step, side, family);
      const then: Then = { kind: "lookup", shape: step.shape, rows: step.rows };
      return this.#ends(then, undefined, side, family).map((statements) => ({ statements }));
    });
  }

  #rule({ id, match, then }: Extract<Step, { kind: "rule" }>, side: Side, family: Family): readonly NftRule[] {
    const conditions = this.#conditions(match, family);
    if (conditions.length === 0) return [];
    const ends = this.#ends(then, id, side, family);
    // All ends of one packet stand together, so that a rule behind never comes between them.
    return conditions.flatMap((condition) => ends.map((end) => ({ statements: [...condition, ...end] })));
  }

  /** Every way to match: each is the beginning of a rule. */
  #conditions({ source, destination, services }: NatMatch, family: Family): readonly (readonly NftStatement[])[] {
    const sides = [
      this.#addressSets.alternativesOf(this.#addressSets.conditionsOf(source, "deny")[family], family, "saddr"),
      this.#addressSets.alternativesOf(this.#addressSets.conditionsOf(destination, "deny")[family], family, "daddr"),
    ] as const;
    const wanted = lowerServices(services).filter(
      ({ impliedFamily }) => impliedFamily === undefined || impliedFamily === family,
    );
    return wanted.flatMap(({ statements }) =>
      sides[0].flatMap((from) => sides[1].map((to) => [...statements, ...from, ...to])),
    );
  }

  /** `id` is absent where the rows say it. */
  #ends(then: Then, id: RuleId | undefined, side: Side, family: Family): readonly (readonly NftStatement[])[] {
    switch (then.kind) {
      case "off":
        return [[instructions(...countOnly(id ?? 0)), accept]];
      case "refuse":
        return [[drop]];
      case "masquerade": {
        const ports = portImmediates(then.ports, register.port[family]);
        const flags: readonly TranslationFlag[] = then.random ? ["random"] : [];
        const range = { port: register.port[family], portLast: register.portLast[family] };
        return [[instructions(...named(id ?? 0, side), ...ports, { op: "masquerade", ...range, flags })]];
      }
      case "address":
        return this.#toAddress(then, id ?? 0, side, family);
      case "pool":
        return this.#toPool(then, id ?? 0, family);
      case "lookup":
        return this.#lookup(then, id, side, family);
      case "binding":
        return this.#toBinding(then, id, family);
    }
  }

  #toBinding(
    { rules, ranges, rest, hairpin }: Extract<Then, { kind: "binding" }>,
    id: RuleId | undefined,
    family: Family,
  ): readonly (readonly NftStatement[])[] {
    const nameOf = (...words: readonly string[]) => generationName(this.#nameChain(...words), this.#generation);
    const ways = rules.map((rule) => {
      const { start, chains, sets } = lowerOutward(rule, family, ranges, { nameOf, hairpin });
      this.#chains.push(...chains);
      this.#sets.push(...sets);
      // A hairpin does not leave by the outer device, and has the rule of that one alone.
      const isAsked = rule.outer.kind === "device" && hairpin === undefined;
      const device = isAsked && rule.outer.kind === "device" ? [equals(oifname, text(rule.outer.device))] : [];
      return [...(rest === undefined ? [] : withPorts), ...device, goTo(start)];
    });
    return rest === undefined ? ways : [...ways, ...this.#ends(rest, id, "source", family)];
  }

  #toAddress(
    { to, port }: Extract<Then, { kind: "address" }>,
    id: RuleId | 0,
    side: Side,
    family: Family,
  ): readonly (readonly NftStatement[])[] {
    const before = [...named(id, side), ...addressImmediates(to, "first", register.address)];
    const plain = instructions(...before, translation(side, family, []));
    if (port === undefined) return [[plain]];
    const ported = instructions(
      ...before,
      portImmediate(port, register.port[family]),
      translation(side, family, [], { port: register.port[family] }),
    );
    return [[...withPorts, ported], [plain]];
  }

  #toPool(
    { ranges, ports, persistent, random }: Extract<Then, { kind: "pool" }>,
    id: RuleId | 0,
    family: Family,
  ): readonly (readonly NftStatement[])[] {
    const flags: TranslationFlag[] = [];
    if (persistent) flags.push("persistent");
    if (random) flags.push("random");
    const last = register.addressLast[family];
    const addresses = this.#poolAddresses(ranges, id, family);
    const [port, portLast] = [register.port[family], register.portLast[family]];
    if (ports !== "keep") {
      const range = { addressLast: last, port, portLast };
      return [
        [instructions(...addresses, ...portImmediates(ports, port), translation("source", family, flags, range))],
      ];
    }
    // The one port that the session had: where another has it already, the session is refused.
    const load: NftInstruction = { op: "load", expression: payload("th", "sport") as NftLoad, to: port };
    return [
      [
        ...withPorts,
        instructions(...addresses, load, translation("source", family, flags, { addressLast: last, port })),
      ],
      [instructions(...addresses, translation("source", family, flags, { addressLast: last }))],
    ];
  }

  /** Brings number, label and both ends of a range into registers. Among several ranges the source decides. */
  #poolAddresses(ranges: readonly IpRange[], id: RuleId | 0, family: Family): readonly NftInstruction[] {
    const [only] = ranges;
    if (only !== undefined && ranges.length === 1) {
      return [
        ...named(id, "source"),
        ...addressImmediates(only, "first", register.address),
        ...addressImmediates(only, "last", register.addressLast[family]),
      ];
    }
    const name = this.#name("pool");
    this.#sets.push(bucketMap(name, ranges, id, family));
    const at = register.key + (family === 4 ? 0 : 3);
    return [
      { op: "load", expression: payload(family === 4 ? "ip" : "ip6", "saddr") as NftLoad, to: register.key },
      { op: "mask", from: at, to: register.key, mask: 0xff, network: true },
      { op: "lookup", set: name, from: register.key, to: register.data },
      ...labelled("source"),
    ];
  }

  #lookup(
    { shape, rows, port, rest }: Extract<Then, { kind: "lookup" }>,
    id: RuleId | undefined,
    side: Side,
    family: Family,
  ): readonly (readonly NftStatement[])[] {
    const name = this.#name(side === "source" ? "sources" : "destinations");
    this.#sets.push(rowMap(name, shape, rows, side, family));
    const found: readonly NftInstruction[] = [
      ...loadKey(shape, side, family),
      { op: "lookup", set: name, from: register.key, to: register.data },
      ...labelled(side),
    ];
    const plain = instructions(...found, rowTranslation(shape, side, family));
    const behind = rest === undefined ? [] : this.#ends(rest, id, side, family);
    if (port === undefined) return [[plain], ...behind];
    const word = register.port[family];
    const ported = instructions(...found, portImmediate(port, word), rowTranslation(shape, side, family, word));
    return [[...withPorts, ported], [plain], ...behind];
  }

  #name(word: string): string {
    return generationName(`nat_${word}${this.#sets.length + 1}`, this.#generation);
  }
}

const withPorts: readonly NftStatement[] = [
  inRanges(l4proto, [
    { first: 6, last: 6 },
    { first: 17, last: 17 },
  ]),
];

function translation(
  side: Side,
  family: Family,
  flags: readonly TranslationFlag[],
  more: { readonly addressLast?: number; readonly port?: number; readonly portLast?: number } = {},
): NftTranslation {
  return { op: "translate", side, family, address: register.address, ...more, flags };
}

function rowTranslation(shape: Shape, side: Side, family: Family, port?: number): NftTranslation {
  const ports = port === undefined ? {} : { port };
  switch (shape) {
    case "address":
      return translation(side, family, [], ports);
    case "range":
      return translation(side, family, ["prefix"], { addressLast: register.addressLast[family], ...ports });
    case "port":
      return translation(side, family, [], { port: register.port[family] });
  }
}

function loadKey(shape: Shape, side: Side, family: Family): readonly NftInstruction[] {
  const field = side === "source" ? "saddr" : "daddr";
  const address = payload(family === 4 ? "ip" : "ip6", field) as NftLoad;
  const load: NftInstruction = { op: "load", expression: address, to: register.key };
  if (shape !== "port") return [load];
  const behind = register.key + (family === 4 ? 1 : 4);
  const port = payload("th", side === "source" ? "sport" : "dport") as NftLoad;
  return [
    load,
    { op: "load", expression: l4proto as NftLoad, to: behind },
    { op: "load", expression: port, to: behind + 1 },
  ];
}
