// The elements of a set out of the kernel's dump. Points are read as they come; of intervals the kernel has the first key
// of each and the key behind it, in an order of its own, so these are gathered and put together at the end.
// Source: nf_tables_fill_setelem of net/netfilter/nf_tables_api.c, Linux 6.1 to 6.18.

import { PackedSet, RowWriter, packedWords } from "@merlon/compiler/nft/packed-set.ts";
import type { NftElement, NftSet, NftValue } from "@merlon/compiler/nft/program.ts";
import { AttributeTable, readAttributes } from "../netlink-message.ts";
import type { NetlinkMessage } from "../netlink-message.ts";
import { IntervalEnds } from "./interval-ends.ts";
import type { Layout } from "./key-layout.ts";
import { layoutOf, readRange, readValue } from "./key-layout.ts";
import type { AnonymousContent } from "./lift-rule.ts";
import { dataAttribute, elementAttribute, elementFlag, elementListAttribute } from "./nf-tables-number.ts";
import { readVerdict } from "./read-expression.ts";
import { readElementComment } from "./user-data.ts";

const of = "nf_tables element message";
const list = new AttributeTable(of, 4);
const attributes = new AttributeTable(of, 11);
const data = new AttributeTable(of, 2);

type Data = NftElement["data"];

export interface ReadElements {
  readonly elements: readonly NftElement[];
  /** What is said about an element that Merlon never says. */
  readonly foreign?: string;
}

/** Gathers the elements of one set; `visit` is called for every message of the dump. */
export class ElementReader {
  readonly #set: NftSet;
  readonly #key: Layout;
  readonly #data: Layout | undefined;
  readonly #paired: boolean;
  readonly #elements: NftElement[] = [];
  readonly #ends: IntervalEnds<Data>;
  #foreign: string | undefined;

  constructor(set: NftSet) {
    this.#set = set;
    this.#key = layoutOf(set.key, set.interval !== false);
    this.#data = set.data === undefined || set.data === "verdict" ? undefined : layoutOf(set.data, false);
    this.#paired = set.interval === true || set.interval === "whole-key";
    this.#ends = new IntervalEnds(this.#key.lengthBytes);
  }

