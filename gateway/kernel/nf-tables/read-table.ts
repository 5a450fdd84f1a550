// Our table as the kernel has it, out of dumps of its sets, chains, rules and objects. It reads what our own writer and
// nft 1.0.6 make; everything else is foreign and shows as drift. The table is read again when somebody changed the rules
// meanwhile, but not for ever: other people's tables change the same number.
// Source: net/netfilter/nf_tables_api.c, Linux 6.1 to 6.18.

import type { NftChain, NftOther, NftRule, NftSet, NftTable, NftTimeout } from "@merlon/compiler/nft/program.ts";
import { sameChain, sameSet } from "@merlon/compiler/nft/canonical-table.ts";
import type { NftFlowtable } from "@merlon/compiler/nft/flowtable.ts";
import { elementCount } from "@merlon/compiler/nft/packed-set.ts";
import { tableName } from "@merlon/compiler/nft/table-names.ts";
import { timeoutStates, unusualSeconds } from "@merlon/compiler/nft/timeout-states.ts";
import type { TimeoutState } from "@merlon/compiler/nft/timeout-states.ts";
import { AttributeTable, MessageWriter, netlinkFlag, readAttributes } from "../netlink-message.ts";
import type { NetlinkMessage } from "../netlink-message.ts";
import { NetlinkRefusal, NetlinkSocket, netlinkProtocol } from "../netlink-socket.ts";
import { readRulesetGeneration } from "../ruleset-generation.ts";
import { dump } from "./dump.ts";
import type { Expression } from "./expression.ts";
import { readFlowtable } from "./flowtable-message.ts";
import { liftRule } from "./lift-rule.ts";
import type { AnonymousContent } from "./lift-rule.ts";
import {
  chainAttribute,
  flowtableAttribute,
  hookAttribute,
  hookNumber,
  inetFamily,
  nftMessage,
  objectAttribute,
  objectType,
  ruleAttribute,
  setAttribute,
  tableAttribute,
  timeoutAttribute,
} from "./nf-tables-number.ts";
import { askChanged } from "./ask-elements.ts";
import { rowsAnswer } from "./ask-rows.ts";
import { formerSet, knownTable, noteRead } from "./known-table.ts";
import type { KnownTable } from "./known-table.ts";
import { listElements, listingOf } from "./list-elements.ts";
import { provenRowsMin, rowsStand } from "./prove-rows.ts";
import { AnonymousReader } from "./read-elements.ts";
import { readExpression } from "./read-expression.ts";
import { readSet } from "./read-set.ts";
import type { KernelSet } from "./read-set.ts";
import { readRuleComment } from "./user-data.ts";

const readsMax = 3;

/** Undefined when there is no such table. Throws `KernelFailure`. */
export async function readTable(): Promise<NftTable | undefined> {
  using socket = new NetlinkSocket({ protocol: netlinkProtocol.netfilter });
  for (let read = 1; ; read++) {
    const before = readRulesetGeneration(socket);
    const table = await readOnce(socket, before);
    const stands = readRulesetGeneration(socket) === before;
    if (table !== undefined && stands) {
      generations.set(table, before);
      noteRead(table, before);
    }
    if (stands || read === readsMax) return table;
  }
}

/** At which generation of all rules a table was read; nothing is kept of tables that nobody has any more. */
const generations = new WeakMap<NftTable, number>();

/** Undefined for a table that was not read, or not at one generation. */
export function generationOf(table: NftTable): number | undefined {
  return generations.get(table);
}

