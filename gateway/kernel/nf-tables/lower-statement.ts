// Statements as the kernel's instructions, laid out as nft 1.0.6 does it, so that `nft list ruleset` shows our rules as if
// it had made them. As in nft, an expression brings along what it implies: `tcp dport` asks for TCP first, `ip saddr` for
// IPv4, unless the rule has asked already.

import type {
  NftElement,
  NftExpression,
  NftInstruction,
  NftLoad,
  NftRule,
  NftSet,
  NftStatement,
  NftType,
  NftValue,
} from "@merlon/compiler/nft/program.ts";
import type { NftPacketLoad } from "@merlon/compiler/nft/packet-check.ts";
import { pkttypeNumbers, nfprotoNumbers, stateNumbers } from "@merlon/compiler/nft/nft-words.ts";
import { prefixLength } from "@merlon/compiler/nft/prefix-length.ts";
import type { Expression } from "./expression.ts";
import { layoutOfOne, writeValue } from "./key-layout.ts";
import { lowerFlowChange } from "./flow-expression.ts";
import { lowerPacketCheck, lowerPacketLoad } from "./packet-instruction.ts";
import { lowerTranslation } from "./translation-expression.ts";
import {
  comparison,
  ctKey,
  ctLabelKey,
  ctZoneKey,
  metaKey,
  objectType,
  payloadBase,
  rejection,
} from "./nf-tables-number.ts";

/** A set without a name that the rule's `setId` refers to; it comes and goes with the rule. */
export interface AnonymousSet {
  readonly id: number;
  readonly set: NftSet;
}

export interface LoweredRule {
  readonly expressions: readonly Expression[];
  readonly sets: readonly AnonymousSet[];
}

export interface LoweringContext {
  /** A number that no other set of the transaction has. */
  readonly nextSetId: () => number;
  /** True when the keys of this set are intervals, so that marks must be looked up big-endian. */
  readonly isInterval: (set: string) => boolean;
}

/** Words of an instruction: word 0 belongs to the ordinary statements. */
const wordFirst = 1;
const wordLast = 15;
/** The kernel gives a set without a name of its own the first free number. */
export const anonymousName = "__set%d";

export function lowerRule(rule: NftRule, context: LoweringContext): LoweredRule {
  const draft = new Draft(context);
  for (const statement of rule.statements) draft.add(statement);
  return { expressions: draft.expressions, sets: draft.sets };
}

const storedKeys = { "ct mark": ctKey.mark, "ct label": ctLabelKey, "ct zone": ctZoneKey } as const;

const networkFamily = { ip: 2, ip6: 10, icmp: 2, icmpv6: 10 } as const;
const transportProtocol = { tcp: 6, udp: 17, sctp: 132, icmp: 1, icmpv6: 58 } as const;

class Draft {
  readonly expressions: Expression[] = [];
  readonly sets: AnonymousSet[] = [];
  readonly #context: LoweringContext;
  /** What the rule has asked for already. */
  #networkFamily: number | undefined;
  #protocol: number | undefined;

  constructor(context: LoweringContext) {
    this.#context = context;
  }

  add(statement: NftStatement): void {
    switch (statement.kind) {
      case "match":
        return this.#match(statement);
      case "lookup":
        return this.#lookup(statement.key, { set: statement.set, negated: statement.negated });
      case "vmap":
        return this.#lookup(statement.key, { set: statement.map, to: "verdict", negated: false });
      case "set-mark":
        return this.#setMark(statement);
      case "set-timeout":
        this.expressions.push({ kind: "object", type: objectType["ct timeout"], name: statement.timeout });
        return;
      case "counter":
        this.expressions.push({ kind: "counter" });
        return;
      case "log":
        this.expressions.push(statement);
        return;
      case "reject":
        return this.#reject(statement.with);
      case "verdict":
        this.expressions.push(statement);
        return;
      case "instructions":
        this.expressions.push(...statement.list.map(lowerInstruction));
        return;
      case "foreign":
        throw new Error(`a foreign statement cannot be written: ${statement.text}`);
    }
  }

