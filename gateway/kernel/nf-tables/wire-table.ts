// `table bridge merlon`: the packet mark that says by which port of a secure wire a frame came in. The chains of `inet`
// see the bridge alone. And what hides an IP packet from br_netfilter while hosts would still find it: it is dropped here.
// The table is so small that it is always written as a whole, in one batch.
// Source: linux/netfilter_bridge.h (priorities), net/bridge/br_netfilter_hooks.c, Linux 6.1 to 6.18.

import { tableName } from "@merlon/compiler/nft/table-names.ts";
import { AttributeTable, MessageWriter, netlinkFlag, readAttributes } from "../netlink-message.ts";
import type { NetlinkMessage } from "../netlink-message.ts";
import { NetlinkRefusal, NetlinkSocket, netlinkProtocol } from "../netlink-socket.ts";
import { KernelFailure } from "../kernel.ts";
import { BatchWriter } from "./batch-writer.ts";
import type { Expression } from "./expression.ts";
import {
  batchMessage,
  bridgeFamily,
  chainAttribute,
  comparison,
  dataAttribute,
  elementAttribute,
  elementListAttribute,
  hookAttribute,
  hookNumber,
  listElement,
  metaKey,
  nftFlag,
  nftMessage,
  payloadBase,
  ruleAttribute,
  setAttribute,
  setFlag,
  tableAttribute,
} from "./nf-tables-number.ts";
import { reasonOf, sendBatch } from "./send-batch.ts";
import { writeExpression } from "./write-expression.ts";

const portsMap = "ports";
const setId = 1;
const chain = "prerouting";
/** NF_BR_PRI_NAT_DST_BRIDGED: before br_netfilter, which stands at 0. */
const priority = -300;
/** nft's numbers of `ifname` and `mark`. */
const dataTypes = { ifname: 41, mark: 19 } as const;
const nameBytes = 16;
const markBytes = 4;
const create = netlinkFlag.request | netlinkFlag.create;
/** NFT_META_PROTOCOL: the type of the frame, in network byte order. */
const protocolKey = 1;
/** ETH_P_802_2 (linux/if_ether.h): frames with a length in place of a type. */
const protocolOf802_2 = 4;

const markOfPort: readonly Expression[] = [
  { kind: "meta", key: metaKey.iifname, to: 0 },
  { kind: "lookup", set: portsMap, setId, from: 0, to: 0, negated: false },
];

/** By its type, and what its content begins with. */
function hiding(type: number, content: readonly number[] = []): readonly Expression[] {
  const { network } = payloadBase;
  const begins: readonly Expression[] = [
    { kind: "payload", base: network, offset: 0, length: content.length, to: 0 },
    { kind: "cmp", operator: comparison["=="], from: 0, data: Uint8Array.from(content) },
  ];
  return [
    ...markOfPort,
    { kind: "meta", key: protocolKey, to: 0 },
    { kind: "cmp", operator: comparison["=="], from: 0, data: Uint8Array.of(type >>> 8, type & 0xff) },
    ...(content.length === 0 ? [] : begins),
    { kind: "counter" },
    { kind: "verdict", verdict: { kind: "drop" } },
  ];
}

/**
 * The kernel has taken the first VLAN tag away before: what still has the type of one (802.1Q, 802.1ad) has two, and hosts
 * go on taking away those of VLAN 0. IP behind a header of 802.2 (RFC 1042) is read by some.
 */
const chainRules: readonly (readonly Expression[])[] = [
  [...markOfPort, { kind: "set-meta", key: metaKey.mark, from: 0 }],
  hiding(0x8100),
  hiding(0x88a8),
  hiding(protocolOf802_2, [0xaa, 0xaa, 0x03, 0, 0, 0]),
];

/** Marks by device; without any the table goes. Throws `KernelFailure`. */
export async function writeWireTable(marks: ReadonlyMap<string, number>): Promise<void> {
  const firstSequence = 1;
  const writer = new BatchWriter(firstSequence);
  writer.begin(batchMessage.begin, netlinkFlag.request, 0, batchMessage.subsystem).end();
  // Made so that it can be deleted, whether it was there or not.
  const makeTable = () => writer.begin(nftMessage.newTable, create, bridgeFamily).text(tableAttribute.name, tableName);
  makeTable().end();
  const lastOfNone = writer.nextSequence;
  const last = marks.size === 0 ? netlinkFlag.acknowledge : 0;
  writer.begin(nftMessage.deleteTable, netlinkFlag.request | last, bridgeFamily);
  writer.text(tableAttribute.name, tableName).end();
  if (marks.size > 0) {
    makeTable().end();
    writeMap(writer);
    writeChain(writer);
    writeMarks(writer, marks);
  }
  const lastSequence = marks.size === 0 ? lastOfNone : writer.nextSequence - 1;
  writer.begin(batchMessage.end, netlinkFlag.request, 0, batchMessage.subsystem).end();
  using socket = new NetlinkSocket({ protocol: netlinkProtocol.netfilter, batch: 1 });
  const batch = { chunks: writer.chunks(), lengthBytes: writer.lengthBytes, firstSequence, lastSequence };
  const [refusal] = await sendBatch(socket, batch);
  if (refusal === undefined) return;
  const sentence = `the kernel refused table bridge ${tableName}: ${reasonOf(refusal)}`;
  throw new KernelFailure(sentence, refusal.code);
}

