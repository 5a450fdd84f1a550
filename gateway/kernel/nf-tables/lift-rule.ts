// The way back: a rule's instructions as statements, for exactly the shapes that `lower-statement.ts` and nft 1.0.6 make.
// What a statement implies (`tcp dport` asks for TCP first) is not said again, as in nft's own listing. Whatever has no
// such shape becomes a foreign statement with the instructions as text, so that it shows as drift.

import { nfprotoNumbers, pkttypeNumbers, stateNumbers } from "@merlon/compiler/nft/nft-words.ts";
import type { NftExpression, NftInstruction, NftRight, NftStatement, NftValue } from "@merlon/compiler/nft/program.ts";
import { printExpression } from "./expression.ts";
import type { Expression } from "./expression.ts";
import { liftInstruction } from "./lift-instruction.ts";
import { layoutOfOne, readRange } from "./key-layout.ts";
import { isHostOrder, lengthOf, typeOf } from "./lower-statement.ts";
import { comparison, ctKey, metaKey, objectType, payloadBase, rejection } from "./nf-tables-number.ts";

/** A set without a name of its own, as a rule looks it up: pairs of the first and last key, as bytes. */
export interface AnonymousContent {
  readonly interval: boolean;
  readonly ranges: readonly (readonly [Uint8Array, Uint8Array])[];
}

/** The sets that belong to rules, by the kernel's name; undefined for one that holds more than keys. */
export type AnonymousSets = ReadonlyMap<string, AnonymousContent | undefined>;

export function liftRule(expressions: readonly Expression[], anonymous: AnonymousSets): readonly NftStatement[] {
  return new Lift(expressions, anonymous).run();
}

type Load = Extract<Expression, { kind: "meta" | "ct" | "payload" }>;

/** One part of a key: what was loaded, and what was done to it in its register. */
interface Part {
  readonly expression: NftExpression;
  /** Of an address: how many of its bytes were loaded. */
  readonly length: number;
  readonly mask?: Uint8Array;
  readonly swapped: boolean;
}

class Lift {
  readonly #expressions: readonly Expression[];
  readonly #anonymous: AnonymousSets;
  /** With a hole where a later statement implies an earlier one. */
  readonly #statements: (NftStatement | undefined)[] = [];
  #at = 0;
  /** What the rule has asked for, and which statement says so. */
  #family: { readonly value: number; readonly index: number } | undefined;
  #protocol: { readonly value: number; readonly index: number } | undefined;

  constructor(expressions: readonly Expression[], anonymous: AnonymousSets) {
    this.#expressions = expressions;
    this.#anonymous = anonymous;
  }

