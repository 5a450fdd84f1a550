// A rule of somebody else's, as far as it matters to us: whether it asks anything of a packet, where it sends it, and
// what it does to it. Rules of iptables-nft carry their targets as instructions named `target`, with the target's name
// inside.
// Source: the `dump` functions of net/netfilter/nft_*.c and nft_compat.c, Linux 6.1 to 6.18.

import type { ForeignAct } from "../foreign-act.ts";
import { actsOfMatch, actsOfTarget, withholdsEvents } from "../foreign-target.ts";
import { sessionMarkMask } from "../kernel.ts";
import { AttributeTable, readAttributes } from "../netlink-message.ts";
import { KnownRegisters } from "./known-bits.ts";
import type { KnownBits } from "./known-bits.ts";
import {
  ctKey,
  ctLabelKey,
  dataAttribute,
  elementAttribute,
  expressionAttribute,
  expressionField,
  metaKey,
  objectType,
  verdictAttribute,
  verdictCode,
} from "./nf-tables-number.ts";

export interface ForeignVerdict {
  readonly kind: "drop" | "accept" | "jump" | "goto" | "return";
  readonly chain?: string;
}

export interface ForeignRule {
  /** It asks something of the packet, so that some pass it by. */
  readonly conditional: boolean;
  readonly verdicts: readonly ForeignVerdict[];
  readonly acts: readonly ForeignAct[];
  /** Verdict maps that it looks into. */
  readonly maps: readonly string[];
  /** Devices that it asks for: names, beginnings of names with `*` behind them, and numbers. */
  readonly devices: readonly (string | number)[];
}

const of = "nf_tables rule message";
const attributes = new AttributeTable(of, 2);
const fields = new AttributeTable(of, 9);
const data = new AttributeTable(of, 2);
const verdictFields = new AttributeTable(of, 2);
/** NFTA_TARGET_*; those of a match have the same numbers. */
const target = { name: 1, revision: 2, info: 3 } as const;
/** NFT_CT_EVENTMASK. */
const ctEventsKey = 18;

const actsOfInstructions: Readonly<Record<string, ForeignAct>> = {
  reject: "drops",
  nat: "translates",
  masq: "translates",
  redir: "translates",
  tproxy: "intercepts",
  notrack: "untracks",
  queue: "queues",
  flow_offload: "offloads",
  fwd: "diverts",
  dup: "copies",
  synproxy: "answers",
};

const actsOfObjects: ReadonlyMap<number, ForeignAct> = new Map([
  [objectType["ct helper"], "expects"],
  [objectType["ct expectation"], "expects"],
  [objectType.synproxy, "answers"],
]);

/** Instructions that every packet passes. Loads ask nothing by themselves; what compares comes behind them. */
const passing: ReadonlySet<string> = new Set([
  ..."counter log immediate meta ct payload bitwise byteorder notrack reject nat masq redir tproxy queue".split(" "),
  ..."flow_offload objref rt socket numgen hash fib exthdr tunnel osf dup fwd last target synproxy".split(" "),
]);

/** Between `start` and `end` stands the list of a rule's instructions. */
export function readForeignRule(view: DataView, start: number, end: number): ForeignRule {
  let conditional = false;
  const verdicts: ForeignVerdict[] = [];
  const acts = new Set<ForeignAct>();
  const maps: string[] = [];
  const devices = new Set<string | number>();
  const registers = new KnownRegisters();
  let loaded: LoadedDevice | undefined;
  readAttributes(view, start, end, of, (_, from, to) => {
    attributes.read(view, from, to);
    const name = attributes.text(expressionAttribute.name) ?? "";
    if (!passing.has(name)) conditional = true;
    const plain = actsOfInstructions[name];
    if (plain !== undefined) acts.add(plain);
    // `notrack` and others have no data at all.
    if (!attributes.readNested(expressionAttribute.data, fields)) return;
    for (const act of actsOfData(name, registers)) acts.add(act);
    registers.see(name, fields);
    if (name === "meta") loaded = readLoadedDevice();
    const device = name === "cmp" && loaded !== undefined ? readDevice(loaded) : undefined;
    if (device !== undefined) devices.add(device);
    if (name === "immediate") {
      const verdict = fields.readNested(expressionField.immediate.data, data) ? readVerdict() : undefined;
      if (verdict !== undefined) verdicts.push(verdict);
    }
    // NFT_REG_VERDICT as its target makes it a verdict map.
    if (name === "lookup" && fields.u32be(expressionField.lookup.to) === 0) {
      maps.push(fields.text(expressionField.lookup.set) ?? "");
    }
  });
  return { conditional, verdicts, acts: [...acts], maps, devices: [...devices] };
}