async function readOnce(socket: NetlinkSocket, generation: number): Promise<NftTable | undefined> {
  const flags = tableFlags(socket);
  if (flags === undefined) return undefined;
  const known = knownTable(generation);
  const reading: Reading = { socket, known };
  const heads = await readChains(socket);
  const kernelSets = await readSets(socket);
  const sets: NftSet[] = [];
  for (const kernelSet of kernelSets) if (!kernelSet.anonymous) sets.push(await readContent(reading, kernelSet));
  const areKnown = heads.every((head) => knownChain(known, head) !== undefined);
  const anonymous = areKnown ? noAnonymous : await readAnonymous(socket, kernelSets);
  const chains: NftChain[] = [];
  for (const head of heads) chains.push(knownChain(known, head) ?? (await readChainWhole(reading, head, anonymous)));
  const { timeouts, others } = await readObjects(socket);
  const strays = [...(flags === 0 ? [] : [{ word: "flag", name: "dormant" }]), ...others];
  const flowtables = await readFlowtables(socket);
  return {
    family: "inet",
    name: tableName,
    sets,
    chains,
    ...(timeouts.length === 0 ? {} : { timeouts }),
    ...(flowtables.length === 0 ? {} : { flowtables }),
    ...(strays.length === 0 ? {} : { others: strays }),
  };
}

/** `known` is of the generation that is read. */
interface Reading {
  readonly socket: NetlinkSocket;
  readonly known: KnownTable;
}

const tableAttributes = new AttributeTable("nf_tables table message", 6);
/** NFT_TABLE_F_DORMANT: the table stands but sees no packet. */
const dormantFlag = 1;

function tableFlags(socket: NetlinkSocket): number | undefined {
  const writer = new MessageWriter();
  const sequence = socket.nextSequence();
  writer.begin(nftMessage.getTable, netlinkFlag.request | netlinkFlag.acknowledge, sequence);
  writer.netfilterHeader(inetFamily, 0).attributeText(tableAttribute.name, tableName);
  let flags: number | undefined;
  try {
    socket.request(writer.take(), sequence, ({ view, start, end }) => {
      tableAttributes.read(view, start + 4, end);
      flags = (tableAttributes.u32be(tableAttribute.flags) ?? 0) & dormantFlag;
    });
  } catch (error) {
    if (!(error instanceof NetlinkRefusal) || error.code !== "ENOENT") throw error;
  }
  return flags;
}

function readSets(socket: NetlinkSocket): Promise<readonly KernelSet[]> {
  return dump(socket, { message: nftMessage.getSet, table: setAttribute.table }, () => {
    const sets: KernelSet[] = [];
    return {
      visit: (message) => {
        const set = readSet(message);
        if (set.table === tableName) sets.push(set);
      },
      result: () => sets,
    };
  });
}

async function readContent({ socket, known }: Reading, { set }: KernelSet): Promise<NftSet> {
  const { name } = set;
  if (set.foreign !== undefined || set.dynamic !== undefined) return set;
  const found = known.sets.get(name);
  if (found !== undefined && sameHead(found, set)) return found;
  const changed = known.changedSets.get(name);
  const asked = changed !== undefined && sameHead(changed.set, set) ? askChanged(socket, changed) : undefined;
  if (asked !== undefined) return asked;
  const written = known.writtenSets.get(name);
  if (written === undefined || !sameHead(written, set)) return (await askFormer(set)) ?? listElements(socket, set);
  if (elementCount(written) >= provenRowsMin && (await rowsStand(socket, written))) return written;
  const content = await listElements(socket, set);
  // One and the same object is compared at once from here on.
  return sameSet(content, written) ? written : content;
}

/** After somebody else's change large sets are nearly always what they were. */
async function askFormer(head: NftSet): Promise<NftSet | undefined> {
  const former = formerSet(head.name);
  const isLarge = former !== undefined && sameHead(former, head) && elementCount(former) >= provenRowsMin;
  return isLarge && (await rowsAnswer(former)) ? former : undefined;
}

function sameHead(a: NftSet, b: NftSet): boolean {
  const head = ({ key, data, interval, counter, size, dynamic, foreign }: NftSet) =>
    JSON.stringify([key, data, interval, counter, size, dynamic, foreign]);
  return head(a) === head(b);
}

type AnonymousSets = ReadonlyMap<string, AnonymousContent | undefined>;

const noAnonymous: AnonymousSets = new Map();

/** They belong to rules, and are read with them. */
async function readAnonymous(socket: NetlinkSocket, sets: readonly KernelSet[]): Promise<AnonymousSets> {
  const contents = new Map<string, AnonymousContent | undefined>();
  for (const { set, anonymous, interval, keyLengthBytes } of sets) {
    if (!anonymous) continue;
    const read = () => new AnonymousReader(interval, keyLengthBytes);
    contents.set(set.name, await dump(socket, listingOf(set.name), read));
  }
  return contents;
}

