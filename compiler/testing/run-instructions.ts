// Register instructions carried out in memory, byte by byte as the kernel does it (nf_tables_core.c, nft_lookup.c,
// nft_payload.c): 16 words, keys compared with memcmp. So a number in the wrong byte order, or a register that another
// instruction overwrites, is found here as it would be there.

import type { PacketHeader } from "../interpret.ts";
import type { NftPacketCheck, OriginalField } from "../nft/packet-check.ts";
import { isVerdict } from "../nft/print-statement.ts";
import type { NftInstruction, NftSet, NftTable, NftVerdict } from "../nft/program.ts";
import { hitsSet } from "../nft/table-names.ts";
import { natHitsSet } from "../nat/nat-names.ts";
import { findElement } from "./find-element.ts";
import { addressBytes, encodeFields, numberBytes } from "./key-bytes.ts";
import { loadPacket } from "./run-packet-check.ts";
import type { CheckedPacket } from "./run-packet-check.ts";
import { fieldBytes, runDynamicSet } from "./run-dynamic-set.ts";
import type { DynamicState } from "./run-dynamic-set.ts";
import { runTranslation } from "./run-translation.ts";
import type { Translated } from "./run-translation.ts";

/** What instructions see of a packet, and the marks that they read and write. */
export interface InstructionRun {
  readonly table: NftTable;
  readonly packet: CheckedPacket &
    PacketHeader & {
      readonly state?: "new" | "established" | "related" | "invalid" | "untracked";
      /** Whether the first packet of a `new` connection went out before. */
      readonly confirmed?: boolean;
      /** Of TCP; a SYN when absent. */
      readonly tcpFlags?: number;
      /** What a SYN says of the largest segment. */
      readonly segmentSize?: number;
      readonly iifname?: string;
      readonly oifname?: string;
      /** Numbers of those devices; 0 when absent. */
      readonly iif?: number;
      readonly oif?: number;
      /** The ends of the connection's first packet; those of this one when absent. */
      readonly original?: Pick<PacketHeader, "source" | "destination" | "sourcePort" | "destinationPort">;
    };
  /** What it says when the rules have seen it. */
  segmentSize?: number;
  /** The flowtable that has the session now. */
  offloaded?: string;
  /** What stands in dynamic sets now; without it they are empty, and stay so. */
  readonly dynamic?: DynamicState;
  ctMark: number;
  metaMark: number;
  /** The four words of the session's label. */
  label?: number[];
  translated?: Translated;
  /** The marks that were looked up in the counters of rules. */
  readonly counted?: number[];
  /** The numbers that were looked up in the counters of translation. */
  natCounted?: number[];
  /** The SYN proxy has it. */
  answered?: boolean;
  untracked?: boolean;
}

/** The verdict that ends the rule, `continue` when all instructions went through, `break` when one did not hold. */
export function runInstructions(
  run: InstructionRun,
  list: readonly NftInstruction[],
): NftVerdict | "continue" | "break" {
  const registers = new Uint8Array(64);
  for (const instruction of list) {
    const outcome = runInstruction(run, registers, instruction);
    if (outcome !== "continue") return outcome;
  }
  return "continue";
}

