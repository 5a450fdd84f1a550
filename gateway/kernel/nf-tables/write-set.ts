// Sets and their elements as messages. Elements go in lists of at most 60 KB, because the length of a list is 16 bits.
// A plain interval is two elements for the kernel, its first key and the key behind its last (NFT_SET_ELEM_INTERVAL_END);
// an interval in each field of a concatenation is one element with two keys.
// Source: nf_tables_newset and nft_add_set_elem of net/netfilter/nf_tables_api.c, Linux 6.1 to 6.18.

import type { PackedRows } from "@merlon/compiler/nft/packed-set.ts";
import { isVerdict } from "@merlon/compiler/nft/print-statement.ts";
import type { NftElement, NftSet, NftValue } from "@merlon/compiler/nft/program.ts";
import { netlinkFlag } from "../netlink-message.ts";
import type { BatchWriter } from "./batch-writer.ts";
import { increment, layoutOf, writeValue } from "./key-layout.ts";
import type { Layout } from "./key-layout.ts";
import {
  dataAttribute,
  descriptionAttribute,
  elementAttribute,
  elementFlag,
  elementListAttribute,
  expressionAttribute,
  inetFamily,
  listElement,
  nftMessage,
  setAttribute,
  setFlag,
  verdictDataType,
} from "./nf-tables-number.ts";
import { setUserData } from "./user-data.ts";
import { writeVerdict } from "./write-expression.ts";

const messageBytesMax = 60_000;
/** NFT_DATA_VERDICT has the size of a struct nft_verdict. */
const verdictBytes = 16;
/** nft's TYPE_INTEGER: nft 1.0.6 crashes over a concatenation that is an interval but not one in each field. */
const integerNumber = 4;

/** A set as the elements' writer must know it. */
export interface SetShape {
  readonly name: string;
  readonly interval: NftSet["interval"];
  readonly key: Layout;
  /** Absent for a plain set and a verdict map. */
  readonly data?: Layout;
  /** Set for an anonymous set, whose name is not known yet. */
  readonly id?: number;
}

export function shapeOf(set: NftSet, id?: number): SetShape {
  const { name, interval, key, data } = set;
  return {
    name,
    interval,
    key: layoutOf(key, interval !== false),
    ...(data === undefined || data === "verdict" ? {} : { data: layoutOf(data, false) }),
    ...(id === undefined ? {} : { id }),
  };
}

/** The message that makes the set, without its elements. `anonymous` when a rule owns it. */
export function writeSet(writer: BatchWriter, set: NftSet, id: number, anonymous: boolean): void {
  if (set.foreign !== undefined) throw new Error(`set ${set.name} is not ours and cannot be written`);
  const shape = shapeOf(set);
  const flags =
    (anonymous ? setFlag.anonymous | setFlag.constant : 0) |
    (set.interval === false ? 0 : setFlag.interval) |
    (set.interval === "each-field" ? setFlag.concatenation : 0) |
    (set.data === undefined ? 0 : setFlag.map) |
    (set.dynamic === undefined ? 0 : setFlag.evaluated) |
    (set.dynamic?.timeoutMs === undefined ? 0 : setFlag.timeout);
  const create = netlinkFlag.request | netlinkFlag.create | netlinkFlag.exclusive;
  writer.begin(nftMessage.newSet, create, inetFamily);
  writer.text(setAttribute.table, writer.table).text(setAttribute.name, set.name).u32(setAttribute.flags, flags);
  const keyType = set.interval === "whole-key" ? integerNumber : shape.key.nftNumber;
  writer.u32(setAttribute.keyType, keyType).u32(setAttribute.keyLength, shape.key.lengthBytes);
  if (set.data === "verdict") {
    writer.u32(setAttribute.dataType, verdictDataType).u32(setAttribute.dataLength, verdictBytes);
  } else if (shape.data !== undefined) {
    writer.u32(setAttribute.dataType, shape.data.nftNumber).u32(setAttribute.dataLength, shape.data.lengthBytes);
  }
  writer.u32(setAttribute.id, id);
  if (set.dynamic?.timeoutMs !== undefined) writer.u64(setAttribute.timeout, set.dynamic.timeoutMs);
  writeDescription(writer, set, shape);
  writer.bytes(setAttribute.userData, setUserData(set));
  if (set.counter) writeCounter(writer);
  writer.end();
}

function writeDescription(writer: BatchWriter, set: NftSet, shape: SetShape): void {
  if (set.size === undefined && set.interval !== "each-field") return;
  const description = writer.open(setAttribute.description);
  if (set.size !== undefined) writer.u32(descriptionAttribute.size, set.size);
  if (set.interval === "each-field") {
    const fields = writer.open(descriptionAttribute.concatenation);
    for (const field of shape.key.fields) {
      const element = writer.open(listElement);
      writer.u32(descriptionAttribute.fieldLength, field.lengthBytes);
      writer.close(element);
    }
    writer.close(fields);
  }
  writer.close(description);
}