  run(): readonly NftStatement[] {
    while (this.#at < this.#expressions.length) {
      if (this.#merged()) continue;
      const start = this.#at;
      const statement = this.#next();
      if (statement !== undefined) this.#statements.push(statement);
      else {
        // As far as it was understood, and one more.
        this.#at = Math.max(start + 1, Math.min(this.#at, this.#expressions.length));
        const text = this.#expressions.slice(start, this.#at).map(printExpression).join(" ");
        this.#statements.push({ kind: "foreign", text });
      }
    }
    return this.#statements.filter((statement) => statement !== undefined);
  }

  /** nft compares two fields that lie side by side at once where both must have one value. */
  #merged(): boolean {
    const [load, end] = [this.#expressions[this.#at], this.#expressions[this.#at + 1]];
    if (load?.kind !== "payload" || end?.kind !== "cmp" || end.operator !== comparison["=="]) return false;
    const half = load.length / 2;
    if (load.to !== 0 || end.from !== 0 || end.data.length !== load.length || !this.#hasTwo(load)) return false;
    for (const offset of [0, half]) {
      const expression = this.#expression({ ...load, offset: load.offset + offset, length: half });
      const data = end.data.subarray(offset, offset + half);
      const value = expression === undefined ? undefined : valueOf(expression, data, data, false);
      if (expression === undefined || value === undefined) return false;
      this.#statements.push({ kind: "match", left: expression, negated: false, right: { kind: "value", value } });
    }
    this.#at += 2;
    return true;
  }

  /** Two addresses, two ports, or type and code of ICMP. */
  #hasTwo({ base, offset, length }: Load & { kind: "payload" }): boolean {
    if (base === payloadBase.network) return this.#family?.value === 2 && offset === 12 && length === 8;
    if (offset !== 0 || this.#protocol === undefined) return false;
    if (portProtocols.has(this.#protocol.value)) return length === 4;
    return length === 2 && this.#family !== undefined && (this.#protocol.value === 1 || this.#protocol.value === 58);
  }

  #next(): NftStatement | undefined {
    const expression = this.#expressions[this.#at];
    if (expression === undefined) return undefined;
    const list = this.#instructions();
    if (list.length > 0) return { kind: "instructions", list };
    switch (expression.kind) {
      case "meta":
      case "ct":
      case "payload":
        return this.#keyed();
      case "immediate":
        return this.#immediate(expression);
      default:
        this.#at++;
        return this.#single(expression);
    }
  }

  /** Instructions never touch word 0, with which every other statement begins. */
  #instructions(): readonly NftInstruction[] {
    const list: NftInstruction[] = [];
    for (; this.#at < this.#expressions.length; this.#at++) {
      const expression = this.#expressions[this.#at];
      const instruction = expression === undefined ? undefined : liftInstruction(expression);
      if (instruction === undefined) break;
      list.push(instruction);
    }
    return list;
  }

  #single(expression: Expression): NftStatement | undefined {
    switch (expression.kind) {
      case "counter":
        return { kind: "counter" };
      case "verdict":
        return expression;
      case "log":
        return /["\n\0]/.test(expression.prefix) ? undefined : expression;
      case "reject":
        if (expression.type === rejection.tcpReset) return { kind: "reject", with: "tcp-reset" };
        if (expression.type !== rejection.icmpx) return undefined;
        if (expression.code === 1) return { kind: "reject", with: "port-unreachable" };
        return expression.code === 3 ? { kind: "reject", with: "admin-prohibited" } : undefined;
      case "object":
        return expression.type === objectType["ct timeout"]
          ? { kind: "set-timeout", timeout: expression.name }
          : undefined;
      default:
        return undefined;
    }
  }

  #immediate(expression: Expression & { kind: "immediate" }): NftStatement | undefined {
    this.#at++;
    const target = this.#markTarget(this.#expressions[this.#at]);
    if (expression.to !== 0 || expression.data.length !== 4 || target === undefined) return undefined;
    this.#at++;
    return { kind: "set-mark", target, value: viewOf(expression.data).getUint32(0, true) };
  }

  #markTarget(expression: Expression | undefined): "ct" | "meta" | undefined {
    if (expression?.kind === "set-ct") return expression.key === ctKey.mark && expression.from === 0 ? "ct" : undefined;
    if (expression?.kind !== "set-meta") return undefined;
    return expression.key === metaKey.mark && expression.from === 0 ? "meta" : undefined;
  }

