// The rules of a lookup of boxes: a packet's addresses and ports as one key, asked for once. A permitted packet is
// counted and accepted in the same rule; what is left asks once more and goes to the chain of its action.

import { icmpProtocol } from "@merlon/model/service-term.ts";
import type { Box, BoxLookup, BoxTable } from "../lookup/boxes.ts";
import { addressType, addressValue } from "./lookup-addresses.ts";
import type { Result } from "./lookup-sets.ts";
import type { NftElement, NftInstruction, NftLoad, NftRule, NftSet, NftType } from "./program.ts";
import { accept, l4proto, number, payload } from "./statements.ts";
import { hitsSet } from "./table-names.ts";

/** The key stands from the first word that instructions may use. */
const keyRegister = 1;

/** Id and action stand behind a word that nobody reads: nft 1.0.6 cannot list a key that begins where a map wrote. */
const resultTypes: readonly NftType[] = ["mark", "mark", "mark"];

export function boxSetWord({ protocol }: BoxTable): string {
  return `boxes${protocol ?? ""}`;
}

/**
 * The kernel asks field after field, and all that is left after one is found anew for the next: to put services first,
 * of which few are told apart, made a lookup three times as long. Tables without boxes have no set.
 */
export function boxSets({ family, tables }: BoxLookup, results: readonly Result[]): readonly NftSet[] {
  const address = addressType(family);
  const elementOf =
    (table: BoxTable) =>
    (box: Box): NftElement => {
      const { first, last } = box.value;
      const [id, action] = results[box.rule] ?? [0, 0];
      return {
        key: [
          addressValue(box.source, family),
          addressValue(box.destination, family),
          ...(table.sourcePorts ? [{ kind: "numbers" as const, ...box.sourcePort }] : []),
          { kind: "numbers", first, last },
        ],
        data: [number(0), number(id), number(action)],
      };
    };
  return tables.flatMap((table): readonly NftSet[] => {
    if (table.boxes.length === 0) return [];
    const ports: readonly NftType[] = table.sourcePorts ? ["inet_service"] : [];
    const value: NftType = table.protocol === undefined ? "inet_proto" : "inet_service";
    return [
      {
        name: boxSetWord(table),
        key: [address, address, ...ports, value],
        data: resultTypes,
        interval: "each-field",
        counter: false,
        elements: table.boxes.map(elementOf(table)),
      },
    ];
  });
}

export class LoweredBoxes {
  readonly #lookup: BoxLookup;
  readonly #named: (word: string) => string;
  readonly #actions: { readonly map: string; readonly permit: number };

  constructor(
    lookup: BoxLookup,
    named: (word: string) => string,
    actions: { readonly map: string; readonly permit: number },
  ) {
    this.#lookup = lookup;
    this.#named = named;
    this.#actions = actions;
  }

  readonly isCommon = false;

  /** The protocols whose packets need a chain of their own. */
  get protocols(): readonly number[] {
    return this.#lookup.tables.flatMap(({ protocol }) => protocol ?? []);
  }

  /** `protocol` is one that has a chain of its own, of this or another lookup; undefined for all others together. */
  rulesFor(protocol: number | undefined): readonly NftRule[] {
    const { tables } = this.#lookup;
    const table = tables.find((it) => it.protocol === protocol) ?? tables.find((it) => it.protocol === undefined);
    if (table === undefined || table.boxes.length === 0) return [];
    const { loads, words } = this.#key(table);
    const result = keyRegister + words;
    const [id, action] = [result + 1, result + 2];
    const find: readonly NftInstruction[] = [
      ...loads,
      { op: "lookup", set: this.#named(boxSetWord(table)), from: keyRegister, to: result },
      { op: "store", target: "ct mark", from: id },
    ];
    return [
      {
        statements: [
          {
            kind: "instructions",
            list: [
              ...find,
              { op: "compare", from: action, operator: "==", value: this.#actions.permit },
              { op: "lookup", set: hitsSet, from: id },
            ],
          },
          accept,
        ],
      },
      { statements: [{ kind: "instructions", list: [...find, { op: "vmap", map: this.#actions.map, from: action }] }] },
    ];
  }

  #key({ protocol, sourcePorts }: BoxTable): { readonly loads: readonly NftInstruction[]; readonly words: number } {
    const { family } = this.#lookup;
    const addressWords = family === 4 ? 1 : 4;
    const loads: NftInstruction[] = [];
    let to = keyRegister;
    const load = (expression: NftLoad, words: number) => {
      loads.push({ op: "load", expression, to });
      to += words;
    };
    const ip = family === 4 ? "ip" : "ip6";
    load(payload(ip, "saddr") as NftLoad, addressWords);
    load(payload(ip, "daddr") as NftLoad, addressWords);
    if (sourcePorts) load(payload("th", "sport") as NftLoad, 1);
    const value = protocol === icmpProtocol[family] ? "type-code" : "dport";
    load(protocol === undefined ? (l4proto as NftLoad) : (payload("th", value) as NftLoad), 1);
    return { loads, words: to - keyRegister };
  }
}
