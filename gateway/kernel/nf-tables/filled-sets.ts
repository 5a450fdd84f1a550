// Sets that rules fill: what stands in them now and for how long, and elements that go and come with times of their own.
// They are no part of what a table shall be, so nothing here is compared; the number of the rules' state steps all the same.
// Source: nf_tables_fill_setelem and nft_add_set_elem of net/netfilter/nf_tables_api.c, Linux 6.1 to 6.18.

import type { NftSet, NftValue } from "@merlon/compiler/nft/program.ts";
import type { FilledChange, FilledElement, RulesetStep } from "../kernel.ts";
import { KernelFailure } from "../kernel.ts";
import { AttributeTable, netlinkFlag, readAttributes } from "../netlink-message.ts";
import type { NetlinkMessage } from "../netlink-message.ts";
import { NetlinkSocket, netlinkProtocol } from "../netlink-socket.ts";
import { readRulesetGeneration } from "../ruleset-generation.ts";
import { BatchWriter } from "./batch-writer.ts";
import { dump } from "./dump.ts";
import { layoutOf, readValue, writeValue } from "./key-layout.ts";
import type { Layout } from "./key-layout.ts";
import { noteWritten } from "./known-table.ts";
import { listingOf } from "./list-elements.ts";
import { withKeptSocket } from "./kept-socket.ts";
import {
  batchMessage,
  dataAttribute,
  elementAttribute,
  elementListAttribute,
  inetFamily,
  listElement,
  nftMessage,
} from "./nf-tables-number.ts";
import { sendBatch } from "./send-batch.ts";

const messageBytesMax = 60_000;
/** The first and the last message of a batch, with room. */
const aroundMax = 8;

const of = "nf_tables element message";
const list = new AttributeTable(of, 4);
const attributes = new AttributeTable(of, 11);
const value = new AttributeTable(of, 2);

/** Nothing where there is no such set. What cannot be read as the set is described is left out. */
export async function readFilled(set: NftSet): Promise<readonly FilledElement[]> {
  using socket = new NetlinkSocket({ protocol: netlinkProtocol.netfilter });
  return await dump(socket, listingOf(set.name), () => {
    const found: FilledElement[] = [];
    return { visit: (message) => gather(message, set, found), result: () => found };
  });
}

function gather({ view, start, end }: NetlinkMessage, set: NftSet, found: FilledElement[]): void {
  const key = layoutOf(set.key, false);
  const data = set.data === undefined || set.data === "verdict" ? undefined : layoutOf(set.data, false);
  list.read(view, start + 4, end);
  const [first, last] = [list.startOf(elementListAttribute.elements), list.endOf(elementListAttribute.elements)];
  if (first < 0) return;
  readAttributes(view, first, last, of, (_, from, to) => {
    attributes.read(view, from, to);
    const keyValues = valuesOf(view, elementAttribute.key, key);
    const dataValues = data === undefined ? undefined : valuesOf(view, elementAttribute.data, data);
    if (keyValues === undefined || (data !== undefined && dataValues === undefined)) return;
    const remainingMs = attributes.u64be(elementAttribute.expiration);
    found.push({
      key: keyValues,
      ...(dataValues === undefined ? {} : { data: dataValues }),
      ...(remainingMs === undefined ? {} : { remainingMs }),
    });
  });
}

function valuesOf(view: DataView, attribute: number, layout: Layout): readonly NftValue[] | undefined {
  if (!attributes.readNested(attribute, value)) return undefined;
  const at = value.startOf(dataAttribute.value);
  if (at < 0 || value.endOf(dataAttribute.value) - at !== layout.lengthBytes) return undefined;
  const values = layout.fields.map((field) => readValue(view, at, field));
  return values.includes(undefined) ? undefined : values.filter((it) => it !== undefined);
}

/** Throws `KernelFailure` when an element that shall go is not there any more; then nothing has changed. */
export function changeFilled(changes: readonly FilledChange[]): Promise<RulesetStep> {
  const count = changes.reduce((sum, { remove, add }) => sum + remove.length + add.length, 0);
  return withKeptSocket(count + aroundMax, async ({ socket, firstSequence }) => {
    const before = readRulesetGeneration(socket);
    if (count === 0) return { before, after: before };
    const writer = new BatchWriter(firstSequence);
    writer.begin(batchMessage.begin, netlinkFlag.request, 0, batchMessage.subsystem).end();
    for (const { set, remove } of changes) write(writer, set, remove, undefined);
    for (const { set, add, timeoutMs } of changes) write(writer, set, add, timeoutMs);
    const lastSequence = (writer.nextSequence - 1) >>> 0;
    writer.addFlag(netlinkFlag.acknowledge);
    writer.begin(batchMessage.end, netlinkFlag.request, 0, batchMessage.subsystem).end();
    const { lengthBytes } = writer;
    const refusals = await sendBatch(socket, { chunks: writer.chunks(), lengthBytes, firstSequence, lastSequence });
    const [refusal] = refusals;
    if (refusal !== undefined) {
      const names = changes.map(({ set }) => set.name).join(", ");
      throw new KernelFailure(`the kernel refused to change what stands in ${names}: ${refusal.code}`, refusal.words);
    }
    const after = readRulesetGeneration(socket);
    noteWritten([], before, after);
    return { before, after };
  });
}

/** With a time they are added, without one deleted. */
function write(
  writer: BatchWriter,
  set: NftSet,
  elements: readonly FilledElement[],
  timeoutMs: number | undefined,
): void {
  const key = layoutOf(set.key, false);
  const data = set.data === undefined || set.data === "verdict" ? undefined : layoutOf(set.data, false);
  for (let index = 0; index < elements.length;) {
    const adds = timeoutMs !== undefined;
    const flags = netlinkFlag.request | (adds ? netlinkFlag.create : 0);
    writer.begin(adds ? nftMessage.newElement : nftMessage.deleteElement, flags, inetFamily);
    writer.text(elementListAttribute.table, writer.table).text(elementListAttribute.set, set.name);
    const all = writer.open(elementListAttribute.elements);
    while (index < elements.length && writer.messageBytes < messageBytesMax) {
      const element = elements[index++];
      if (element === undefined) continue;
      const one = writer.open(listElement);
      writeValues(writer, elementAttribute.key, key, element.key);
      if (timeoutMs !== undefined) {
        if (data !== undefined) writeValues(writer, elementAttribute.data, data, element.data ?? []);
        writer.u64(elementAttribute.timeout, timeoutMs);
      }
      writer.close(one);
    }
    writer.close(all).end();
  }
}

function writeValues(writer: BatchWriter, attribute: number, layout: Layout, values: readonly NftValue[]): void {
  const start = writer.open(attribute);
  const at = writer.reserve(dataAttribute.value, layout.lengthBytes);
  for (const [index, field] of layout.fields.entries()) {
    const one = values[index];
    if (one === undefined) throw new Error("an element has fewer values than its set");
    writeValue(writer.memory, at, field, one, "first");
  }
  writer.close(start);
}