  /** Loads into word 0 and on, and what is done with them. */
  #keyed(): NftStatement | undefined {
    const parts: Part[] = [];
    let word = 0;
    for (;;) {
      const expression = this.#expressions[this.#at];
      if (expression?.kind !== "meta" && expression?.kind !== "ct" && expression?.kind !== "payload") break;
      if (expression.to !== word) break;
      this.#at++;
      const part = this.#part(expression);
      if (part === undefined) return undefined;
      parts.push(part);
      word += Math.ceil(lengthOf(part.expression) / 4);
    }
    const [first] = parts;
    const end = this.#expressions[this.#at];
    if (first === undefined || end === undefined) return undefined;
    this.#at++;
    if (end.kind === "lookup" && end.from === 0) return this.#lookup(parts, end);
    if (parts.length > 1) return undefined;
    const target = this.#markTarget(end);
    if (target !== undefined) return this.#copyMark(first, target);
    if (end.kind === "cmp" && end.from === 0) return this.#compare(first, end);
    if (end.kind === "range" && end.from === 0) return this.#range(first, end.first, end.last, end.negated);
    return undefined;
  }

  #part(load: Load): Part | undefined {
    const expression = this.#expression(load);
    if (expression === undefined) return undefined;
    const length = load.kind === "payload" ? load.length : lengthOf(expression);
    const next = this.#expressions[this.#at];
    if (next?.kind === "bitwise" && next.from === load.to && next.to === load.to && next.mask.length === length) {
      this.#at++;
      return { expression, length, mask: next.mask, swapped: false };
    }
    if (next?.kind === "byteorder" && next.from === load.to && next.to === load.to && next.length === 4) {
      this.#at++;
      return { expression, length, swapped: true };
    }
    return { expression, length, swapped: false };
  }

  #expression(load: Load): NftExpression | undefined {
    switch (load.kind) {
      case "meta": {
        const key = metaKeys.get(load.key);
        return key === undefined ? undefined : { kind: "meta", key };
      }
      case "ct": {
        const key = ctKeys.get(load.key);
        return key === undefined ? undefined : { kind: "ct", key };
      }
      case "payload":
        return load.base === payloadBase.network ? this.#address(load) : this.#transport(load);
    }
  }

  #address({ offset, length }: Load & { kind: "payload" }): NftExpression | undefined {
    const family = this.#family;
    if (family === undefined) return undefined;
    const four = family.value === 2;
    const field = offset === (four ? 12 : 8) ? "saddr" : offset === (four ? 16 : 24) ? "daddr" : undefined;
    if (field === undefined || length > (four ? 4 : 16) || length < 1) return undefined;
    this.#imply(family.index);
    return { kind: "payload", protocol: four ? "ip" : "ip6", field };
  }

  #transport({ base, offset, length }: Load & { kind: "payload" }): NftExpression | undefined {
    if (base !== payloadBase.transport) return undefined;
    if (length === 2 && (offset === 0 || offset === 2)) {
      const word = this.#protocol === undefined ? undefined : portProtocols.get(this.#protocol.value);
      if (word !== undefined) this.#imply(this.#protocol?.index);
      return { kind: "payload", protocol: word ?? "th", field: offset === 0 ? "sport" : "dport" };
    }
    const [protocol, family] = [this.#protocol, this.#family];
    if (length !== 1 || offset > 1 || protocol === undefined || family === undefined) return undefined;
    const word = protocol.value === 1 && family.value === 2 ? "icmp" : "icmpv6";
    if (word === "icmpv6" && (protocol.value !== 58 || family.value !== 10)) return undefined;
    this.#imply(protocol.index);
    this.#imply(family.index);
    return { kind: "payload", protocol: word, field: offset === 0 ? "type" : "code" };
  }

  #imply(index: number | undefined): void {
    if (index !== undefined) this.#statements[index] = undefined;
  }

  #lookup(parts: readonly Part[], end: Expression & { kind: "lookup" }): NftStatement | undefined {
    if (parts.some(({ mask, expression, length }) => mask !== undefined || length !== lengthOf(expression))) {
      const masked = parts.map(maskedAddress);
      if (masked.includes(undefined)) return undefined;
      return this.#finishLookup(
        masked.filter((part) => part !== undefined),
        end,
      );
    }
    if (this.#anonymous.has(end.set)) return this.#anyOf(parts, end);
    return this.#finishLookup(
      parts.map(({ expression }) => expression),
      end,
    );
  }

  #finishLookup(key: readonly NftExpression[], end: Expression & { kind: "lookup" }): NftStatement | undefined {
    if (end.to === "verdict") return { kind: "vmap", key, map: end.set };
    return end.to === undefined ? { kind: "lookup", key, set: end.set, negated: end.negated } : undefined;
  }

  #anyOf(parts: readonly Part[], end: Expression & { kind: "lookup" }): NftStatement | undefined {
    const [part] = parts;
    const content = this.#anonymous.get(end.set);
    if (part === undefined || parts.length > 1 || content === undefined || end.to !== undefined) return undefined;
    const ordered = content.interval;
    const values = content.ranges.map(([first, last]) => valueOf(part.expression, first, last, ordered));
    if (values.length === 0 || values.includes(undefined)) return undefined;
    if (part.swapped !== (ordered && isHostOrder(part.expression))) return undefined;
    const right: NftRight = { kind: "any-of", values: values.filter((value) => value !== undefined) };
    return { kind: "match", left: part.expression, negated: end.negated, right };
  }

  #copyMark({ expression, mask, swapped }: Part, target: "ct" | "meta"): NftStatement | undefined {
    if (mask !== undefined || swapped || !isHostOrder(expression)) return undefined;
    return { kind: "set-mark", target, value: expression.kind === "ct" ? "ct mark" : "meta mark" };
  }

  #compare(part: Part, { operator, data }: Expression & { kind: "cmp" }): NftStatement | undefined {
    if (operator === comparison[">="]) {
      const next = this.#expressions[this.#at];
      if (next?.kind !== "cmp" || next.operator !== comparison["<="] || next.from !== 0) return undefined;
      this.#at++;
      return this.#range(part, data, next.data, false);
    }
    if (operator !== comparison["=="] && operator !== comparison["!="]) return undefined;
    const negated = operator === comparison["!="];
    if (part.expression.kind === "ct" && part.expression.key === "state") return compareStates(part, data, negated);
    if (part.swapped) return undefined;
    if (part.mask !== undefined) return compareMasked(part, part.mask, data, negated);
    const statement =
      part.length < lengthOf(part.expression) ? comparePrefix(part, data, negated) : comparePoint(part, data, negated);
    if (statement !== undefined && !negated) this.#learn(part.expression, data);
    return statement;
  }

  #range(part: Part, first: Uint8Array, last: Uint8Array, negated: boolean): NftStatement | undefined {
    const { expression, mask, swapped, length } = part;
    if (mask !== undefined || swapped !== isHostOrder(expression) || length !== lengthOf(expression)) return undefined;
    if (expression.kind === "ct" && expression.key === "state") return undefined;
    const value = valueOf(expression, first, last, true);
    return value === undefined
      ? undefined
      : { kind: "match", left: expression, negated, right: { kind: "value", value } };
  }

  #learn(expression: NftExpression, data: Uint8Array): void {
    if (expression.kind !== "meta") return;
    const known = { value: data[0] ?? 0, index: this.#statements.length };
    if (expression.key === "nfproto") this.#family = known;
    else if (expression.key === "l4proto") this.#protocol = known;
  }
}

