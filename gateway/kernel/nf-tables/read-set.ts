// A set as the kernel describes it (NFT_MSG_NEWSET), without its elements. What Merlon never makes is a foreign set that
// says in words what it is. Anonymous sets are part of the rule that looks them up.
// Source: nf_tables_fill_set of net/netfilter/nf_tables_api.c, Linux 6.1 to 6.18.

import type { NftSet, NftType } from "@merlon/compiler/nft/program.ts";
import { tableName } from "@merlon/compiler/nft/table-names.ts";
import { AttributeTable, MessageWriter, netlinkFlag } from "../netlink-message.ts";
import type { NetlinkMessage } from "../netlink-message.ts";
import { NetlinkRefusal } from "../netlink-socket.ts";
import type { NetlinkSocket } from "../netlink-socket.ts";
import { layoutOf, typesOf } from "./key-layout.ts";
import {
  descriptionAttribute,
  expressionAttribute,
  inetFamily,
  listElement,
  nftMessage,
  setAttribute,
  setFlag,
  verdictDataType,
} from "./nf-tables-number.ts";
import { readSetTimeMs, readSetTypes } from "./user-data.ts";

export interface KernelSet {
  /** With no elements. */
  readonly set: NftSet;
  readonly interval: boolean;
  readonly keyLengthBytes: number;
  readonly anonymous: boolean;
}

const attributes = new AttributeTable("nf_tables set message", 18);
const description = new AttributeTable("nf_tables set description", 2);
const expression = new AttributeTable("nf_tables set expression", 2);
const list = new AttributeTable("nf_tables set expressions", 1);

const knownFlags =
  setFlag.anonymous |
  setFlag.constant |
  setFlag.interval |
  setFlag.map |
  setFlag.concatenation |
  setFlag.evaluated |
  setFlag.timeout;

/** The table of family inet that the set is in, and the set. */
export function readSet(message: NetlinkMessage): { readonly table: string } & KernelSet {
  attributes.read(message.view, message.start + 4, message.end);
  const flags = attributes.u32be(setAttribute.flags) ?? 0;
  const name = attributes.text(setAttribute.name) ?? "";
  const isMap = (flags & setFlag.map) !== 0;
  const { key, data } = readTypes(isMap);
  const counter = hasCounter();
  const dynamic = readDynamic(flags);
  const strange =
    key === undefined ||
    counter === undefined ||
    (isMap && data === undefined) ||
    (flags & ~(knownFlags | setFlag.expression)) !== 0 ||
    dynamic === "strange" ||
    attributes.has(setAttribute.objectType);
  const size = readSize();
  const set: NftSet = strange
    ? {
        name,
        key: [],
        ...(isMap ? { data: "verdict" } : {}),
        interval: false,
        counter: false,
        elements: [],
        foreign: describe(flags),
      }
    : {
        name,
        key,
        ...(data === undefined ? {} : { data }),
        interval: intervalOf(flags, key.length),
        counter,
        ...(size === undefined ? {} : { size }),
        ...(dynamic === undefined ? {} : { dynamic }),
        elements: [],
      };
  const interval = (flags & setFlag.interval) !== 0;
  const inet = message.view.getUint8(message.start) === inetFamily;
  const keyLengthBytes = attributes.u32be(setAttribute.keyLength) ?? 0;
  return {
    keyLengthBytes,
    table: inet ? (attributes.text(setAttribute.table) ?? "") : "",
    set,
    interval,
    anonymous: (flags & setFlag.anonymous) !== 0,
  };
}

/** One set of our table, without its elements; undefined when it is not there. */
export function readSetByName(socket: NetlinkSocket, name: string): KernelSet | undefined {
  const writer = new MessageWriter();
  const sequence = socket.nextSequence();
  writer.begin(nftMessage.getSet, netlinkFlag.request | netlinkFlag.acknowledge, sequence);
  writer.netfilterHeader(inetFamily, 0);
  writer.attributeText(setAttribute.table, tableName).attributeText(setAttribute.name, name);
  let found: KernelSet | undefined;
  try {
    socket.request(writer.take(), sequence, (answer) => {
      found = readSet(answer);
    });
  } catch (error) {
    if (!(error instanceof NetlinkRefusal) || error.code !== "ENOENT") throw error;
  }
  return found;
}

