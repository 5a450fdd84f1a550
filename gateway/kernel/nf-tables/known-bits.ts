// What is known of the bits that instructions put into registers: which are those of the connection mark, each at its own
// place, and which are 0 or 1 whatever the packet. So a rule that writes the mark tells which of its bits it leaves alone.
// Source: net/netfilter/nft_bitwise.c, nft_immediate.c, Linux 6.1 to 6.18. Marks are in the byte order of the machine.

import { AttributeTable } from "../netlink-message.ts";
import { ctKey, dataAttribute, expressionField } from "./nf-tables-number.ts";

/** Each a set of bits of 32. */
export interface KnownBits {
  readonly ofMark: number;
  readonly zeros: number;
  readonly ones: number;
}

const unknown: KnownBits = { ofMark: 0, zeros: 0, ones: 0 };
const connectionMark: KnownBits = { ...unknown, ofMark: ~0 };

/** NFT_BITWISE_*; those of two registers since Linux 6.13, with NFTA_BITWISE_SREG2. */
const operation = { maskAndXor: 0, shiftLeft: 1, shiftRight: 2, and: 3, or: 4, xor: 5 } as const;
const bitwise = { ...expressionField.bitwise, distance: 7, second: 8 } as const;

/** Instructions that write no register. */
const silent: ReadonlySet<string> = new Set("cmp counter range limit quota log match target objref".split(" "));

/** The registers of one rule; `see` is told of each of its instructions. */
export class KnownRegisters {
  readonly #known = new Map<number, KnownBits>();
  readonly #data = new AttributeTable("nf_tables rule message", 2);

  see(name: string, fields: AttributeTable): void {
    switch (name) {
      case "immediate": {
        const value = this.#value(fields, expressionField.immediate.data);
        return this.#put(fields.u32be(expressionField.immediate.to), value === undefined ? unknown : constant(value));
      }
      case "ct": {
        const to = fields.u32be(expressionField.ct.to);
        const isMark = fields.u32be(expressionField.ct.key) === ctKey.mark;
        return to === undefined ? undefined : this.#put(to, isMark ? connectionMark : unknown);
      }
      case "meta": {
        const to = fields.u32be(expressionField.meta.to);
        return to === undefined ? undefined : this.#put(to, unknown);
      }
      case "bitwise":
        return this.#put(fields.u32be(bitwise.to), this.#computed(fields));
      default:
        // What others write, and how far, is not followed.
        if (!silent.has(name)) this.#known.clear();
    }
  }

  at(register: number | undefined): KnownBits {
    return (register === undefined ? undefined : this.#known.get(register)) ?? unknown;
  }

  /** Up to 16 bytes may be written, which are four of the small registers. */
  #put(register: number | undefined, bits: KnownBits): void {
    if (register === undefined) return;
    const first = wordOf(register);
    for (const other of this.#known.keys()) {
      if (wordOf(other) >= first && wordOf(other) < first + 4) this.#known.delete(other);
    }
    if (bits !== unknown) this.#known.set(register, bits);
  }

  #computed(fields: AttributeTable): KnownBits {
    if (fields.u32be(bitwise.length) !== 4) return unknown;
    const from = this.at(fields.u32be(bitwise.from));
    const kind = fields.u32be(bitwise.operation) ?? operation.maskAndXor;
    const second = this.at(fields.u32be(bitwise.second));
    switch (kind) {
      case operation.maskAndXor: {
        const [mask, flipped] = [this.#value(fields, bitwise.mask), this.#value(fields, bitwise.xor)];
        if (mask === undefined || flipped === undefined) return unknown;
        return xor(and(from, constant(mask)), constant(flipped));
      }
      case operation.shiftLeft:
      case operation.shiftRight: {
        const distance = this.#value(fields, bitwise.distance);
        return distance === undefined || distance > 31 ? unknown : shifted(from, distance, kind);
      }
      case operation.and:
        return and(from, second);
      case operation.or:
        return or(from, second);
      case operation.xor:
        return xor(from, second);
      default:
        return unknown;
    }
  }

  /** Of four bytes; ports and the like are shorter. */
  #value(fields: AttributeTable, attribute: number): number | undefined {
    if (!fields.readNested(attribute, this.#data)) return undefined;
    return this.#data.bytes(dataAttribute.value)?.length === 4 ? this.#data.u32(dataAttribute.value) : undefined;
  }
}

/** NFT_REG_1 to 4 are of 16 bytes, NFT_REG32_00 and on of 4. */
function wordOf(register: number): number {
  return register <= 4 ? (register - 1) * 4 : register - 8;
}

function constant(value: number): KnownBits {
  return { ofMark: 0, zeros: ~value, ones: value };
}

function and(a: KnownBits, b: KnownBits): KnownBits {
  return {
    ofMark: (a.ofMark & b.ones) | (b.ofMark & a.ones) | (a.ofMark & b.ofMark),
    zeros: a.zeros | b.zeros,
    ones: a.ones & b.ones,
  };
}

function or(a: KnownBits, b: KnownBits): KnownBits {
  return {
    ofMark: (a.ofMark & b.zeros) | (b.ofMark & a.zeros) | (a.ofMark & b.ofMark),
    zeros: a.zeros & b.zeros,
    ones: a.ones | b.ones,
  };
}

function xor(a: KnownBits, b: KnownBits): KnownBits {
  return {
    ofMark: (a.ofMark & b.zeros) | (b.ofMark & a.zeros),
    zeros: (a.zeros & b.zeros) | (a.ones & b.ones),
    ones: (a.zeros & b.ones) | (a.ones & b.zeros),
  };
}

function shifted({ zeros, ones }: KnownBits, distance: number, kind: number): KnownBits {
  if (kind === operation.shiftLeft) {
    return { ofMark: 0, zeros: ~(~zeros << distance), ones: ones << distance };
  }
  return { ofMark: 0, zeros: ~(~zeros >>> distance), ones: ones >>> distance };
}