function writeMap(writer: BatchWriter): void {
  writer.begin(nftMessage.newSet, create, bridgeFamily).text(setAttribute.table, tableName);
  writer.text(setAttribute.name, portsMap).u32(setAttribute.flags, setFlag.map).u32(setAttribute.id, setId);
  writer.u32(setAttribute.keyType, dataTypes.ifname).u32(setAttribute.keyLength, nameBytes);
  writer.u32(setAttribute.dataType, dataTypes.mark).u32(setAttribute.dataLength, markBytes).end();
}

function writeChain(writer: BatchWriter): void {
  writer.begin(nftMessage.newChain, create, bridgeFamily).text(chainAttribute.table, tableName);
  writer.text(chainAttribute.name, chain).text(chainAttribute.type, "filter");
  const hook = writer.open(chainAttribute.hook);
  writer
    .u32(hookAttribute.number, hookNumber.prerouting)
    .u32(hookAttribute.priority, priority >>> 0)
    .close(hook)
    .end();
  for (const expressions of chainRules) {
    const flags = create | nftFlag.append;
    writer.begin(nftMessage.newRule, flags, bridgeFamily).text(ruleAttribute.table, tableName);
    const list = writer.text(ruleAttribute.chain, chain).open(ruleAttribute.expressions);
    for (const expression of expressions) writeExpression(writer, expression);
    writer.close(list).end();
  }
}

function writeMarks(writer: BatchWriter, marks: ReadonlyMap<string, number>): void {
  writer.begin(nftMessage.newElement, create | netlinkFlag.acknowledge, bridgeFamily);
  writer.text(elementListAttribute.table, tableName).text(elementListAttribute.set, portsMap);
  const list = writer.u32(elementListAttribute.setId, setId).open(elementListAttribute.elements);
  for (const [device, mark] of marks) {
    const name = Buffer.alloc(nameBytes);
    if (name.write(device) >= nameBytes) throw new Error(`${device} is no name of a device`);
    const value = Buffer.alloc(markBytes);
    value.writeUInt32LE(mark);
    const element = writer.open(listElement);
    const key = writer.open(elementAttribute.key);
    writer.bytes(dataAttribute.value, name).close(key);
    const data = writer.open(elementAttribute.data);
    writer.bytes(dataAttribute.value, value).close(data).close(element);
  }
  writer.close(list).end();
}

const listAttributes = new AttributeTable("nf_tables element message", elementListAttribute.setId);
const elementAttributes = new AttributeTable("nf_tables element message", elementAttribute.flags);
const dataAttributes = new AttributeTable("nf_tables element message", dataAttribute.verdict);

/** Marks by device as the kernel has them; none where the table is not there or its chain has lost a rule. Throws `KernelFailure`. */
export function readWireTable(): ReadonlyMap<string, number> {
  using socket = new NetlinkSocket({ protocol: netlinkProtocol.netfilter, batch: 1 });
  const marks = new Map<string, number>();
  let rulesCount = 0;
  read(socket, nftMessage.getRule, [ruleAttribute.table, ruleAttribute.chain, chain], () => {
    rulesCount++;
  });
  if (rulesCount !== chainRules.length) return marks;
  read(socket, nftMessage.getElement, [elementListAttribute.table, elementListAttribute.set, portsMap], (message) => {
    const { view, start, end } = message;
    listAttributes.read(view, start + 4, end);
    const [from, to] = [
      listAttributes.startOf(elementListAttribute.elements),
      listAttributes.endOf(elementListAttribute.elements),
    ];
    if (from < 0) return;
    readAttributes(view, from, to, "nf_tables element message", (_, at, stop) => {
      elementAttributes.read(view, at, stop);
      const [name, value] = [valueIn(elementAttribute.key), valueIn(elementAttribute.data)];
      if (name === undefined || value?.length !== markBytes) return;
      const length = name.indexOf(0);
      marks.set(name.toString("utf8", 0, length < 0 ? name.length : length), value.readUInt32LE());
    });
  });
  return marks;
}

function valueIn(type: number): Buffer | undefined {
  if (!elementAttributes.readNested(type, dataAttributes)) return undefined;
  const bytes = dataAttributes.bytes(dataAttribute.value);
  return bytes === undefined ? undefined : Buffer.from(bytes);
}

function read(
  socket: NetlinkSocket,
  type: number,
  [tableField, nameField, name]: readonly [number, number, string],
  visit: (message: NetlinkMessage) => void,
): void {
  const writer = new MessageWriter();
  const sequence = socket.nextSequence();
  writer.begin(type, netlinkFlag.request | netlinkFlag.dump, sequence).netfilterHeader(bridgeFamily, 0);
  writer.attributeText(tableField, tableName).attributeText(nameField, name);
  const pieces = socket.dump(writer.take(), sequence, visit);
  try {
    while (pieces.next().done !== true);
  } catch (error) {
    if (!(error instanceof NetlinkRefusal) || error.code !== "ENOENT") throw error;
  }
}