const chainAttributes = new AttributeTable("nf_tables chain message", 12);
const hookAttributes = new AttributeTable("nf_tables chain message", 4);
const chainTypes = ["filter", "nat", "route"] as const;
/** NFT_CHAIN_BASE is what every chain with a hook has; the others (hardware offload, binding) are never ours. */
const baseFlag = 1;

function readChains(socket: NetlinkSocket): Promise<readonly NftChain[]> {
  return dump(socket, { message: nftMessage.getChain, table: chainAttribute.table }, () => {
    const chains: NftChain[] = [];
    return {
      visit: ({ view, start, end }) => {
        chainAttributes.read(view, start + 4, end);
        if (view.getUint8(start) === inetFamily && chainAttributes.text(chainAttribute.table) === tableName) {
          chains.push(readChain());
        }
      },
      result: () => chains,
    };
  });
}

function readChain(): NftChain {
  const name = chainAttributes.text(chainAttribute.name) ?? "";
  const flags = (chainAttributes.u32be(chainAttribute.flags) ?? 0) & ~baseFlag;
  const strange = flags === 0 ? {} : { foreign: `flags ${flags}` };
  if (!chainAttributes.readNested(chainAttribute.hook, hookAttributes)) return { name, rules: [], ...strange };
  const number = hookAttributes.u32be(hookAttribute.number);
  const hook = Object.entries(hookNumber).find(([, known]) => known === number)?.[0] as
    | keyof typeof hookNumber
    | undefined;
  const type = chainTypes.find((word) => word === chainAttributes.text(chainAttribute.type));
  const priority = hookAttributes.u32be(hookAttribute.priority);
  const device = hookAttributes.has(hookAttribute.device) || hookAttributes.has(hookAttribute.devices);
  if (hook === undefined || type === undefined || priority === undefined || device) {
    const title = `type ${chainAttributes.text(chainAttribute.type) ?? "?"} hook ${number ?? "?"}${device ? " of a device" : ""}`;
    return { name, rules: [], foreign: title };
  }
  const policy = chainAttributes.u32be(chainAttribute.policy) === 0 ? "drop" : "accept";
  // The priority is signed.
  return { name, hook: { type, hook, priority: priority | 0, policy }, rules: [], ...strange };
}

function knownChain({ chains }: KnownTable, head: NftChain): NftChain | undefined {
  const found = chains.get(head.name);
  return found !== undefined && sameChain({ ...found, rules: [] }, head) ? found : undefined;
}

async function readChainWhole({ socket, known }: Reading, head: NftChain, anonymous: AnonymousSets): Promise<NftChain> {
  const rules = await readRules(socket, head.name);
  const chain = { ...head, rules: rules.map((rule) => finish(rule, anonymous)) };
  const written = known.writtenChains.get(head.name);
  return written !== undefined && sameChain(chain, written) ? written : chain;
}

interface KernelRule {
  readonly expressions: readonly Expression[];
  readonly comment?: string;
  /** Something that only programs of the iptables kind write. */
  readonly compat: boolean;
}

const ruleAttributes = new AttributeTable("nf_tables rule message", 11);

/** Chain by chain: the kernel walks to where each piece of a dump begins, so a dump of all takes the square of its time. */
function readRules(socket: NetlinkSocket, chain: string): Promise<readonly KernelRule[]> {
  const within = { attribute: ruleAttribute.chain, name: chain };
  return dump(socket, { message: nftMessage.getRule, table: ruleAttribute.table, within }, () => {
    const rules: KernelRule[] = [];
    return {
      visit: (message) => {
        const { view, start, end } = message;
        ruleAttributes.read(view, start + 4, end);
        const ours = view.getUint8(start) === inetFamily && ruleAttributes.text(ruleAttribute.table) === tableName;
        if (ours && ruleAttributes.text(ruleAttribute.chain) === chain) rules.push(readRule(message));
      },
      result: () => rules,
    };
  });
}

