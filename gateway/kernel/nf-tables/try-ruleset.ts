// Whether the kernel would take something, without leaving it there: a scratch table is made, filled and deleted in one
// batch, so it never carries a packet.

import { netlinkFlag } from "../netlink-message.ts";
import { NetlinkSocket, netlinkProtocol } from "../netlink-socket.ts";
import { BatchWriter } from "./batch-writer.ts";
import type { Expression } from "./expression.ts";
import {
  batchMessage,
  bridgeFamily,
  chainAttribute,
  expressionAttribute,
  flowtableAttribute,
  hookAttribute,
  hookNumber,
  inetFamily,
  listElement,
  nftFlag,
  nftMessage,
  ruleAttribute,
  tableAttribute,
} from "./nf-tables-number.ts";
import { reasonOf, sendBatch } from "./send-batch.ts";
import { writeExpression } from "./write-expression.ts";

const scratchTable = "merlon_probe";
const chain = "c";
const create = netlinkFlag.request | netlinkFlag.create;

/** The kernel's words when it refused what `fill` writes into the scratch table; undefined when it would take it. */
export async function tryRuleset(
  fill: (writer: BatchWriter, family: number) => void,
  bridge = false,
): Promise<string | undefined> {
  const family = bridge ? bridgeFamily : inetFamily;
  const firstSequence = 1;
  const writer = new BatchWriter(firstSequence, scratchTable);
  writer.begin(batchMessage.begin, netlinkFlag.request, 0, batchMessage.subsystem).end();
  writer.begin(nftMessage.newTable, create, family).text(tableAttribute.name, scratchTable).end();
  fill(writer, family);
  const lastSequence = writer.nextSequence;
  writer.begin(nftMessage.deleteTable, netlinkFlag.request | netlinkFlag.acknowledge, family);
  writer.text(tableAttribute.name, scratchTable).end();
  writer.begin(batchMessage.end, netlinkFlag.request, 0, batchMessage.subsystem).end();
  using socket = new NetlinkSocket({ protocol: netlinkProtocol.netfilter, batch: 1 });
  const batch = { chunks: writer.chunks(), lengthBytes: writer.lengthBytes, firstSequence, lastSequence };
  const [refusal] = await sendBatch(socket, batch);
  return refusal === undefined ? undefined : reasonOf(refusal);
}

/** A chain at the forward hook with one rule, of instructions that we know or of one that only a probe writes. */
export function writeScratchRule(
  writer: BatchWriter,
  family: number,
  instructions: readonly Expression[] | { readonly name: string; readonly fill: (writer: BatchWriter) => void },
): void {
  writer.begin(nftMessage.newChain, create, family).text(chainAttribute.table, writer.table);
  writer.text(chainAttribute.name, chain).text(chainAttribute.type, "filter");
  const hook = writer.open(chainAttribute.hook);
  writer.u32(hookAttribute.number, hookNumber.forward).u32(hookAttribute.priority, 0).close(hook).end();
  writer.begin(nftMessage.newRule, create | nftFlag.append, family).text(ruleAttribute.table, writer.table);
  writer.text(ruleAttribute.chain, chain);
  const list = writer.open(ruleAttribute.expressions);
  if ("name" in instructions) {
    const element = writer.open(listElement);
    const data = writer.text(expressionAttribute.name, instructions.name).open(expressionAttribute.data);
    instructions.fill(writer);
    writer.close(data).close(element);
  } else for (const instruction of instructions) writeExpression(writer, instruction);
  writer.close(list).end();
}

/** A flowtable over one device. */
export function writeScratchFlowtable(writer: BatchWriter, family: number, device: string): void {
  const flowtableHook = { attribute: 3, number: 1, priority: 2, devices: 3 } as const;
  const ingress = 0;
  writer.begin(nftMessage.newFlowtable, create, family).text(flowtableAttribute.table, writer.table);
  const hook = writer.text(flowtableAttribute.name, "f").open(flowtableHook.attribute);
  const devices = writer.u32(flowtableHook.number, ingress).u32(flowtableHook.priority, 0).open(flowtableHook.devices);
  writer.text(1, device).close(devices).close(hook).end();
}