/** Every element gets a counter of its own. */
function writeCounter(writer: BatchWriter): void {
  const counter = writer.open(setAttribute.expression);
  writer.text(expressionAttribute.name, "counter");
  writer.close(writer.open(expressionAttribute.data));
  writer.close(counter);
}

/** The messages that add elements to a set or delete them from it; `written` hears of each, with its first element. */
export function writeElements(
  writer: BatchWriter,
  shape: SetShape,
  elements: readonly NftElement[],
  how: "add" | "delete",
  written: (firstElement: number) => void,
): void {
  const paired = shape.interval === true || shape.interval === "whole-key";
  let index = 0;
  while (index < elements.length) {
    written(index);
    index = writeMessage(writer, shape, elements, index, { deleting: how === "delete", paired });
  }
}

/**
 * The messages that add rows of numbers. All elements have the same attributes and differ in their words alone, so one is
 * put together as it lies in memory and filled in again and again.
 */
export function writeRows(
  writer: BatchWriter,
  shape: SetShape,
  rows: PackedRows,
  written: (firstElement: number) => void,
): void {
  const { words, keyWords, dataWords, count } = rows;
  const element = elementOf(shape, keyWords, dataWords);
  const stride = keyWords + dataWords;
  const perMessage = Math.floor((messageBytesMax - 1024) / element.template.byteLength);
  for (let row = 0; row < count;) {
    written(row);
    const list = beginList(writer, shape, false);
    const end = Math.min(count, row + perMessage);
    for (; row < end; row++) {
      element.fill(words, row * stride);
      writer.copyWords(element.template);
    }
    writer.close(list);
    writer.end();
  }
  if (rows.rest === undefined) return;
  written(count);
  const list = beginList(writer, shape, false);
  const start = writer.open(listElement);
  writer.u32(elementAttribute.flags, elementFlag.catchAll);
  const data = writer.open(elementAttribute.data);
  const at = writer.reserve(dataAttribute.value, dataWords * 4);
  const fields = wordFields(shape.data);
  for (let word = 0; word < dataWords; word++) {
    writer.memory.setUint32(at + word * 4, inMemory(rows.rest[word] ?? 0, fields[word]), true);
  }
  writer.close(data).close(start).close(list);
  writer.end();
}

/** The message that asks for some rows by their keys. */
export function writeRowQuestion(
  writer: BatchWriter,
  shape: SetShape,
  { words, keyWords, dataWords }: PackedRows,
  { from, end }: { readonly from: number; readonly end: number },
): void {
  const element = elementOf(shape, keyWords, 0);
  const list = beginQuestion(writer, shape);
  for (let row = from; row < end; row++) {
    element.fill(words, row * (keyWords + dataWords));
    writer.copyWords(element.template);
  }
  writer.close(list);
  writer.end();
}

/** How one word lies in memory: a number of one or two bytes fills the first bytes of its word. */
interface WordField {
  readonly lengthBytes: number;
  readonly hostOrder: boolean;
}

function wordFields(layout: Layout | undefined): readonly WordField[] {
  return (layout?.fields ?? []).flatMap(({ type, lengthBytes, hostOrder }): readonly WordField[] =>
    type === "ipv6_addr"
      ? Array.from({ length: 4 }, () => ({ lengthBytes: 4, hostOrder: false }))
      : [{ lengthBytes, hostOrder }],
  );
}

function inMemory(value: number, field: WordField | undefined): number {
  if (field === undefined || field.hostOrder || field.lengthBytes === 1) return value;
  if (field.lengthBytes === 2) return ((value & 0xff) << 8) | (value >>> 8);
  return ((value << 24) | ((value & 0xff00) << 8) | ((value >>> 8) & 0xff00) | (value >>> 24)) >>> 0;
}

