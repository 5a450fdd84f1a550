// The rules of a lookup of boxes: a packet's addresses and ports as one key, asked for once. A permitted packet is
// counted and accepted in the same rule; what is left asks once more and goes to the chain of its action. A port that has
// boxes of its own leads to a chain that asks for addresses alone.

import type { Family } from "@merlon/model/ip/address.ts";
import type { NumberRange } from "@merlon/model/schema/value.ts";
import { icmpProtocol } from "@merlon/model/service-term.ts";
import type { Box, BoxLookup, BoxTable, PortClassBoxes } from "../lookup/boxes.ts";
import { packedSet } from "./fixed-set.ts";
import { addressType, addressValue, loadBits, pushWords, wordsOfBits } from "./lookup-addresses.ts";
import type { Result } from "./lookup-sets.ts";
import { RowWriter } from "./packed-set.ts";
import type { NftElement, NftInstruction, NftLoad, NftRule, NftSet, NftType, NftValue } from "./program.ts";
import { accept, goTo, l4proto, number, payload, rule } from "./statements.ts";
import { hitsSet } from "./table-names.ts";

/** The key stands from the first word that instructions may use. */
const keyRegister = 1;

/** Id and action stand behind a word that nobody reads: nft 1.0.6 cannot list a key that begins where a map wrote. */
const resultTypes: readonly NftType[] = ["mark", "mark", "mark"];

/** A class of ports is called after its first one, so that a change of another class does not rename it. */
function setWord(what: "boxes" | "blocks", { protocol }: BoxTable, ports?: readonly number[]): string {
  return `${what}${protocol ?? ""}${ports === undefined ? "" : `p${ports[0] ?? 0}`}`;
}

/**
 * The kernel asks field after field, and all that is left after one is found anew for the next: to put services first,
 * of which few are told apart, made a lookup three times as long. Tables without boxes have no set.
 */
export function boxSets({ family, tables }: BoxLookup, results: readonly Result[]): readonly NftSet[] {
  const address = addressType(family);
  const frontOf = (name: string, { boxes, front }: PortClassBoxes): readonly NftSet[] => {
    if (front === undefined) return [];
    const { sourceBits, destinationBits } = front;
    const [sourceWords, destinationWords] = [wordsOfBits(sourceBits), wordsOfBits(destinationBits)];
    const writer = new RowWriter(sourceWords + destinationWords, resultTypes.length, front.blocks.length);
    for (const { source, destination, box } of front.blocks) {
      const [id, action] = results[boxes[box]?.rule ?? -1] ?? [0, 0];
      pushWords(writer, source, sourceWords);
      pushWords(writer, destination, destinationWords);
      writer.push(0).push(id).push(action);
    }
    const key = [...blockTypes(family, sourceWords), ...blockTypes(family, destinationWords)];
    return [packedSet(name, key, resultTypes, writer.rows())];
  };
  const setOf = (
    name: string,
    boxes: readonly Box[],
    services: readonly NftType[],
    serviceOf: (box: Box) => readonly NftValue[],
  ): readonly NftSet[] => {
    if (boxes.length === 0) return [];
    const elements = boxes.map((box): NftElement => {
      const addresses = [addressValue(box.source, family), addressValue(box.destination, family)];
      const [id, action] = results[box.rule] ?? [0, 0];
      return { key: [...addresses, ...serviceOf(box)], data: [number(0), number(id), number(action)] };
    });
    const key = [address, address, ...services];
    return [{ name, key, data: resultTypes, interval: "each-field", counter: false, elements }];
  };
  return tables.flatMap((table) => {
    const ports: readonly NftType[] = table.sourcePorts ? ["inet_service"] : [];
    const value: NftType = table.protocol === undefined ? "inet_proto" : "inet_service";
    const numbers = ({ first, last }: NumberRange): NftValue => ({ kind: "numbers", first, last });
    return [
      ...setOf(setWord("boxes", table), table.boxes, [...ports, value], (box) => [
        ...(table.sourcePorts ? [numbers(box.sourcePort)] : []),
        numbers(box.value),
      ]),
      ...table.classes.flatMap((one) => [
        ...frontOf(setWord("blocks", table, one.ports), one),
        ...setOf(setWord("boxes", table, one.ports), one.boxes, [], () => []),
      ]),
    ];
  });
}

/** Chains and maps that are there once for all who ask for the same; each gives its name. */
export interface PortWays {
  readonly addChain: (word: string, rules: readonly NftRule[]) => string;
  readonly addPorts: (elements: readonly NftElement[]) => string;
}

/** The chain of a class of ports decides all that comes to it. */
export interface PortChain {
  /** Ascending. */
  readonly ports: readonly number[];
  readonly chain: string;
  readonly rules: readonly NftRule[];
}

export interface BoxRules {
  readonly rules: readonly NftRule[];
  /** Who knows the port may come to its chain without `rules`. */
  readonly ports: readonly PortChain[];
  /** Ports that rules name and that have no other chain than that of `rules`. */
  readonly otherPorts: readonly number[];
}

/** So many rules may stand behind each port's own; more have a chain. */
const repeatedMax = 2;

