// What others on the same host have in the packet path beside Merlon: base chains of other nftables tables, of every
// family, with what their rules can do to a packet; flowtables; and tables of the old iptables. They are read and never
// touched.

import { setImmediate as nextTurn } from "node:timers/promises";
import { tableName } from "@merlon/compiler/nft/table-names.ts";
import { effectsOf } from "./foreign-effects.ts";
import type { ForeignChainRules, ForeignEffects } from "./foreign-effects.ts";
import type { LegacyTable } from "./legacy-tables.ts";
import { readLegacyTables } from "./legacy-tables.ts";
import { AttributeTable, MessageWriter, netlinkFlag, readAttributes } from "./netlink-message.ts";
import type { NetlinkMessage } from "./netlink-message.ts";
import { NetlinkRefusal, NetlinkSocket, netlinkProtocol } from "./netlink-socket.ts";
import { readForeignRule, readVerdictElement } from "./nf-tables/read-foreign-rule.ts";
import type { ForeignRule, ForeignVerdict } from "./nf-tables/read-foreign-rule.ts";
import {
  bridgeFamily,
  chainAttribute,
  elementListAttribute,
  flowtableAttribute,
  hookAttribute,
  inetFamily,
  listElement,
  nftMessage,
  ruleAttribute,
} from "./nf-tables/nf-tables-number.ts";

export interface ForeignRules {
  readonly chains: readonly ForeignChain[];
  readonly flowtables: readonly ForeignTable[];
  readonly legacy: readonly LegacyTable[];
  /** Tables with more rules than are looked through, or that changed while they were read. */
  readonly unread: readonly ForeignTable[];
  /** Merlon carries frames between the ports of secure wires, and knows the port by the mark of the packet. */
  readonly wires?: boolean;
}

/** A table, or something in it: `name` is then that thing's. */
export interface ForeignTable {
  readonly family: ForeignFamily;
  readonly table: string;
  readonly name?: string;
}

export type ForeignFamily = "inet" | "ip" | "arp" | "netdev" | "bridge" | "ip6";
export type ForeignHook = "prerouting" | "input" | "forward" | "output" | "postrouting" | "ingress" | "egress";

/** A chain that sees packets, and what can happen to them there and in the chains that it leads to. */
export interface ForeignChain {
  readonly family: ForeignFamily;
  readonly table: string;
  readonly name: string;
  readonly hook: ForeignHook;
  readonly priority: number;
  readonly effects: ForeignEffects;
  /** Names of all chains of the table, by which its owner is told. */
  readonly neighbors: readonly string[];
}

/** NFPROTO_*. */
const families: Readonly<Record<number, ForeignFamily>> = {
  1: "inet",
  2: "ip",
  3: "arp",
  5: "netdev",
  7: "bridge",
  10: "ip6",
};
const deviceHooks: readonly ForeignHook[] = ["ingress", "egress"];
const networkHooks: readonly ForeignHook[] = ["prerouting", "input", "forward", "output", "postrouting", "ingress"];

/** Rules and elements of one table that are looked through at most: kube-proxy has one rule for each endpoint. */
const rulesMax = 100_000;
const elementsMax = 20_000;

/** Throws `KernelFailure`. */
export async function readForeignRules(): Promise<ForeignRules> {
  using socket = new NetlinkSocket({ protocol: netlinkProtocol.netfilter });
  const chains: ForeignChain[] = [];
  const unread: ForeignTable[] = [];
  const { bases, wires } = await readChains(socket);
  for (const found of Map.groupBy(bases, ({ family, table }) => `${family} ${table}`).values()) {
    const [first] = found;
    if (first === undefined || !found.some(({ base }) => base !== undefined)) continue;
    const place = { family: first.family, table: first.table };
    const rules = await readRules(socket, place);
    if (rules === undefined) unread.push({ family: nameOf(place.family), table: place.table });
    else chains.push(...judged(found, rules));
  }
  const flowtables = await readFlowtables(socket);
  return { chains, flowtables, legacy: readLegacyTables(), unread, ...(wires ? { wires } : {}) };
}