/** An element as it lies in memory, and how to bring a row into it. */
function elementOf(shape: SetShape, keyWords: number, dataWords: number) {
  const header = (type: number, contentBytes: number, nested: boolean) =>
    ((contentBytes + 4) | ((nested ? type | 0x8000 : type) << 16)) >>> 0;
  const fields = [...wordFields(shape.key), ...(dataWords === 0 ? [] : wordFields(shape.data))];
  const keyBytes = shape.key.lengthBytes;
  const aligned = (bytes: number) => (bytes + 3) & ~3;
  const dataLength = dataWords === 0 ? 0 : 8 + aligned(shape.data?.lengthBytes ?? 0);
  const template = Uint32Array.from([
    header(listElement, 8 + aligned(keyBytes) + dataLength, true),
    header(elementAttribute.key, 4 + aligned(keyBytes), true),
    header(dataAttribute.value, keyBytes, false),
    ...Array<number>(keyWords).fill(0),
    ...(shape.data === undefined || dataWords === 0
      ? []
      : [
          header(elementAttribute.data, 4 + aligned(shape.data.lengthBytes), true),
          header(dataAttribute.value, shape.data.lengthBytes, false),
          ...Array<number>(dataWords).fill(0),
        ]),
  ]);
  const places = fields.map((_, word) => (word < keyWords ? 3 + word : 5 + word));
  const turned = fields.map((field) => !field.hostOrder && field.lengthBytes > 1);
  const fill = (words: Uint32Array, from: number): void => {
    for (let word = 0; word < places.length; word++) {
      const value = words[from + word] ?? 0;
      template[places[word] ?? 0] = turned[word] === true ? inMemory(value, fields[word]) : value;
    }
  };
  return { template, fill };
}

function beginList(writer: BatchWriter, shape: SetShape, deleting: boolean): number {
  // An element that stands already with the same data is no error, as it is none for nft.
  const flags = netlinkFlag.request | (deleting ? 0 : netlinkFlag.create);
  writer.begin(deleting ? nftMessage.deleteElement : nftMessage.newElement, flags, inetFamily);
  writer.text(elementListAttribute.table, writer.table).text(elementListAttribute.set, shape.name);
  if (shape.id !== undefined) writer.u32(elementListAttribute.setId, shape.id);
  return writer.open(elementListAttribute.elements);
}

function beginQuestion(writer: BatchWriter, shape: SetShape): number {
  writer.begin(nftMessage.getElement, netlinkFlag.request | netlinkFlag.acknowledge, inetFamily);
  writer.text(elementListAttribute.table, writer.table).text(elementListAttribute.set, shape.name);
  return writer.open(elementListAttribute.elements);
}

/** Writes as many elements as fit and says which is the next. */
function writeMessage(
  writer: BatchWriter,
  shape: SetShape,
  elements: readonly NftElement[],
  from: number,
  { deleting, paired }: { readonly deleting: boolean; readonly paired: boolean },
): number {
  const list = beginList(writer, shape, deleting);
  let index = from;
  while (index < elements.length && writer.messageBytes < messageBytesMax) {
    const element = elements[index++];
    if (element === undefined) break;
    writeElement(writer, shape, element, deleting);
    if (paired && element.key !== "rest") writeEnd(writer, shape, element.key);
  }
  writer.close(list);
  writer.end();
  return index;
}

function writeElement(writer: BatchWriter, shape: SetShape, element: NftElement, deleting: boolean): void {
  const start = writer.open(listElement);
  const { key, data } = element;
  if (key === "rest") writer.u32(elementAttribute.flags, elementFlag.catchAll);
  else {
    writeKey(writer, elementAttribute.key, shape.key, key, "first");
    if (shape.interval === "each-field") writeKey(writer, elementAttribute.keyEnd, shape.key, key, "last");
  }
  if (data !== undefined && !deleting) {
    if (isVerdict(data)) {
      const verdict = writer.open(elementAttribute.data);
      writeVerdict(writer, data);
      writer.close(verdict);
    } else if (shape.data !== undefined) writeKey(writer, elementAttribute.data, shape.data, data, "first");
  }
  writer.close(start);
}

/**
 * Nothing where the interval reaches to the last key there is. The end stands even where the next interval begins: a
 * beginning inside an open interval is an overlap (__nft_rbtree_insert).
 */
function writeEnd(writer: BatchWriter, shape: SetShape, key: readonly NftValue[]): void {
  const before = writer.position;
  const element = writer.open(listElement);
  writer.u32(elementAttribute.flags, elementFlag.intervalEnd);
  const at = writeKey(writer, elementAttribute.key, shape.key, key, "last");
  writer.close(element);
  if (!increment(writer.memory, at, shape.key.lengthBytes)) writer.rewind(before);
}

/** Where the key's bytes begin in the writer's memory. */
function writeKey(
  writer: BatchWriter,
  attribute: number,
  layout: Layout,
  key: readonly NftValue[],
  end: "first" | "last",
): number {
  const start = writer.open(attribute);
  const at = writer.reserve(dataAttribute.value, layout.lengthBytes);
  const { fields } = layout;
  if (key.length !== fields.length)
    throw new Error(`an element has ${key.length} values where its set has ${fields.length}`);
  for (let index = 0; index < fields.length; index++) {
    const [field, value] = [fields[index], key[index]];
    if (field !== undefined && value !== undefined) writeValue(writer.memory, at, field, value, end);
  }
  writer.close(start);
  return at;
}