function runInstruction(
  run: InstructionRun,
  registers: Uint8Array,
  instruction: NftInstruction,
): NftVerdict | "continue" | "break" {
  switch (instruction.op) {
    case "load": {
      const bytes = loaded(run, instruction.expression);
      if (bytes === undefined) return "break";
      registers.fill(0, instruction.to * 4, (instruction.to + Math.ceil(bytes.length / 4)) * 4);
      registers.set(bytes, instruction.to * 4);
      return "continue";
    }
    case "lookup":
      return runLookup(run, registers, instruction);
    case "vmap": {
      const data = findElement(setOf(run.table, instruction.map), registers, instruction.from)?.data;
      if (data === undefined || !isVerdict(data)) return "break";
      return data.kind === "continue" ? "continue" : data;
    }
    case "copy":
      registers.copyWithin(instruction.to * 4, instruction.from * 4, (instruction.from + instruction.words) * 4);
      return "continue";
    case "mask": {
      const mask = numberBytes(instruction.mask, instruction.network === true);
      for (const [i, bits] of mask.entries()) {
        registers[instruction.to * 4 + i] = (registers[instruction.from * 4 + i] ?? 0) & bits;
      }
      return "continue";
    }
    case "immediate":
      registers.set(numberBytes(instruction.value, instruction.network === true), instruction.to * 4);
      return "continue";
    case "port":
      registers.set([instruction.value >>> 8, instruction.value & 0xff, 0, 0], instruction.to * 4);
      return "continue";
    case "compare":
      return compares(registers, instruction) ? "continue" : "break";
    case "translate":
    case "masquerade":
      run.translated = runTranslation(registers, run.packet, instruction);
      return { kind: "accept" };
    case "set-segment-size": {
      const size = ((registers[instruction.from * 4] ?? 0) << 8) + (registers[instruction.from * 4 + 1] ?? 0);
      run.segmentSize = Math.min(run.segmentSize ?? run.packet.segmentSize ?? size, size);
      return "continue";
    }
    case "offload":
      if (run.packet.confirmed === true && [6, 17].includes(run.packet.protocol)) run.offloaded = instruction.flowtable;
      return "continue";
    case "swap":
      registers.set(wordAt(registers, instruction.from).toReversed(), instruction.to * 4);
      return "continue";
    case "store":
      return runStore(run, registers, instruction);
    case "limit":
    case "notrack":
    case "meter":
    case "draw":
    case "to-port":
    case "synproxy":
      return runCheck(run, registers, instruction);
  }
}

/** No rate is ever exceeded. */
function runCheck(
  run: InstructionRun,
  registers: Uint8Array,
  instruction: NftPacketCheck,
): NftVerdict | "continue" | "break" {
  switch (instruction.op) {
    case "notrack":
      run.untracked = true;
      return "continue";
    case "limit":
      return "continue";
    case "meter":
      return runDynamicSet(setOf(run.table, instruction.set), registers, instruction, run.dynamic);
    case "draw": {
      const drawn = run.dynamic?.draw(instruction.count) ?? 0;
      registers.set(numberBytes(instruction.first + drawn, false), instruction.to * 4);
      return "continue";
    }
    case "to-port": {
      const at = instruction.at * 4;
      registers.set([registers[at + 1] ?? 0, registers[at] ?? 0], at);
      return "continue";
    }
    case "synproxy":
      run.answered = true;
      return { kind: "drop" };
  }
}

function runLookup(
  run: InstructionRun,
  registers: Uint8Array,
  instruction: Extract<NftInstruction, { op: "lookup" }>,
): "continue" | "break" {
  const of = setOf(run.table, instruction.set);
  if (of.dynamic !== undefined && run.dynamic !== undefined)
    return runDynamicSet(of, registers, instruction, run.dynamic);
  const found = findElement(of, registers, instruction.from);
  if (instruction.negated === true) return found === undefined ? "continue" : "break";
  if (found === undefined) return "break";
  if (instruction.set === hitsSet) run.counted?.push(hostWordAt(registers, instruction.from));
  if (instruction.set === natHitsSet) (run.natCounted ??= []).push(hostWordAt(registers, instruction.from));
  if (instruction.to === undefined) return "continue";
  const set = setOf(run.table, instruction.set);
  if (set.data === undefined || set.data === "verdict" || found.data === undefined || isVerdict(found.data)) {
    throw new Error(`${set.name} is no map to data`);
  }
  registers.set(encodeFields(set.data, found.data, "first"), instruction.to * 4);
  return "continue";
}

function runStore(
  run: InstructionRun,
  registers: Uint8Array,
  instruction: Extract<NftInstruction, { op: "store" }>,
): "continue" {
  if (instruction.target === "ct label") {
    const before = run.label ?? [0, 0, 0, 0];
    run.label = before.map((word, at) => (word | hostWordAt(registers, instruction.from + at)) >>> 0);
    return "continue";
  }
  const value = hostWordAt(registers, instruction.from);
  if (instruction.target === "ct mark") run.ctMark = value;
  else if (instruction.target === "meta mark") run.metaMark = value;
  return "continue";
}

function hostWordAt(registers: Uint8Array, word: number): number {
  return new DataView(registers.buffer).getUint32(word * 4, true);
}

