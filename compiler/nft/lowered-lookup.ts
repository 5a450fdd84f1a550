// The rules of one lookup. A rule of instructions finds the classes of a packet's addresses and service and with them
// the policy that decides. Where a lookup has several stages, each stage is a rule, one chain serves packets of all
// protocols, and the connection mark holds the class of the service and the earliest rule found so far: a packet that
// begins a session is the only owner of its connection until it is let through.

import { icmpProtocol } from "@merlon/model/service-term.ts";
import type { BlockKind } from "../lookup/address-pieces.ts";
import type { AddressLevel, Lookup, Stage } from "../lookup/lookup.ts";
import { loadPiece } from "./lookup-addresses.ts";
import { cellsWord, ruleUnit, serviceValue, sharedWord, valueSetWord } from "./lookup-sets.ts";
import type { NftInstruction, NftLoad, NftRule } from "./program.ts";
import { l4proto, payload } from "./statements.ts";

/**
 * Where things stand in the kernel's registers, in words; an address of IPv6 fills four from `scratch` on. The program
 * `nft` (1.0.6) aborts when it lists a rule whose key begins where a map began to write. So a value that goes into a key
 * stands behind a word that nobody reads: the second part of a key is written first, together with the word in front of
 * it, and then the first part, together with the word in front of the key. Between the two something that is no map's
 * must be loaded into the first word of the key, for there nft still sees the map of the second part: mostly what the
 * first part is looked up by (gateway/kernel/nf-tables/README.md, "nft 1.0.6 beside us").
 */
const register = {
  scratch: 1,
  source: 5,
  destination: 6,
  service: 7,
  node: 8,
  result: 9,
  action: 10,
  /** Where one chain serves all protocols: mark and action of what is sure, then service and rule. */
  decision: 9,
  found: 11,
  compared: 12,
  portSource: 12,
} as const;

/** Leads a value into the word `to` of a key. The second word of a key is written first: the one before it is lost. */
function lookupPart(set: string, from: number, to: number): NftInstruction {
  return { op: "lookup", set, from, to: to - 1 };
}

export class LoweredLookup {
  readonly #lookup: Lookup;
  readonly #named: (word: string) => string;
  readonly #actions: string;
  readonly #usedActions: ReadonlySet<number>;
  /** Each holds for packets from or to some of the addresses that a rule leaves out; they take the exact rules. */
  readonly exceptionChecks: readonly (readonly NftInstruction[])[];

  constructor(
    lookup: Lookup,
    named: (word: string) => string,
    actions: { readonly map: string; readonly used: ReadonlySet<number> },
    exceptionChecks: readonly (readonly NftInstruction[])[],
  ) {
    this.#lookup = lookup;
    this.#named = named;
    this.#actions = actions.map;
    this.#usedActions = actions.used;
    this.exceptionChecks = exceptionChecks;
  }

  /** The protocols whose packets need a chain of their own. */
  get protocols(): readonly number[] {
    return this.#lookup.services.protocols.map(({ protocol }) => protocol);
  }

