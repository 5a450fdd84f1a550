// Lookups as sets and rules. A rule of instructions finds the classes of a packet's addresses and service and with them
// the policy that decides; each pair of zones has a chain for every protocol whose ports it tells apart. Where a lookup
// has several stages, each stage is a rule, and the connection mark holds the earliest rule found so far: a packet that
// begins a session is the only owner of its connection until it is let through.

import { icmpProtocol } from "@merlon/model/service-term.ts";
import type { IrRule } from "../ir.ts";
import { cutIntoPieces } from "../lookup/address-pieces.ts";
import type { AddressLevel, Lookup, Stage } from "../lookup/lookup.ts";
import type { ClassInterval } from "../lookup/sweep.ts";
import type { ProtocolClasses } from "../lookup/service-classes.ts";
import { fixedSet } from "./fixed-set.ts";
import { addressSet, loadPiece } from "./lookup-addresses.ts";
import type { NftElement, NftInstruction, NftLoad, NftRule, NftSet, NftType, NftValue } from "./program.ts";
import { l4proto, number, payload } from "./statements.ts";
import { generationName } from "./table-names.ts";

/**
 * Where things stand in the kernel's registers, in words; an address of IPv6 fills four from `scratch` on. The program
 * `nft` (1.0.6) aborts when it lists a rule whose key holds the first word that a map wrote. So a value that goes into a
 * key stands behind words that nobody reads: the second part of a key is written first, in the third word of its map's
 * data, and the first part after it, in the second word, both from the word in front of the key on.
 */
const register = {
  scratch: 1,
  source: 5,
  destination: 6,
  service: 7,
  node: 8,
  result: 9,
  action: 10,
  best: 10,
  decisiveId: 11,
  decisiveAction: 12,
  portSource: 12,
} as const;

/** Higher than the index of any rule: nothing was found yet. */
const nothingYet = 0xffff_ffff;

/** The data of a map whose value becomes the first or the second part of a key. */
const partData: Readonly<Record<Part, readonly NftType[]>> = {
  first: ["mark", "mark"],
  second: ["mark", "mark", "mark"],
};

type Part = "first" | "second";

function partValue(part: Part, value: number): readonly NftValue[] {
  return part === "first" ? [number(0), number(value)] : [number(0), number(0), number(value)];
}

/** Leads a value into the first or second word of the key that begins at `key`. */
function lookupPart(set: string, from: number, key: number): NftInstruction {
  return { op: "lookup", set, from, to: key - 1 };
}

/** The sets of all lookups of one generation, and the map from action numbers to chains that they share. */
export class LookupSets {
  readonly #generation: number;
  readonly #sets: NftSet[] = [];
  readonly #actions = new Map<string, number>();
  #count = 0;

  constructor(generation: number) {
    this.#generation = generation;
  }