function compares(registers: Uint8Array, instruction: Extract<NftInstruction, { op: "compare" }>): boolean {
  const { operator, value, network } = instruction;
  const ordered = operator === "<" || operator === ">";
  const order = Buffer.compare(wordAt(registers, instruction.from), numberBytes(value, ordered || network === true));
  return { "==": order === 0, "!=": order !== 0, "<": order < 0, ">": order > 0 }[operator];
}

function wordAt(registers: Uint8Array, word: number): Uint8Array {
  return registers.slice(word * 4, word * 4 + 4);
}

/** IPS_CONFIRMED. */
const confirmedBit = 1 << 3;

/** What has an answer, or belongs to what has one, was confirmed before. */
function isBegun({ state, confirmed }: InstructionRun["packet"]): boolean {
  return confirmed === true || state === "established" || state === "related";
}

function loaded(run: InstructionRun, expression: Extract<NftInstruction, { op: "load" }>["expression"]) {
  const { packet } = run;
  if (expression.kind === "original") return originalEnd(expression.field, packet);
  if (expression.kind !== "ct" && expression.kind !== "meta" && expression.kind !== "payload") {
    return loadPacket(expression, packet);
  }
  if (expression.kind === "ct") {
    // Packets of no connection have neither status nor mark (nft_ct_get_eval).
    if (packet.state === "invalid" || packet.state === "untracked") return undefined;
    if (expression.key === "status") return numberBytes(isBegun(packet) ? confirmedBit : 0, false);
    if (expression.key !== "mark") throw new Error(`ct ${expression.key} is not carried out here`);
    return numberBytes(run.ctMark, false);
  }
  if (expression.kind === "meta") {
    switch (expression.key) {
      case "mark":
        return numberBytes(run.metaMark, false);
      case "iif":
      case "oif":
        return numberBytes(packet[expression.key] ?? 0, false);
      case "l4proto":
        return Uint8Array.of(packet.protocol);
      case "nfproto":
        return Uint8Array.of(packet.source.family === 4 ? 2 : 10);
      case "iifname":
      case "oifname":
        return deviceBytes(packet[expression.key]);
      default:
        throw new Error(`meta ${expression.key} is not carried out here`);
    }
  }
  switch (expression.field) {
    case "saddr":
      return addressBytes(packet.source);
    case "daddr":
      return addressBytes(packet.destination);
    case "sport":
      return portBytes(packet.sourcePort);
    case "dport":
      return portBytes(packet.destinationPort);
    case "type-code":
      return packet.icmpType === undefined ? undefined : Uint8Array.of(packet.icmpType, packet.icmpCode ?? 0);
    case "type":
    case "code":
      throw new Error(`${expression.field} is not carried out here`);
  }
}

/** As the connection's first packet was sent. */
function originalEnd(field: OriginalField, packet: InstructionRun["packet"]): Uint8Array | undefined {
  if (packet.state === "invalid" || packet.state === "untracked") return undefined;
  const { source, destination, sourcePort, destinationPort } = packet.original ?? packet;
  switch (field) {
    case "ip saddr":
    case "ip6 saddr":
      return source.family === (field === "ip saddr" ? 4 : 6) ? addressBytes(source) : undefined;
    case "ip daddr":
    case "ip6 daddr":
      return destination.family === (field === "ip daddr" ? 4 : 6) ? addressBytes(destination) : undefined;
    case "sport":
      return portBytes(sourcePort);
    case "dport":
      return portBytes(destinationPort);
  }
}

/** What the gateway itself sends came in by no device, and the rule ends. */
function deviceBytes(name: string | undefined): Uint8Array | undefined {
  return name === undefined || name === "" ? undefined : Buffer.from(name.padEnd(fieldBytes.ifname, "\0"));
}

function portBytes(port: number | undefined): Uint8Array | undefined {
  return port === undefined ? undefined : Uint8Array.of(port >>> 8, port & 0xff);
}

function setOf(table: NftTable, name: string): NftSet {
  const set = table.sets.find((candidate) => candidate.name === name);
  if (set === undefined) throw new Error(`there is no set ${name}`);
  return set;
}