  /** `protocol` is one that has a chain of its own, of this or another lookup; undefined for all others together. */
  rulesFor(protocol: number | undefined): readonly NftRule[] {
    const [only] = this.#lookup.stages;
    if (only === undefined) return [];
    const { source, node, service, result, action } = register;
    return [
      instructions(
        ...this.#classes(only),
        lookupPart(this.#named(cellsWord(only)), source, node),
        ...this.#service(protocol),
        { op: "lookup", set: this.#named("nodes"), from: service, to: result },
        ...this.#decide(result, action),
      ),
    ];
  }

  /** Where one chain serves all protocols, the class of the service is handed to it in the mark. */
  serviceRule(protocol: number | undefined): NftRule {
    const { service } = register;
    return instructions(...this.#service(protocol), { op: "store", target: "ct mark", from: service });
  }

  /** Whether one chain serves all protocols. */
  get isCommon(): boolean {
    return this.#lookup.ruleBits !== undefined;
  }

  /** The actions that the lookup leads to. */
  get actions(): ReadonlySet<number> {
    return this.#usedActions;
  }

  /**
   * Asks for narrow addresses on both sides: what is found there and sure is the result. `decisions` leads to the chains of
   * actions, and from `unsureAction` to the rules that ask every stage.
   */
  sureRules(decisions: string): readonly NftRule[] {
    return this.#lookup.stages
      .filter(isNarrow)
      .map((stage) =>
        instructions(
          ...this.#findNode(stage),
          { op: "store", target: "ct mark", from: register.decision },
          { op: "vmap", map: decisions, from: register.decision + 1 },
        ),
      );
  }

  /** `sure`: what is left to ask when `sureRules` have found nothing. */
  commonRules(packets: "sure" | "unexcepted" | "excepted"): readonly NftRule[] {
    const { stages, exceptions } = this.#lookup;
    if (packets === "excepted") return this.#rulesOfStages(exceptions?.stages ?? []);
    return this.#rulesOfStages(packets === "sure" ? stages.filter((stage) => !isNarrow(stage)) : stages);
  }

  /**
   * The mark holds the class of the service above and the best rule so far below: at first a rule that does not exist.
   */
  #rulesOfStages(stages: readonly Stage[]): readonly NftRule[] {
    const { scratch, found, compared, result } = register;
    const ruleMask = ruleUnit(this.#lookup) - 1;
    const isEarlier: readonly NftInstruction[] = [
      masked(ruleMask, found, compared),
      loadMark(compared + 1),
      masked(ruleMask, compared + 1),
      { op: "lookup", set: this.#named("earlier"), from: compared },
    ];
    return [
      ...stages.map((stage, index) =>
        instructions(
          ...(stage.unless ?? []).flatMap((pair) => this.#unless(pair)),
          ...this.#findNode(stage),
          ...(index === 0 ? [] : isEarlier),
          { op: "store", target: "ct mark", from: found },
        ),
      ),
      instructions(
        loadMark(scratch),
        masked(ruleMask, scratch),
        { op: "lookup", set: this.#named("rules"), from: scratch, to: result },
        ...this.#decide(result, register.action),
      ),
    ];
  }

  /** What the node of a stage says about the service that the mark holds. */
  #findNode(stage: Stage): readonly NftInstruction[] {
    const { source, node, service, decision } = register;
    return [
      ...this.#classes(stage),
      lookupPart(this.#named(cellsWord(stage)), source, node),
      loadMark(service),
      masked((2 ** 32 - ruleUnit(this.#lookup)) >>> 0, service),
      { op: "lookup", set: this.#named("nodes"), from: service, to: decision },
    ];
  }

  #decide(id: number, action: number): readonly NftInstruction[] {
    return [
      { op: "store", target: "ct mark", from: id },
      { op: "vmap", map: this.#actions, from: action },
    ];
  }

  /** Goes on where no exceptional cell stands for the levels. */
  #unless(pair: Pick<Stage, "source" | "destination">): readonly NftInstruction[] {
    const { node } = register;
    return [
      ...this.#classes(pair),
      lookupPart(this.#named(cellsWord({})), register.source, node),
      { op: "compare", from: node, operator: "==", value: 0 },
    ];
  }

  #classes({ source, destination }: Pick<Stage, "source" | "destination">): readonly NftInstruction[] {
    const { sources, destinations } = this.#lookup;
    return [
      ...this.#level(destinations[destination], "daddr", `destinations${destination}`, register.destination),
      ...this.#level(sources[source], "saddr", `sources${source}`, register.source),
    ];
  }

  /** An address of IPv4 is loaded into the word before the one that its class comes to; one of IPv6 has no room there. */
  #addressAt(to: number): { readonly at: number; readonly before: readonly NftInstruction[] } {
    if (to !== register.source) return { at: register.scratch, before: [] };
    if (this.#lookup.family === 4) return { at: to, before: [] };
    const version = { op: "load", expression: { kind: "meta", key: "nfproto" }, to } as const;
    return { at: register.scratch, before: [version] };
  }

  #level(
    level: AddressLevel | undefined,
    field: "saddr" | "daddr",
    word: string,
    to: number,
  ): readonly NftInstruction[] {
    const { family } = this.#lookup;
    const { at, before } = this.#addressAt(to);
    const load = (piece: BlockKind | "range", name: string) => [
      ...before,
      ...loadPiece(family, field, piece, at),
      lookupPart(this.#named(name), at, to),
    ];
    switch (level?.kind) {
      case "constant":
        return [{ op: "immediate", value: level.class, to }];
      case "shared":
        return load(level.piece, sharedWord(level.piece, field === "saddr" ? "source" : "destination"));
      case "pieces":
        return load(level.piece, word);
      case "intervals":
      case undefined:
        return load("range", word);
    }
  }

  #service(protocol: number | undefined): readonly NftInstruction[] {
    const { protocols, others } = this.#lookup.services;
    const { service, portSource } = register;
    const apart = protocols.find((it) => it.protocol === protocol);
    if (apart === undefined) {
      if (others.length > 0 && protocol === undefined) {
        return [
          { op: "load", expression: l4proto as NftLoad, to: service },
          lookupPart(this.#named("protocols"), service, service),
        ];
      }
      const only = others.find((it) => it.protocol === protocol);
      const { value, network } = serviceValue(this.#lookup, only?.class ?? 0);
      return [{ op: "immediate", value, to: service, ...(network ? { network } : {}) }];
    }
    const field = apart.protocol === icmpProtocol[this.#lookup.family] ? "type-code" : "dport";
    const value = valueSetWord(apart);
    const load = (what: "sport" | "dport" | "type-code", to: number): NftInstruction => ({
      op: "load",
      expression: payload("th", what) as NftLoad,
      to,
    });
    if (apart.sources === undefined) {
      return [load(field, service), lookupPart(this.#named(value), service, service)];
    }
    return [
      load("dport", service),
      lookupPart(this.#named(value), service, portSource + 1),
      load("sport", portSource),
      lookupPart(this.#named(`sport${apart.protocol}`), portSource, portSource),
      lookupPart(this.#named(`ports${apart.protocol}`), portSource, service),
    ];
  }
}

function instructions(...list: readonly NftInstruction[]): NftRule {
  return { statements: [{ kind: "instructions", list }] };
}

function isNarrow({ source, destination }: Stage): boolean {
  return source !== wideLevel && destination !== wideLevel;
}

/** Place of the level of wide addresses, where one chain serves all protocols. */
const wideLevel = 2;

function loadMark(to: number): NftInstruction {
  return { op: "load", expression: { kind: "ct", key: "mark" }, to };
}

function masked(mask: number, from: number, to = from): NftInstruction {
  return { op: "mask", from, to, mask, network: true };
}