  get sets(): readonly NftSet[] {
    if (this.#actions.size === 0) return this.#sets;
    const elements = [...this.#actions].map(([chain, action]): NftElement => ({
      key: [number(action)],
      data: { kind: "goto", chain },
    }));
    const actions = fixedSet(this.#actionsName, ["mark"], "verdict", elements);
    return [...this.#sets, actions];
  }

  /** The sets of a lookup; its rules are made for one protocol at a time. */
  add(lookup: Lookup, chainOf: (rule: IrRule) => string): LoweredLookup {
    this.#count += 1;
    const count = this.#count;
    const named = (word: string) => generationName(`${word}${count}`, this.#generation);
    const resultOf = (rule: IrRule): readonly NftValue[] => [number(rule.id), number(this.#actionOf(chainOf(rule)))];
    for (const set of lookupSets(lookup, named, resultOf)) this.#sets.push(set);
    const left = leftOutSets(lookup, named);
    for (const { set } of left) this.#sets.push(set);
    return new LoweredLookup(
      lookup,
      named,
      this.#actionsName,
      left.map(({ check }) => check),
    );
  }

  /** A map that leads from one thing to chains. */
  addPaths(key: readonly NftType[], elements: readonly NftElement[]): string {
    this.#count += 1;
    const name = generationName(`paths${this.#count}`, this.#generation);
    this.#sets.push(fixedSet(name, key, "verdict", elements));
    return name;
  }

  get #actionsName(): string {
    return generationName("actions", this.#generation);
  }

  #actionOf(chain: string): number {
    const action = this.#actions.get(chain) ?? this.#actions.size + 1;
    this.#actions.set(chain, action);
    return action;
  }
}

export class LoweredLookup {
  readonly #lookup: Lookup;
  readonly #named: (word: string) => string;
  readonly #actions: string;
  /** Each holds for packets from or to some of the addresses that a rule leaves out; they take the exact rules. */
  readonly exceptionChecks: readonly (readonly NftInstruction[])[];

  constructor(
    lookup: Lookup,
    named: (word: string) => string,
    actions: string,
    exceptionChecks: readonly (readonly NftInstruction[])[],
  ) {
    this.#lookup = lookup;
    this.#named = named;
    this.#actions = actions;
    this.exceptionChecks = exceptionChecks;
  }

  /** The protocols whose packets need a chain of their own. */
  get protocols(): readonly number[] {
    return this.#lookup.services.protocols.map(({ protocol }) => protocol);
  }

  /**
   * `protocol` is one that has a chain of its own, of this or another lookup; undefined for all others together. The rules
   * are for packets that no exception check holds for, or for those that one does.
   */
  rulesFor(protocol: number | undefined, packets: "unexcepted" | "excepted" = "unexcepted"): readonly NftRule[] {
    const { exceptions } = this.#lookup;
    const stages = packets === "excepted" && exceptions !== undefined ? exceptions.stages : this.#lookup.stages;
    const [only] = stages;
    if (isOneStage(this.#lookup)) {
      if (only === undefined) return [];
      return [instructions(...this.#find(only, protocol), ...this.#decide(register.result, register.action))];
    }
    if (stages.length === 0) return [];
    const { scratch, result } = register;
    const rules = stages.map((stage, index) => {
      const isEarlier: readonly NftInstruction[] = [
        { op: "load", expression: { kind: "ct", key: "mark" }, to: register.best },
        { op: "lookup", set: this.#named("earlier"), from: result },
      ];
      const keep: NftInstruction = { op: "store", target: "ct mark", from: result };
      return instructions(...this.#find(stage, protocol), ...(index === 0 ? [] : isEarlier), keep);
    });
    return [
      instructions(
        { op: "immediate", value: nothingYet, to: scratch },
        { op: "store", target: "ct mark", from: scratch },
      ),
      ...rules,
      instructions(
        { op: "load", expression: { kind: "ct", key: "mark" }, to: scratch },
        { op: "lookup", set: this.#named("rules"), from: scratch, to: result },
        ...this.#decide(result, register.action),
      ),
    ];
  }

  /** What comes before the exception checks, because it decides for all packets. */
  decisiveRulesFor(protocol: number | undefined): readonly NftRule[] {
    const { decisive } = this.#lookup;
    if (decisive === undefined) return [];
    const { result, decisiveId, decisiveAction } = register;
    return [
      instructions(
        ...this.#find(decisive, protocol),
        { op: "lookup", set: this.#named("rules"), from: result, to: decisiveId },
        ...this.#decide(decisiveId, decisiveAction),
      ),
    ];
  }

  #decide(id: number, action: number): readonly NftInstruction[] {
    return [
      { op: "store", target: "ct mark", from: id },
      { op: "vmap", map: this.#actions, from: action },
    ];
  }

  #find({ source, destination }: Stage, protocol: number | undefined): readonly NftInstruction[] {
    const { sources, destinations } = this.#lookup;
    const { service, result } = register;
    return [
      ...this.#level(destinations[destination], "daddr", `destinations${destination}_`, register.destination),
      ...this.#level(sources[source], "saddr", `sources${source}_`, register.source),
      lookupPart(this.#named("cells"), register.source, service),
      ...this.#service(protocol),
      isOneStage(this.#lookup)
        ? { op: "lookup", set: this.#named("nodes"), from: service, to: result }
        : lookupPart(this.#named("nodes"), service, result),
    ];
  }

  #level(
    level: AddressLevel | undefined,
    field: "saddr" | "daddr",
    word: string,
    to: number,
  ): readonly NftInstruction[] {
    if (level?.kind === "constant") return [{ op: "immediate", value: level.class, to }];
    const piece = level?.kind === "pieces" ? level.piece : "range";
    return [
      ...loadPiece(this.#lookup.family, field, piece, register.scratch),
      lookupPart(this.#named(word), register.scratch, register.source),
    ];
  }

  #service(protocol: number | undefined): readonly NftInstruction[] {
    const { protocols, others } = this.#lookup.services;
    const { scratch, service, portSource } = register;
    const apart = protocols.find((it) => it.protocol === protocol);
    if (apart === undefined) {
      if (others.length > 0 && protocol === undefined) {
        return [
          { op: "load", expression: l4proto as NftLoad, to: scratch },
          lookupPart(this.#named("protocols"), scratch, service),
        ];
      }
      const only = others.find((it) => it.protocol === protocol);
      return [{ op: "immediate", value: only?.class ?? 0, to: service }];
    }
    const field = apart.protocol === icmpProtocol[this.#lookup.family] ? "type-code" : "dport";
    const value = valueSetWord(apart);
    const load = (what: "sport" | "dport" | "type-code"): NftInstruction => ({
      op: "load",
      expression: payload("th", what) as NftLoad,
      to: scratch,
    });
    if (apart.sources === undefined) {
      return [load(field), lookupPart(this.#named(value), scratch, service)];
    }
    return [
      load("dport"),
      lookupPart(this.#named(value), scratch, portSource),
      load("sport"),
      lookupPart(this.#named(`sport${apart.protocol}_`), scratch, portSource),
      lookupPart(this.#named(`ports${apart.protocol}_`), portSource, service),
    ];
  }
}

function stagesOf({ decisive, stages, exceptions }: Lookup): readonly Stage[] {
  return [...(decisive === undefined ? [] : [decisive]), ...stages, ...(exceptions?.stages ?? [])];
}

/** What one stage finds is the result; what several find is compared. */
function isOneStage({ decisive, stages, exceptions }: Lookup): boolean {
  return decisive === undefined && stages.length < 2 && exceptions === undefined;
}

function instructions(...list: readonly NftInstruction[]): NftRule {
  return { statements: [{ kind: "instructions", list }] };
}

function valueSetWord({ protocol }: ProtocolClasses): string {
  return `services${protocol}_`;
}

function lookupSets(
  lookup: Lookup,
  named: (word: string) => string,
  resultOf: (rule: IrRule) => readonly NftValue[],
): readonly NftSet[] {
  const { family, rules, sources, destinations, cells, nodes } = lookup;
  const oneStage = isOneStage(lookup);
  const results = rules.map(resultOf);
  const asked = stagesOf(lookup);
  const level = (word: "sources" | "destinations", part: Part) => (it: AddressLevel, index: number) => {
    const side = word === "sources" ? "source" : "destination";
    if (it.kind === "constant" || !asked.some((stage) => stage[side] === index)) return [];
    return [
      addressSet({
        name: named(`${word}${index}_`),
        family,
        piece: it.kind === "pieces" ? it.piece : "range",
        entries: it.intervals.map(({ first, last, class: data }) => ({ first, last, data: partValue(part, data) })),
        data: partData[part],
        ...(it.kind === "pieces" && it.rest !== undefined ? { rest: partValue(part, it.rest) } : {}),
      }),
    ];
  };
  return [
    ...sources.flatMap(level("sources", "first")),
    ...destinations.flatMap(level("destinations", "second")),
    ...serviceSets(lookup, named),
    fixedSet(
      named("cells"),
      ["mark", "mark"],
      partData.second,
      cells.map(({ source, destination, node }) => ({
        key: [number(source), number(destination)],
        data: partValue("second", node),
      })),
    ),
    fixedSet(
      named("nodes"),
      ["mark", "mark"],
      oneStage ? ["mark", "mark"] : ["word", "word"],
      nodes.map(({ node, service, rule }) => ({
        key: [number(service), number(node)],
        data: oneStage ? (results[rule] ?? []) : partValue("first", rule),
      })),
    ),
    ...(oneStage ? [] : orderSets(results, named)),
  ];
}

/** A set for each width that the addresses have which some rule leaves out, with the instructions that ask for it. */
function leftOutSets({ family, exceptions }: Lookup, named: (word: string) => string) {
  if (exceptions === undefined) return [];
  const sides = [
    ["saddr", exceptions.sources],
    ["daddr", exceptions.destinations],
  ] as const;
  return sides.flatMap(([field, ranges]) => {
    const { single, block, "wide-block": wide, everything, range } = cutIntoPieces(ranges, family);
    const parts = [
      ["single", single],
      ["block", block],
      ["wide-block", wide],
      ["range", [...everything, ...range]],
    ] as const;
    return parts
      .filter(([, entries]) => entries.length > 0)
      .map(([piece, entries]) => {
        const name = named(`except_${field}_${piece === "wide-block" ? "wide" : piece}`);
        const check: readonly NftInstruction[] = [
          ...loadPiece(family, field, piece, register.scratch),
          { op: "lookup", set: name, from: register.scratch },
        ];
        return { set: addressSet({ name, family, piece, entries }), check };
      });
  });
}

/** Which of two rules is the earlier one, and what a rule does. */
function orderSets(results: readonly (readonly NftValue[])[], named: (word: string) => string): readonly NftSet[] {
  return [
    {
      name: named("earlier"),
      key: ["word", "word"],
      interval: "whole-key",
      counter: false,
      elements: results.map((_, rule) => ({
        key: [
          { kind: "numbers", first: rule, last: rule },
          { kind: "numbers", first: rule + 1, last: nothingYet },
        ],
      })),
    },
    fixedSet(
      named("rules"),
      ["word"],
      ["mark", "mark"],
      results.map((data, rule) => ({ key: [number(rule)], data })),
    ),
  ];
}

function serviceSets({ services }: Lookup, named: (word: string) => string): readonly NftSet[] {
  const rest: NftElement = { key: "rest", data: partValue("first", 0) };
  const sets = services.protocols.flatMap((classes) => [
    portSet(named(valueSetWord(classes)), classes.values, classes.sources === undefined ? "first" : "second"),
    ...(classes.sources === undefined ? [] : [portSet(named(`sport${classes.protocol}_`), classes.sources, "first")]),
    ...(classes.combined === undefined
      ? []
      : [
          fixedSet(named(`ports${classes.protocol}_`), ["mark", "mark"], partData.first, [
            ...classes.combined.map(({ source, value, class: data }): NftElement => ({
              key: [number(source), number(value)],
              data: partValue("first", data),
            })),
            rest,
          ]),
        ]),
  ]);
  if (services.others.length === 0) return sets;
  const elements = services.others.map(({ protocol, class: data }): NftElement => ({
    key: [number(protocol)],
    data: partValue("first", data),
  }));
  return [...sets, fixedSet(named("protocols"), ["inet_proto"], partData.first, [...elements, rest])];
}

/** Ports one by one in a hash, which is found several times faster than a range, where that is not too many. */
function portSet(name: string, intervals: readonly ClassInterval<number>[], part: Part): NftSet {
  const rest: NftElement = { key: "rest", data: partValue(part, 0) };
  const count = intervals.reduce((sum, { first, last }) => sum + last - first + 1, 0);
  if (count > singlePortsMax) {
    const ranges = intervals.map(({ first, last, class: data }): NftElement => ({
      key: [{ kind: "numbers", first, last }],
      data: partValue(part, data),
    }));
    return {
      name,
      key: ["inet_service"],
      data: partData[part],
      interval: true,
      counter: false,
      elements: [...ranges, rest],
    };
  }
  const singles = intervals.flatMap(({ first, last, class: data }) =>
    Array.from({ length: last - first + 1 }, (_, i): NftElement => ({
      key: [number(first + i)],
      data: partValue(part, data),
    })),
  );
  return fixedSet(name, ["inet_service"], partData[part], [...singles, rest]);
}

const singlePortsMax = 4_096;