/** What an instruction does is also in its data. */
function actsOfData(name: string, registers: KnownRegisters): readonly ForeignAct[] {
  switch (name) {
    case "target":
    case "match": {
      const [text = "", info = new Uint8Array(0)] = [fields.text(target.name), fields.bytes(target.info)];
      return name === "match" ? actsOfMatch(text, info) : actsOfTarget(text, fields.u32be(target.revision) ?? 0, info);
    }
    case "objref": {
      const act = actsOfObjects.get(fields.u32be(expressionField.objref.type) ?? 0);
      return act === undefined ? [] : [act];
    }
    case "meta": {
      const sets = fields.has(expressionField.meta.from);
      return sets && fields.u32be(expressionField.meta.key) === metaKey.mark ? ["marks"] : [];
    }
    case "ct": {
      const from = fields.u32be(expressionField.ct.from);
      return from === undefined ? [] : actsOfTracking(fields.u32be(expressionField.ct.key), registers.at(from));
    }
    default:
      return [];
  }
}

/** Of `ct … set`, by what is known of the value. */
function actsOfTracking(key: number | undefined, { ofMark, ones }: KnownBits): readonly ForeignAct[] {
  if (key === ctKey.mark) return (ofMark & sessionMarkMask) === sessionMarkMask ? [] : ["remarks"];
  if (key === ctLabelKey) return ["relabels"];
  return key === ctEventsKey && withholdsEvents(ones) ? ["silences"] : [];
}

/** A register that holds a device, and whether it is its name. */
interface LoadedDevice {
  readonly register: number | undefined;
  readonly named: boolean;
}

function readLoadedDevice(): LoadedDevice | undefined {
  const key = fields.u32be(expressionField.meta.key);
  const named = key === metaKey.iifname || key === metaKey.oifname;
  if (!named && key !== metaKey.iif && key !== metaKey.oif) return undefined;
  return { register: fields.u32be(expressionField.meta.to), named };
}

/** Numbers are in the byte order of the machine; a name without a zero behind it is the beginning of names. */
function readDevice({ register, named }: LoadedDevice): string | number | undefined {
  const { from, data: value } = expressionField.cmp;
  if (fields.u32be(from) !== register || !fields.readNested(value, data)) return undefined;
  const bytes = data.bytes(dataAttribute.value) ?? new Uint8Array(0);
  if (!named) return bytes.length === 4 ? data.u32(dataAttribute.value) : undefined;
  const text = data.text(dataAttribute.value);
  return bytes.includes(0) || text === undefined ? text : `${text}*`;
}

const verdictKinds: ReadonlyMap<number, ForeignVerdict["kind"]> = new Map([
  [verdictCode.drop, "drop"],
  [verdictCode.accept, "accept"],
  [verdictCode.jump, "jump"],
  [verdictCode.goto, "goto"],
  [verdictCode.return, "return"],
]);

function readVerdict(): ForeignVerdict | undefined {
  if (!data.readNested(dataAttribute.verdict, verdictFields)) return undefined;
  const kind = verdictKinds.get(verdictFields.u32be(verdictAttribute.code) ?? -1);
  if (kind === undefined) return undefined;
  const chain = verdictFields.text(verdictAttribute.chain);
  return chain === undefined ? { kind } : { kind, chain };
}

const elementAttributes = new AttributeTable("nf_tables element message", 11);

/** The verdict of one element of a map. */
export function readVerdictElement(view: DataView, start: number, end: number): ForeignVerdict | undefined {
  elementAttributes.read(view, start, end);
  return elementAttributes.readNested(elementAttribute.data, data) ? readVerdict() : undefined;
}