/** A word of a register that begins with a port. */
export function portWord(port: number): NftValue {
  return number(port * 0x1_0000);
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

  /** The protocols whose packets need a chain of their own. */
  get protocols(): readonly number[] {
    return this.#lookup.tables.flatMap(({ protocol }) => protocol ?? []);
  }

  /**
   * `protocol` is one that has a chain of its own, of this or another lookup; undefined for all others together.
   * `following` decides what the lookup does not know.
   */
  rulesFor(protocol: number | undefined, following: readonly NftRule[], ways: PortWays): BoxRules {
    const { tables } = this.#lookup;
    const table = tables.find((it) => it.protocol === protocol) ?? tables.find((it) => it.protocol === undefined);
    if (table === undefined) return { rules: following, ports: [], otherPorts: [] };
    const rest = table.boxes.length === 0 ? [] : this.#find(setWord("boxes", table), this.#key(table));
    const classes = table.classes.filter(({ boxes }) => boxes.length > 0);
    const { otherPorts } = table;
    if (classes.length === 0) return { rules: [...rest, ...following], ports: [], otherPorts };
    const behind = following.length <= repeatedMax ? following : [rule(goTo(ways.addChain("rest", following)))];
    // What the chain of a port does not know is none of the rest.
    const ports = classes.map((it): PortChain => {
      const rules = [
        ...this.#front(table, it),
        ...this.#find(setWord("boxes", table, it.ports), this.#key()),
        ...behind,
      ];
      return { ports: it.ports, chain: ways.addChain("port", rules), rules };
    });
    const elements = ports.flatMap(({ ports: numbers, chain }): readonly NftElement[] =>
      numbers.map((port) => ({ key: [portWord(port)], data: { kind: "goto", chain } })),
    );
    const list: readonly NftInstruction[] = [
      { op: "load", expression: payload("th", "dport") as NftLoad, to: keyRegister },
      { op: "vmap", map: ways.addPorts(elements), from: keyRegister },
    ];
    const rules = [{ statements: [{ kind: "instructions", list }] } as const, ...rest, ...following];
    if (otherPorts.length === 0) return { rules, ports, otherPorts };
    const others = {
      ports: otherPorts,
      chain: ways.addChain("port", [...rest, ...behind]),
      rules: [...rest, ...behind],
    };
    return { rules, ports: [...ports, others], otherPorts: [] };
  }

  /** What is not permitted goes on to the boxes. */
  #front(table: BoxTable, { ports, front }: PortClassBoxes): readonly NftRule[] {
    if (front === undefined) return [];
    const { family } = this.#lookup;
    const { sourceBits, destinationBits } = front;
    // The second address overwrites what the key does not take of the first.
    const sourceWords = wordsOfBits(sourceBits);
    const loads = [
      ...loadBits(family, "saddr", sourceBits, keyRegister),
      ...loadBits(family, "daddr", destinationBits, keyRegister + sourceWords),
    ];
    const words = sourceWords + wordsOfBits(destinationBits);
    return [this.#permit(this.#finding(setWord("blocks", table, ports), { loads, words }))];
  }

  #find(word: string, key: Key): readonly NftRule[] {
    const found = this.#finding(word, key);
    const other: NftInstruction = { op: "vmap", map: this.#actions.map, from: found.action };
    return [this.#permit(found), { statements: [{ kind: "instructions", list: [...found.list, other] }] }];
  }

  /** Id and action of what a key leads to. */
  #finding(word: string, { loads, words }: Key): Finding {
    const result = keyRegister + words;
    const [id, action] = [result + 1, result + 2];
    const list: readonly NftInstruction[] = [
      ...loads,
      { op: "lookup", set: this.#named(word), from: keyRegister, to: result },
      { op: "store", target: "ct mark", from: id },
    ];
    return { list, id, action };
  }

  #permit({ list, id, action }: Finding): NftRule {
    const count: readonly NftInstruction[] = [
      { op: "compare", from: action, operator: "==", value: this.#actions.permit },
      { op: "lookup", set: hitsSet, from: id },
    ];
    return { statements: [{ kind: "instructions", list: [...list, ...count] }, accept] };
  }

  /** Addresses, and of a table what tells its packets apart. */
  #key(table?: BoxTable): Key {
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
    if (table?.sourcePorts === true) load(payload("th", "sport") as NftLoad, 1);
    if (table?.protocol !== undefined) {
      const value = table.protocol === icmpProtocol[family] ? "type-code" : "dport";
      load(payload("th", value) as NftLoad, 1);
    } else if (table !== undefined) load(l4proto as NftLoad, 1);
    return { loads, words: to - keyRegister };
  }
}

function blockTypes(family: Family, words: number): readonly NftType[] {
  return family === 4 ? ["ipv4_addr"] : Array.from({ length: words }, () => "word" as const);
}

interface Finding {
  readonly list: readonly NftInstruction[];
  /** Words of registers. */
  readonly id: number;
  readonly action: number;
}

interface Key {
  readonly loads: readonly NftInstruction[];
  readonly words: number;
}