  #match({ left, right, negated }: Extract<NftStatement, { kind: "match" }>): void {
    this.#depend(left);
    if (right.kind === "value" && isPrefix(left, right.value)) {
      this.#matchPrefix(left, right.value, negated);
      return;
    }
    this.#load(left, 0);
    switch (right.kind) {
      case "states":
        return this.#matchStates(right.states, negated);
      case "value":
        this.#matchValue(left, right.value, negated);
        if (!negated) this.#learn(left, right.value);
        return;
      case "any-of":
        return this.#matchAny(left, right.values, negated);
    }
  }

  #matchStates(states: readonly (typeof stateNumbers)[keyof typeof stateNumbers][], negated: boolean): void {
    const bits = states.reduce((all, state) => all | stateBits[state], 0);
    // One state is told from all others as a value; nft writes it so.
    if (negated && states.length === 1) {
      this.#compare("!=", hostWord(bits));
      return;
    }
    this.expressions.push({ kind: "bitwise", from: 0, to: 0, mask: hostWord(bits) });
    this.#compare(negated ? "==" : "!=", hostWord(0));
  }

  #matchValue(left: NftExpression, value: NftValue, negated: boolean): void {
    if (isPoint(value)) {
      this.#compare(negated ? "!=" : "==", bytesOf(left, value, "first", false));
      return;
    }
    const ordered = { first: bytesOf(left, value, "first", true), last: bytesOf(left, value, "last", true) };
    if (isHostOrder(left)) this.expressions.push({ kind: "byteorder", from: 0, to: 0, length: 4 });
    if (negated) this.expressions.push({ kind: "range", negated, from: 0, ...ordered });
    else {
      this.#compare(">=", ordered.first);
      this.#compare("<=", ordered.last);
    }
  }

  /** A prefix that ends with a byte is compared by its bytes alone, any other under its mask. */
  #matchPrefix(left: NftExpression, value: NftValue & { kind: "addresses" }, negated: boolean): void {
    const bits = prefixLength(value.range) ?? 0;
    const bytes = bytesOf(left, value, "first", true);
    if (bits % 8 === 0) {
      const length = bits / 8;
      this.#load(left, 0, length);
      this.#compare(negated ? "!=" : "==", bytes.subarray(0, length));
      return;
    }
    this.#load(left, 0);
    const mask = new Uint8Array(bytes.length).map(
      (_, index) => (0xff00 >> Math.max(0, Math.min(8, bits - index * 8))) & 0xff,
    );
    this.expressions.push({ kind: "bitwise", from: 0, to: 0, mask });
    this.#compare(negated ? "!=" : "==", bytes);
  }

  #matchAny(left: NftExpression, values: readonly NftValue[], negated: boolean): void {
    const interval = values.some((value) => value.kind === "numbers" || (value.kind === "addresses" && isRange(value)));
    const elements = values.map((value): NftElement => ({ key: [value] }));
    const id = this.#context.nextSetId();
    const size = interval ? {} : { size: elements.length };
    this.sets.push({
      id,
      set: { name: anonymousName, key: [typeOf(left)], interval, counter: false, ...size, elements },
    });
    if (interval && isHostOrder(left)) this.expressions.push({ kind: "byteorder", from: 0, to: 0, length: 4 });
    this.expressions.push({ kind: "lookup", set: anonymousName, setId: id, from: 0, negated });
  }

  #lookup(key: readonly NftExpression[], target: { set: string; to?: "verdict"; negated: boolean }): void {
    for (const expression of key) this.#depend(expression);
    const interval = key.some(isHostOrder) && this.#context.isInterval(target.set);
    let word = 0;
    for (const expression of key) {
      this.#load(expression, word);
      if (interval && isHostOrder(expression)) {
        this.expressions.push({ kind: "byteorder", from: word, to: word, length: 4 });
      }
      word += wordsOf(expression);
    }
    this.expressions.push({ kind: "lookup", from: 0, ...target });
  }

  #setMark({ target, value }: Extract<NftStatement, { kind: "set-mark" }>): void {
    if (value === "ct mark") this.expressions.push({ kind: "ct", key: ctKey.mark, to: 0 });
    else if (value === "meta mark") this.expressions.push({ kind: "meta", key: metaKey.mark, to: 0 });
    else this.expressions.push({ kind: "immediate", to: 0, data: hostWord(value) });
    this.expressions.push(
      target === "ct" ? { kind: "set-ct", key: ctKey.mark, from: 0 } : { kind: "set-meta", key: metaKey.mark, from: 0 },
    );
  }

  #reject(how: "tcp-reset" | "port-unreachable" | "admin-prohibited"): void {
    if (how === "tcp-reset") {
      this.#needProtocol(transportProtocol.tcp);
      this.expressions.push({ kind: "reject", type: rejection.tcpReset, code: 0 });
    } else {
      const code = how === "port-unreachable" ? 1 : 3;
      this.expressions.push({ kind: "reject", type: rejection.icmpx, code });
    }
  }

  #compare(operator: keyof typeof comparison, data: Uint8Array): void {
    this.expressions.push({ kind: "cmp", operator: comparison[operator], from: 0, data });
  }

  #load(expression: NftExpression, word: number, length = lengthOf(expression)): void {
    const load = loadOf(expression, word);
    this.expressions.push(load.kind === "payload" ? { ...load, length } : load);
    if (expression.kind !== "masked-address") return;
    this.expressions.push({ kind: "bitwise", from: word, to: word, mask: networkWord(expression.mask) });
  }

  #depend(expression: NftExpression): void {
    if (expression.kind === "masked-address") return this.#needFamily(networkFamily.ip);
    if (expression.kind !== "payload" || expression.protocol === "th") return;
    const { protocol } = expression;
    if (protocol in networkFamily) this.#needFamily(networkFamily[protocol as keyof typeof networkFamily]);
    if (protocol in transportProtocol) {
      this.#needProtocol(transportProtocol[protocol as keyof typeof transportProtocol]);
    }
  }

  #needFamily(family: number): void {
    if (this.#networkFamily === family) return;
    this.#networkFamily = family;
    this.expressions.push({ kind: "meta", key: metaKey.nfproto, to: 0 });
    this.#compare("==", Uint8Array.of(family));
  }

  #needProtocol(protocol: number): void {
    if (this.#protocol === protocol) return;
    this.#protocol = protocol;
    this.expressions.push({ kind: "meta", key: metaKey.l4proto, to: 0 });
    this.#compare("==", Uint8Array.of(protocol));
  }

  /** What a rule asks for in so many words need not be asked for again. */
  #learn(left: NftExpression, value: NftValue): void {
    if (left.kind !== "meta") return;
    const number = numberOf(left, value);
    if (left.key === "nfproto") this.#networkFamily = number;
    else if (left.key === "l4proto") this.#protocol = number;
  }
}

