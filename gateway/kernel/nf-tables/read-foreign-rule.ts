// A rule of somebody else's, as far as it matters to us: whether it asks anything of a packet, where it sends it, and
// what it does to it. Rules of iptables-nft carry their targets as instructions named `target`, with the target's name
// inside.
// Source: the `dump` functions of net/netfilter/nft_*.c and nft_compat.c, Linux 6.1 to 6.18.

import { AttributeTable, readAttributes } from "../netlink-message.ts";
import {
  dataAttribute,
  elementAttribute,
  expressionAttribute,
  expressionField,
  verdictAttribute,
  verdictCode,
} from "./nf-tables-number.ts";

/** What a rule does beside passing a packet on. */
export type ForeignAct = "drops" | "translates" | "untracks" | "queues" | "offloads";

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
}

const of = "nf_tables rule message";
const attributes = new AttributeTable(of, 2);
const fields = new AttributeTable(of, 9);
const data = new AttributeTable(of, 2);
const verdictFields = new AttributeTable(of, 2);
/** NFTA_TARGET_NAME and NFTA_TARGET_INFO. */
const target = { name: 1, info: 3 } as const;
/** XT_CT_NOTRACK, in the first byte of struct xt_ct_target_info. */
const noTrackFlag = 1;

const actsOfInstructions: Readonly<Record<string, ForeignAct>> = {
  reject: "drops",
  nat: "translates",
  masq: "translates",
  redir: "translates",
  tproxy: "translates",
  notrack: "untracks",
  queue: "queues",
  flow_offload: "offloads",
};

const actsOfTargets: Readonly<Record<string, ForeignAct>> = {
  DROP: "drops",
  REJECT: "drops",
  TARPIT: "drops",
  DNAT: "translates",
  SNAT: "translates",
  MASQUERADE: "translates",
  REDIRECT: "translates",
  NETMAP: "translates",
  TPROXY: "translates",
  NOTRACK: "untracks",
  NFQUEUE: "queues",
};

/** Instructions that every packet passes. Loads ask nothing by themselves; what compares comes behind them. */
const passing: ReadonlySet<string> = new Set([
  ..."counter log immediate meta ct payload bitwise byteorder notrack reject nat masq redir tproxy queue".split(" "),
  ..."flow_offload objref rt socket numgen hash fib exthdr tunnel osf dup fwd last target".split(" "),
]);

/** Between `start` and `end` stands the list of a rule's instructions. */
export function readForeignRule(view: DataView, start: number, end: number): ForeignRule {
  let conditional = false;
  const verdicts: ForeignVerdict[] = [];
  const acts = new Set<ForeignAct>();
  const maps: string[] = [];
  readAttributes(view, start, end, of, (_, from, to) => {
    attributes.read(view, from, to);
    const name = attributes.text(expressionAttribute.name) ?? "";
    if (!passing.has(name)) conditional = true;
    const plain = actsOfInstructions[name];
    if (plain !== undefined) acts.add(plain);
    // `notrack` and others have no data at all.
    if (!attributes.readNested(expressionAttribute.data, fields)) return;
    const act = name === "target" ? actOfTarget() : undefined;
    if (act !== undefined) acts.add(act);
    if (name === "immediate") {
      const verdict = fields.readNested(expressionField.immediate.data, data) ? readVerdict() : undefined;
      if (verdict !== undefined) verdicts.push(verdict);
    }
    // NFT_REG_VERDICT as its target makes it a verdict map.
    if (name === "lookup" && fields.u32be(expressionField.lookup.to) === 0) {
      maps.push(fields.text(expressionField.lookup.set) ?? "");
    }
  });
  return { conditional, verdicts, acts: [...acts], maps };
}

function actOfTarget(): ForeignAct | undefined {
  const name = fields.text(target.name) ?? "";
  // The target CT also gives helpers and zones, which are no concern of ours.
  if (name === "CT") return ((fields.bytes(target.info)?.[0] ?? 0) & noTrackFlag) === 0 ? undefined : "untracks";
  return actsOfTargets[name];
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