/** As we noted them where they fill the lengths that the kernel has, else by nft's numbers. */
function readTypes(isMap: boolean): { readonly key: readonly NftType[] | undefined; readonly data: NftSet["data"] } {
  const noted = readSetTypes(attributes.bytes(setAttribute.userData));
  const dataNumber = attributes.u32be(setAttribute.dataType) ?? 0;
  const verdicts = isMap && dataNumber === verdictDataType;
  if (noted !== undefined) {
    for (let count = 1; count <= noted.length; count++) {
      const [key, data] = [noted.slice(0, count), noted.slice(count)];
      if (!fits(key, setAttribute.keyLength)) continue;
      if (verdicts && data.length === 0) return { key, data: "verdict" };
      if (!isMap && data.length === 0) return { key, data: undefined };
      if (isMap && data.length > 0 && fits(data, setAttribute.dataLength)) return { key, data };
    }
  }
  const key = typesOf(attributes.u32be(setAttribute.keyType) ?? 0);
  if (!isMap || verdicts)
    return { key: fits(key, setAttribute.keyLength) ? key : undefined, data: isMap ? "verdict" : undefined };
  const data = typesOf(dataNumber);
  return fits(key, setAttribute.keyLength) && fits(data, setAttribute.dataLength)
    ? { key, data }
    : { key: undefined, data: undefined };
}

function fits(types: readonly NftType[] | undefined, attribute: number): boolean {
  return types !== undefined && layoutOf(types, false).lengthBytes === attributes.u32be(attribute);
}

function intervalOf(flags: number, fieldCount: number): NftSet["interval"] {
  if ((flags & setFlag.interval) === 0) return false;
  if ((flags & setFlag.concatenation) !== 0) return "each-field";
  return fieldCount > 1 ? "whole-key" : true;
}

/** A tick of the slowest kernels. */
const tickMsMax = 10;

/** Only what rules add to has a time of ours; the kernel gives it back in whole ticks, so ours counts where it fits. */
function readDynamic(flags: number): NftSet["dynamic"] | "strange" {
  const timed = (flags & setFlag.timeout) !== 0;
  if ((flags & setFlag.evaluated) === 0) return timed ? "strange" : undefined;
  if (!timed) return {};
  const timeoutMs = attributes.u64be(setAttribute.timeout);
  if (timeoutMs === undefined) return "strange";
  const noted = readSetTimeMs(attributes.bytes(setAttribute.userData));
  return { timeoutMs: noted !== undefined && Math.abs(noted - timeoutMs) <= tickMsMax ? noted : timeoutMs };
}

function readSize(): number | undefined {
  return attributes.readNested(setAttribute.description, description)
    ? description.u32be(descriptionAttribute.size)
    : undefined;
}

/** False without an expression, undefined with one that is no counter. */
function hasCounter(): boolean | undefined {
  if (attributes.readNested(setAttribute.expression, expression)) return isCounter();
  if (!attributes.readNested(setAttribute.expressions, list)) return false;
  return list.readNested(listElement, expression) ? isCounter() : false;
}

function isCounter(): boolean | undefined {
  return expression.text(expressionAttribute.name) === "counter" ? true : undefined;
}

function describe(flags: number): string {
  const words = Object.entries(setFlag).flatMap(([word, bit]) => ((flags & bit) === 0 ? [] : [word]));
  const type = attributes.u32be(setAttribute.keyType) ?? 0;
  const length = attributes.u32be(setAttribute.keyLength) ?? 0;
  return `key type ${type} of ${length} bytes${words.length === 0 ? "" : `, ${words.join(", ")}`}`;
}