  readonly visit = ({ view, start, end }: NetlinkMessage): void => {
    list.read(view, start + 4, end);
    const [first, last] = [list.startOf(elementListAttribute.elements), list.endOf(elementListAttribute.elements)];
    if (first < 0) return;
    readAttributes(view, first, last, of, (_, from, to) => this.#element(view, from, to));
  };

  readonly result = (): ReadElements => {
    const elements = this.#paired ? [...this.#elements, ...this.#intervals()] : this.#elements;
    return this.#foreign === undefined ? { elements } : { elements, foreign: this.#foreign };
  };

  #element(view: DataView, start: number, end: number): void {
    attributes.read(view, start, end);
    const flags = attributes.u32be(elementAttribute.flags) ?? 0;
    const value = this.#readData();
    if (value === "strange") return this.#note("leads to what Merlon never writes");
    if ((flags & elementFlag.catchAll) !== 0) {
      this.#elements.push(value === undefined ? { key: "rest" } : { key: "rest", data: value });
      return this.#check("*");
    }
    const at = keyAt(elementAttribute.key, this.#key.lengthBytes);
    if (at === undefined) return this.#note("has no key");
    if (this.#paired) {
      this.#ends.add(view, at, (flags & elementFlag.intervalEnd) !== 0, value);
      return this.#check("an interval");
    }
    const lastAt =
      this.#set.interval === "each-field" ? keyAt(elementAttribute.keyEnd, this.#key.lengthBytes) : undefined;
    const key = readKey(view, at, view, lastAt ?? at, this.#key);
    if (key === undefined) return this.#note("has a key that Merlon never writes");
    this.#elements.push(value === undefined ? { key } : { key, data: value });
    this.#check(key);
  }

  #readData(): Data | "strange" {
    if (this.#set.data === undefined) return undefined;
    if (!attributes.readNested(elementAttribute.data, data)) {
      // The end of an interval leads nowhere.
      return ((attributes.u32be(elementAttribute.flags) ?? 0) & elementFlag.intervalEnd) === 0 ? "strange" : undefined;
    }
    if (this.#data === undefined) return readVerdict(data) ?? "strange";
    const bytes = data.bytes(dataAttribute.value);
    if (bytes === undefined || bytes.length !== this.#data.lengthBytes) return "strange";
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    return readKey(view, 0, view, 0, this.#data) ?? "strange";
  }

  /** What an element of ours never carries: times, comments, objects, expressions other than the set's counter. */
  #check(name: string | readonly NftValue[]): void {
    if (this.#foreign !== undefined) return;
    if (attributes.has(elementAttribute.timeout) || attributes.has(elementAttribute.expiration)) {
      this.#note("has a timeout", name);
    } else if (attributes.has(elementAttribute.userData)) {
      const comment = readElementComment(attributes.bytes(elementAttribute.userData) ?? new Uint8Array());
      if (comment !== undefined) this.#note(`has the comment ${JSON.stringify(comment)}`, name);
    } else if (attributes.has(elementAttribute.object)) this.#note("has an object", name);
    else if (!this.#set.counter && attributes.has(elementAttribute.expression)) this.#note("has an expression", name);
    else if (attributes.has(elementAttribute.expressions)) this.#note("has expressions", name);
  }

  #note(what: string, name: string | readonly NftValue[] = "of it"): void {
    const title = typeof name === "string" ? name : JSON.stringify(name);
    this.#foreign ??= `element ${title} ${what}`;
  }

  #intervals(): readonly NftElement[] {
    const elements: NftElement[] = [];
    this.#ends.forEach((firstView, first, lastView, last, leads) => {
      const key = readKey(firstView, first, lastView, last, this.#key);
      if (key === undefined) this.#note("has a key that Merlon never writes");
      else elements.push(leads === undefined ? { key } : { key, data: leads });
    });
    return elements;
  }
}

function keyAt(attribute: number, length: number): number | undefined {
  if (!attributes.readNested(attribute, data)) return undefined;
  const at = data.startOf(dataAttribute.value);
  return at < 0 || data.endOf(dataAttribute.value) - at !== length ? undefined : at;
}

function readKey(
  first: DataView,
  firstAt: number,
  last: DataView,
  lastAt: number,
  { fields }: Layout,
): readonly NftValue[] | undefined {
  const values: NftValue[] = [];
  for (const field of fields) {
    const value =
      first === last && firstAt === lastAt
        ? readValue(first, firstAt, field)
        : readRange(first, firstAt, last, lastAt, field);
    if (value === undefined) return undefined;
    values.push(value);
  }
  return values;
}

/**
 * Gathers the elements of a set as rows of numbers. Whatever it cannot hold makes the result undefined: then the set is
 * read by `ElementReader`, which has words for everything.
 */
export class RowReader {
  readonly #set: NftSet;
  readonly #key: Layout;
  readonly #data: Layout | undefined;
  readonly #rows: RowWriter;
  #rest: readonly number[] | undefined;
  #strange = false;

  /** Sets whose keys and data are numbers, and nothing else. */
  static fits({ key, data, interval, counter, foreign }: NftSet): boolean {
    const plain = interval === false && !counter && foreign === undefined && key.length > 0;
    return plain && data !== "verdict" && packedWords(key) !== undefined && packedWords(data ?? []) !== undefined;
  }

  constructor(set: NftSet) {
    this.#set = set;
    this.#key = layoutOf(set.key, false);
    this.#data = set.data === undefined || set.data === "verdict" ? undefined : layoutOf(set.data, false);
    this.#rows = new RowWriter(wordCount(this.#key), this.#data === undefined ? 0 : wordCount(this.#data), set.size);
  }

  readonly visit = ({ view, start, end }: NetlinkMessage): void => {
    list.read(view, start + 4, end);
    const [first, last] = [list.startOf(elementListAttribute.elements), list.endOf(elementListAttribute.elements)];
    if (first < 0 || this.#strange) return;
    readAttributes(view, first, last, of, (_, from, to) => {
      attributes.read(view, from, to);
      if (!this.#row(view)) this.#strange = true;
    });
  };

  readonly result = (): NftSet | undefined => {
    const { name, key, data, size } = this.#set;
    if (this.#strange || data === "verdict") return undefined;
    const head = { name, key, ...(data === undefined ? {} : { data }), ...(size === undefined ? {} : { size }) };
    return new PackedSet(head, this.#rows.rows(this.#rest));
  };

  /** False where it is more than a key and its data. */
  #row(view: DataView): boolean {
    for (const attribute of extraAttributes) if (attributes.has(attribute)) return false;
    const flags = attributes.u32be(elementAttribute.flags) ?? 0;
    if ((flags & ~elementFlag.catchAll) !== 0) return false;
    const rest = flags !== 0;
    const keyStart = rest ? 0 : keyAt(elementAttribute.key, this.#key.lengthBytes);
    if (keyStart === undefined) return false;
    if (!rest) for (const word of wordsAt(view, keyStart, this.#key)) this.#rows.push(word);
    const layout = this.#data;
    if (layout === undefined) {
      if (rest) this.#rest = [];
      return !attributes.has(elementAttribute.data);
    }
    const dataStart = keyAt(elementAttribute.data, layout.lengthBytes);
    if (dataStart === undefined) return false;
    const words = wordsAt(view, dataStart, layout);
    if (rest) this.#rest = words;
    else for (const word of words) this.#rows.push(word);
    return true;
  }
}

/** What no element of ours has. */
const extraAttributes = [
  elementAttribute.keyEnd,
  elementAttribute.timeout,
  elementAttribute.expiration,
  elementAttribute.userData,
  elementAttribute.object,
  elementAttribute.expression,
  elementAttribute.expressions,
] as const;

function wordCount({ fields }: Layout): number {
  return fields.reduce((sum, { lengthBytes }) => sum + Math.ceil(lengthBytes / 4), 0);
}

function wordsAt(view: DataView, start: number, { fields }: Layout): readonly number[] {
  const words: number[] = [];
  for (const { offset, lengthBytes, hostOrder } of fields) {
    const at = start + offset;
    if (lengthBytes === 1) words.push(view.getUint8(at));
    else if (lengthBytes === 2) words.push(view.getUint16(at));
    else for (let more = 0; more < lengthBytes; more += 4) words.push(view.getUint32(at + more, hostOrder));
  }
  return words;
}

/** Gathers the keys of a set that belongs to a rule, as bytes: only the rule knows what they mean. */
export class AnonymousReader {
  readonly #interval: boolean;
  readonly #lengthBytes: number;
  readonly #ends: IntervalEnds<undefined>;
  readonly #points: Uint8Array[] = [];
  #strange = false;

  constructor(interval: boolean, lengthBytes: number) {
    this.#interval = interval;
    this.#lengthBytes = lengthBytes;
    this.#ends = new IntervalEnds(lengthBytes);
  }

  readonly visit = ({ view, start, end }: NetlinkMessage): void => {
    list.read(view, start + 4, end);
    const [first, last] = [list.startOf(elementListAttribute.elements), list.endOf(elementListAttribute.elements)];
    if (first < 0) return;
    readAttributes(view, first, last, of, (_, from, to) => {
      attributes.read(view, from, to);
      const flags = attributes.u32be(elementAttribute.flags) ?? 0;
      const at = keyAt(elementAttribute.key, this.#lengthBytes);
      if (at === undefined || attributes.has(elementAttribute.data)) this.#strange = true;
      else if (this.#interval) this.#ends.add(view, at, (flags & elementFlag.intervalEnd) !== 0, undefined);
      else this.#points.push(copyOf(view, at, this.#lengthBytes));
    });
  };

  /** Undefined where it holds more than keys. */
  readonly result = (): AnonymousContent | undefined => {
    if (this.#strange) return undefined;
    const ranges = this.#points.map((key): readonly [Uint8Array, Uint8Array] => [key, key]);
    this.#ends.forEach((firstView, first, lastView, last) => {
      ranges.push([copyOf(firstView, first, this.#lengthBytes), copyOf(lastView, last, this.#lengthBytes)]);
    });
    return { interval: this.#interval, ranges };
  };
}

function copyOf(view: DataView, at: number, length: number): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset + at, length).slice();
}