function readRule({ view }: NetlinkMessage): KernelRule {
  const expressions: Expression[] = [];
  const [start, end] = [
    ruleAttributes.startOf(ruleAttribute.expressions),
    ruleAttributes.endOf(ruleAttribute.expressions),
  ];
  if (start >= 0) {
    readAttributes(view, start, end, "nf_tables rule message", (_, from, to) => {
      expressions.push(readExpression(view, from, to));
    });
  }
  const bytes = ruleAttributes.bytes(ruleAttribute.userData);
  const comment = bytes === undefined ? undefined : readRuleComment(bytes);
  const compat = ruleAttributes.has(ruleAttribute.compat);
  return { expressions, compat, ...(comment === undefined ? {} : { comment }) };
}

function finish({ expressions, comment, compat }: KernelRule, anonymous: AnonymousSets): NftRule {
  const lifted = liftRule(expressions, anonymous);
  const statements = compat ? [...lifted, { kind: "foreign" as const, text: "made for iptables" }] : lifted;
  if (comment === undefined) return { statements };
  // A comment that nft could not have written cannot be printed either.
  if (!/["\n\0]/.test(comment)) return { statements, comment };
  return { statements: [...statements, { kind: "foreign", text: `comment ${JSON.stringify(comment)}` }] };
}

const objectAttributes = new AttributeTable("nf_tables object message", 8);
const timeoutAttributes = new AttributeTable("nf_tables timeout", 3);
const stateAttributes = new AttributeTable("nf_tables timeout", 14);

interface Objects {
  readonly timeouts: readonly NftTimeout[];
  readonly others: readonly NftOther[];
}

function readObjects(socket: NetlinkSocket): Promise<Objects> {
  return dump(socket, { message: nftMessage.getObject, table: objectAttribute.table }, () => {
    const timeouts: NftTimeout[] = [];
    const others: NftOther[] = [];
    return {
      visit: ({ view, start, end }) => {
        objectAttributes.read(view, start + 4, end);
        if (view.getUint8(start) !== inetFamily || objectAttributes.text(objectAttribute.table) !== tableName) return;
        const name = objectAttributes.text(objectAttribute.name) ?? "";
        const type = objectAttributes.u32be(objectAttribute.type);
        const word = Object.entries(objectType).find(([, number]) => number === type)?.[0] ?? `object ${type ?? "?"}`;
        if (word === "ct timeout") timeouts.push(readTimeout(name));
        else others.push({ word, name });
      },
      result: () => ({ timeouts, others }),
    };
  });
}

function readTimeout(name: string): NftTimeout {
  const nested = objectAttributes.readNested(objectAttribute.data, timeoutAttributes);
  const number = nested ? timeoutAttributes.u8(timeoutAttribute.protocol) : undefined;
  const protocol = number === 6 ? "tcp" : number === 17 ? "udp" : undefined;
  if (protocol === undefined || !timeoutAttributes.readNested(timeoutAttribute.states, stateAttributes)) {
    return { name, protocol: "tcp", seconds: {}, foreign: `protocol ${number ?? "?"}` };
  }
  const seconds: Partial<Record<TimeoutState, number>> = {};
  for (const [index, [state]] of timeoutStates[protocol].entries()) {
    const value = stateAttributes.u32be(index + 1);
    if (value !== undefined) seconds[state] = value;
  }
  return { name, protocol, seconds: Object.fromEntries(unusualSeconds(protocol, seconds)) };
}

/** A kernel without flowtables has none. */
function readFlowtables(socket: NetlinkSocket): Promise<readonly NftFlowtable[]> {
  return dump(socket, { message: nftMessage.getFlowtable, table: flowtableAttribute.table }, () => {
    const found: NftFlowtable[] = [];
    return {
      visit: ({ view, start, end }) => {
        const { table, flowtable } = readFlowtable(view, start + 4, end);
        if (view.getUint8(start) === inetFamily && table === tableName) found.push(flowtable);
      },
      result: () => found,
    };
  });
}