const stateBits = Object.fromEntries(
  Object.entries(stateNumbers).map(([bit, word]) => [word, Number(bit)]),
) as Readonly<Record<(typeof stateNumbers)[keyof typeof stateNumbers], number>>;

const keywordNumbers: ReadonlyMap<string, number> = new Map(
  [nfprotoNumbers, pkttypeNumbers].flatMap((words) =>
    Object.entries(words).map(([number, word]) => [word, Number(number)]),
  ),
);

function numberOf(left: NftExpression, value: NftValue): number | undefined {
  if (value.kind === "number") return value.value;
  return value.kind === "text" && left.kind === "meta" ? keywordNumbers.get(value.value) : undefined;
}

function isRange(value: NftValue & { kind: "addresses" }): boolean {
  return value.range.first !== value.range.last;
}

function isPoint(value: NftValue): boolean {
  switch (value.kind) {
    case "number":
    case "text":
      return true;
    case "numbers":
      return value.first === value.last;
    case "addresses":
      return !isRange(value);
  }
}

/** An address with bits behind its prefix; a range that is no prefix is compared by its ends. */
function isPrefix(left: NftExpression, value: NftValue): value is NftValue & { kind: "addresses" } {
  if (left.kind !== "payload" || value.kind !== "addresses" || !isRange(value)) return false;
  const bits = prefixLength(value.range);
  return bits !== undefined && bits > 0;
}

export function isHostOrder(expression: NftExpression): boolean {
  if (expression.kind === "meta") return ["mark", "iif", "oif"].includes(expression.key);
  return expression.kind === "ct" && expression.key === "mark";
}

/** The type whose values an expression has. */
export function typeOf(expression: NftExpression): NftType {
  switch (expression.kind) {
    case "meta":
      switch (expression.key) {
        case "iifname":
        case "oifname":
          return "ifname";
        case "mark":
        case "iif":
        case "oif":
          return "mark";
        case "l4proto":
        case "nfproto":
        case "pkttype":
          return "inet_proto";
      }
      break;
    case "ct":
      return expression.key === "direction" ? "inet_proto" : "mark";
    case "payload":
      switch (expression.field) {
        case "saddr":
        case "daddr":
          return expression.protocol === "ip" ? "ipv4_addr" : "ipv6_addr";
        case "sport":
        case "dport":
        case "type-code":
          return "inet_service";
        case "type":
        case "code":
          return "icmp_type";
      }
      break;
    case "masked-address":
      return "ipv4_addr";
  }
  throw new Error("an expression has no type");
}

/** The bytes that one end of a value has in a register; `ordered` where the kernel compares which is larger. */
function bytesOf(left: NftExpression, value: NftValue, end: "first" | "last", ordered: boolean): Uint8Array {
  const { fields, lengthBytes } = layoutOfOne(typeOf(left), ordered);
  const [field] = fields;
  const number = numberOf(left, value);
  scratch.fill(0);
  if (field !== undefined) {
    writeValue(scratchView, 0, field, number === undefined ? value : { kind: "number", value: number }, end);
  }
  return scratch.slice(0, lengthBytes);
}