const metaKeys: ReadonlyMap<number, keyof typeof metaKey> = new Map(
  Object.entries(metaKey).map(([key, number]) => [number, key as keyof typeof metaKey]),
);
const ctKeys: ReadonlyMap<number, keyof typeof ctKey> = new Map(
  Object.entries(ctKey).map(([key, number]) => [number, key as keyof typeof ctKey]),
);
const portProtocols = new Map([
  [6, "tcp"],
  [17, "udp"],
  [132, "sctp"],
] as const) as ReadonlyMap<number, "tcp" | "udp" | "sctp">;

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** A value of the expression that reaches from one key to another; `ordered` where marks stand big-endian. */
function valueOf(left: NftExpression, first: Uint8Array, last: Uint8Array, ordered: boolean): NftValue | undefined {
  const layout = layoutOfOne(typeOf(left), ordered);
  const [field] = layout.fields;
  if (field === undefined || first.length !== layout.lengthBytes || last.length !== layout.lengthBytes)
    return undefined;
  if (field.type === "ifname" && Buffer.compare(first, last) !== 0) return undefined;
  // Memory that is used again: a view of one's own for every value costs more than the value.
  firstBytes.set(first);
  lastBytes.set(last);
  return worded(left, readRange(firstView, 0, lastView, 0, field));
}

/** The longest value is an IPv6 address. */
const [firstBytes, lastBytes] = [new Uint8Array(16), new Uint8Array(16)];
const [firstView, lastView] = [viewOf(firstBytes), viewOf(lastBytes)];