function nameOf(family: number): ForeignFamily {
  const name = families[family];
  if (name === undefined) throw new Error(`family ${family} has no name here`);
  return name;
}

interface KernelChain extends Place {
  readonly name: string;
  readonly base?: { readonly hook: ForeignHook; readonly priority: number; readonly dropsByPolicy: boolean };
}

interface Place {
  readonly family: number;
  readonly table: string;
}

const isOurs = ({ family, table }: Place): boolean =>
  (family === inetFamily || family === bridgeFamily) && table === tableName;
const isKnown = ({ family }: Place): boolean => families[family] !== undefined;

const chainAttributes = new AttributeTable("nf_tables chain message", 12);
const hookAttributes = new AttributeTable("nf_tables chain message", 4);

async function readChains(
  socket: NetlinkSocket,
): Promise<{ readonly bases: readonly KernelChain[]; readonly wires: boolean }> {
  const bases: KernelChain[] = [];
  let wires = false;
  await dumpAll(socket, nftMessage.getChain, undefined, ({ view, start, end }) => {
    chainAttributes.read(view, start + 4, end);
    const family = view.getUint8(start);
    const chain = { family, table: chainAttributes.text(chainAttribute.table) ?? "" };
    if (isOurs(chain)) {
      // Its table of the family `bridge` stands only for them (nf-tables/wire-table.ts).
      if (family === bridgeFamily) wires = true;
      return;
    }
    if (!isKnown(chain)) return;
    const name = chainAttributes.text(chainAttribute.name) ?? "";
    const nested = chainAttributes.readNested(chainAttribute.hook, hookAttributes);
    const hooks = families[family] === "netdev" ? deviceHooks : networkHooks;
    const hook = nested ? hooks[hookAttributes.u32be(hookAttribute.number) ?? -1] : undefined;
    if (hook === undefined) return void bases.push({ ...chain, name });
    const priority = (hookAttributes.u32be(hookAttribute.priority) ?? 0) | 0;
    const dropsByPolicy = chainAttributes.u32be(chainAttribute.policy) === 0;
    bases.push({ ...chain, name, base: { hook, priority, dropsByPolicy } });
  });
  return { bases, wires };
}

function judged(
  chains: readonly KernelChain[],
  rules: ReadonlyMap<string, readonly ForeignRule[]>,
): readonly ForeignChain[] {
  const neighbors = chains.map(({ name }) => name);
  return chains.flatMap(({ family, table, name, base }) => {
    if (base === undefined) return [];
    const { hook, priority, dropsByPolicy } = base;
    const own: ForeignChainRules = { rules, dropsByPolicy };
    return [{ family: nameOf(family), table, name, hook, priority, effects: effectsOf(name, own), neighbors }];
  });
}

const ruleAttributes = new AttributeTable("nf_tables rule message", 11);

/** By chain; undefined where there are too many. */
async function readRules(
  socket: NetlinkSocket,
  place: Place,
): Promise<ReadonlyMap<string, readonly ForeignRule[]> | undefined> {
  const rules = new Map<string, ForeignRule[]>();
  const maps = new Set<string>();
  let count = 0;
  await dumpAll(socket, nftMessage.getRule, { ...place, attribute: ruleAttribute.table }, ({ view, start, end }) => {
    ruleAttributes.read(view, start + 4, end);
    if (view.getUint8(start) !== place.family || ruleAttributes.text(ruleAttribute.table) !== place.table) return;
    if (++count > rulesMax) return;
    const chain = ruleAttributes.text(ruleAttribute.chain) ?? "";
    const [from, to] = [
      ruleAttributes.startOf(ruleAttribute.expressions),
      ruleAttributes.endOf(ruleAttribute.expressions),
    ];
    const rule =
      from < 0
        ? { conditional: false, verdicts: [], acts: [], maps: [], devices: [] }
        : readForeignRule(view, from, to);
    for (const map of rule.maps) maps.add(map);
    const known = rules.get(chain);
    if (known === undefined) rules.set(chain, [rule]);
    else known.push(rule);
  });
  if (count > rulesMax) return undefined;
  const verdictsOf = new Map<string, readonly ForeignVerdict[]>();
  for (const map of maps) verdictsOf.set(map, await readVerdicts(socket, place, map));
  for (const list of rules.values()) {
    for (const [index, rule] of list.entries()) {
      if (rule.maps.length === 0) continue;
      const found = rule.maps.flatMap((map) => verdictsOf.get(map) ?? []);
      list[index] = { ...rule, conditional: true, verdicts: [...rule.verdicts, ...found] };
    }
  }
  return rules;
}