/** The longest value is an IPv6 address. */
const scratch = new Uint8Array(16);
const scratchView = new DataView(scratch.buffer);

export function lengthOf(expression: NftExpression): number {
  return layoutOfOne(typeOf(expression), false).lengthBytes;
}

function wordsOf(expression: NftExpression): number {
  return Math.ceil(lengthOf(expression) / 4);
}

function hostWord(value: number): Uint8Array {
  return Uint8Array.of(value, value >>> 8, value >>> 16, value >>> 24);
}

function networkWord(value: number): Uint8Array {
  return Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value);
}

/** The offsets of fields in their headers. */
const fieldOffset = {
  ip: { saddr: 12, daddr: 16 },
  ip6: { saddr: 8, daddr: 24 },
  transport: { sport: 0, dport: 2, type: 0, code: 1, "type-code": 0 },
} as const;

function loadOf(expression: NftExpression, to: number): Expression {
  switch (expression.kind) {
    case "meta":
      return { kind: "meta", key: metaKey[expression.key], to };
    case "ct":
      return { kind: "ct", key: ctKey[expression.key], to };
    case "masked-address":
      return loadOf({ kind: "payload", protocol: "ip", field: expression.field }, to);
    case "payload": {
      const { protocol, field } = expression;
      const length = lengthOf(expression);
      if (field === "saddr" || field === "daddr") {
        const offset = fieldOffset[protocol === "ip" ? "ip" : "ip6"][field];
        return { kind: "payload", base: payloadBase.network, offset, length, to };
      }
      return { kind: "payload", base: payloadBase.transport, offset: fieldOffset.transport[field], length, to };
    }
  }
}

function lowerInstruction(instruction: NftInstruction): Expression {
  for (const word of [wordOf(instruction, "from"), wordOf(instruction, "to")]) {
    if (word !== undefined && (!Number.isInteger(word) || word < wordFirst || word > wordLast)) {
      throw new Error(`an instruction uses word ${word}; the words are ${wordFirst} to ${wordLast}`);
    }
  }
  const word = (value: number, network?: boolean) => (network === true ? networkWord(value) : hostWord(value));
  switch (instruction.op) {
    case "load":
      return isPacketLoad(instruction.expression)
        ? lowerPacketLoad(instruction.expression, instruction.to)
        : loadOf(instruction.expression, instruction.to);
    case "lookup": {
      const { set, from, to, negated = false } = instruction;
      return { kind: "lookup", set, from, negated, ...(to === undefined ? {} : { to }) };
    }
    case "vmap":
      return { kind: "lookup", set: instruction.map, from: instruction.from, to: "verdict", negated: false };
    case "copy": {
      const { from, to, words } = instruction;
      return { kind: "bitwise", from, to, mask: new Uint8Array(words * 4).fill(0xff) };
    }
    case "mask":
      return {
        kind: "bitwise",
        from: instruction.from,
        to: instruction.to,
        mask: word(instruction.mask, instruction.network),
      };
    case "immediate":
      return { kind: "immediate", to: instruction.to, data: word(instruction.value, instruction.network) };
    case "compare": {
      const { operator, from, value, network } = instruction;
      const ordered = operator === "<" || operator === ">";
      return { kind: "cmp", operator: comparison[operator], from, data: word(value, ordered || network === true) };
    }
    case "swap":
      return { kind: "byteorder", from: instruction.from, to: instruction.to, length: 4 };
    case "store":
      if (instruction.target === "meta mark") return { kind: "set-meta", key: metaKey.mark, from: instruction.from };
      return { kind: "set-ct", key: storedKeys[instruction.target], from: instruction.from };
    case "port": {
      const { value, to } = instruction;
      return { kind: "immediate", to, data: Uint8Array.of(value >>> 8, value) };
    }
    case "translate":
    case "masquerade":
      return lowerTranslation(instruction);
    case "set-segment-size":
    case "offload":
      return lowerFlowChange(instruction);
    case "limit":
    case "meter":
    case "draw":
    case "to-port":
    case "notrack":
    case "synproxy":
      return lowerPacketCheck(instruction);
  }
}

function isPacketLoad(load: NftLoad): load is NftPacketLoad {
  return load.kind !== "meta" && load.kind !== "ct" && load.kind !== "payload";
}

function wordOf(instruction: NftInstruction, end: "from" | "to"): number | undefined {
  const word = end in instruction ? (instruction as Partial<Record<"from" | "to", number>>)[end] : undefined;
  return word;
}