/** `meta nfproto` and `meta pkttype` have words for their numbers. */
function worded(left: NftExpression, value: NftValue | undefined): NftValue | undefined {
  if (left.kind !== "meta" || (left.key !== "nfproto" && left.key !== "pkttype")) return value;
  const word =
    value?.kind === "number" ? (left.key === "nfproto" ? nfprotoNumbers : pkttypeNumbers)[value.value] : undefined;
  return word === undefined ? undefined : { kind: "text", value: word };
}

function comparePoint({ expression }: Part, data: Uint8Array, negated: boolean): NftStatement | undefined {
  const value = valueOf(expression, data, data, false);
  return value === undefined
    ? undefined
    : { kind: "match", left: expression, negated, right: { kind: "value", value } };
}

/** Fewer bytes than an address has are a prefix that ends with a byte. */
function comparePrefix({ expression, length }: Part, data: Uint8Array, negated: boolean): NftStatement | undefined {
  const size = lengthOf(expression);
  if (data.length !== length) return undefined;
  const [first, last] = [new Uint8Array(size), new Uint8Array(size).fill(0xff)];
  first.set(data);
  last.set(data);
  const value = valueOf(expression, first, last, true);
  return value === undefined
    ? undefined
    : { kind: "match", left: expression, negated, right: { kind: "value", value } };
}

function compareMasked(part: Part, mask: Uint8Array, data: Uint8Array, negated: boolean): NftStatement | undefined {
  const { expression, length } = part;
  if (expression.kind !== "payload" || length !== lengthOf(expression) || data.length !== mask.length) return undefined;
  if (expression.field !== "saddr" && expression.field !== "daddr") return undefined;
  const bits = [...mask].map((byte) => byte.toString(2).padStart(8, "0")).join("");
  const outside = data.some((byte, index) => (byte & ~(mask[index] ?? 0)) !== 0);
  if (/^1+0+$/.test(bits) && !outside) {
    const last = data.map((byte, index) => byte | (~(mask[index] ?? 0) & 0xff));
    const value = valueOf(expression, data, last, true);
    return value === undefined
      ? undefined
      : { kind: "match", left: expression, negated, right: { kind: "value", value } };
  }
  const left = maskedAddress(part);
  const value = left === undefined ? undefined : valueOf(left, data, data, true);
  if (left === undefined || value === undefined) return undefined;
  return { kind: "match", left, negated, right: { kind: "value", value } };
}

/** The whole of a part as an expression; undefined where something was done to it that has no name. */
function maskedAddress({ expression, length, mask, swapped }: Part): NftExpression | undefined {
  if (mask === undefined) return length === lengthOf(expression) && !swapped ? expression : undefined;
  if (expression.kind !== "payload" || expression.protocol !== "ip" || mask.length !== 4) return undefined;
  const { field } = expression;
  if (field !== "saddr" && field !== "daddr") return undefined;
  return { kind: "masked-address", field, mask: viewOf(mask).getUint32(0) };
}

/** `ct state & bits != 0` is any of the states; a state alone may be compared as it is. */
function compareStates({ expression, mask }: Part, data: Uint8Array, negated: boolean): NftStatement | undefined {
  if (data.length !== 4 || (mask !== undefined && mask.length !== 4)) return undefined;
  const value = viewOf(data).getUint32(0, true);
  const bits = mask === undefined ? value : viewOf(mask).getUint32(0, true);
  if (mask !== undefined && value !== 0) return undefined;
  const states = Object.entries(stateNumbers).flatMap(([bit, word]) => ((bits & Number(bit)) === 0 ? [] : [word]));
  const known = Object.keys(stateNumbers).reduce((all, bit) => all | Number(bit), 0);
  if (states.length === 0 || (bits & ~known) !== 0 || (mask === undefined && states.length > 1)) return undefined;
  const none = mask === undefined ? negated : !negated;
  return { kind: "match", left: expression, negated: none, right: { kind: "states", states } };
}