const listAttributes = new AttributeTable("nf_tables element message", 4);

/** The verdicts that a map holds, each once. */
async function readVerdicts(socket: NetlinkSocket, place: Place, map: string): Promise<readonly ForeignVerdict[]> {
  const verdicts = new Map<string, ForeignVerdict>();
  let count = 0;
  const request = { ...place, attribute: elementListAttribute.table, set: map };
  await dumpAll(socket, nftMessage.getElement, request, ({ view, start, end }) => {
    listAttributes.read(view, start + 4, end);
    const from = listAttributes.startOf(elementListAttribute.elements);
    if (from < 0) return;
    const to = listAttributes.endOf(elementListAttribute.elements);
    readAttributes(view, from, to, "nf_tables element message", (type, first, last) => {
      if (type !== listElement || ++count > elementsMax) return;
      const verdict = readVerdictElement(view, first, last);
      if (verdict !== undefined) verdicts.set(`${verdict.kind} ${verdict.chain ?? ""}`, verdict);
    });
  });
  return [...verdicts.values()];
}

const flowtableAttributes = new AttributeTable("nf_tables flowtable message", 7);

async function readFlowtables(socket: NetlinkSocket): Promise<readonly ForeignTable[]> {
  const found: ForeignTable[] = [];
  await dumpAll(socket, nftMessage.getFlowtable, undefined, ({ view, start, end }) => {
    flowtableAttributes.read(view, start + 4, end);
    const place = { family: view.getUint8(start), table: flowtableAttributes.text(flowtableAttribute.table) ?? "" };
    if (isOurs(place) || !isKnown(place)) return;
    const name = flowtableAttributes.text(flowtableAttribute.name) ?? "";
    found.push({ family: nameOf(place.family), table: place.table, name });
  });
  return found;
}

interface DumpPlace extends Place {
  /** The attribute that holds the table's name, in the request. */
  readonly attribute: number;
  readonly set?: string;
}

/**
 * One dump, of all families where no place is named. A table that goes meanwhile has nothing; what changed meanwhile is
 * read again soon, because every change of rules is told.
 */
async function dumpAll(
  socket: NetlinkSocket,
  message: number,
  place: DumpPlace | undefined,
  visit: (message: NetlinkMessage) => void,
): Promise<void> {
  const anyFamily = 0;
  const writer = new MessageWriter();
  const sequence = socket.nextSequence();
  writer
    .begin(message, netlinkFlag.request | netlinkFlag.dump, sequence)
    .netfilterHeader(place?.family ?? anyFamily, 0);
  if (place !== undefined) writer.attributeText(place.attribute, place.table);
  if (place?.set !== undefined) writer.attributeText(elementListAttribute.set, place.set);
  const pieces = socket.dump(writer.take(), sequence, visit);
  try {
    while (pieces.next().done !== true) await nextTurn();
  } catch (error) {
    // A kernel without flowtables does not know the question.
    if (error instanceof NetlinkRefusal && ["ENOENT", "EOPNOTSUPP", "EINVAL"].includes(error.code)) return;
    throw error;
  }
}
