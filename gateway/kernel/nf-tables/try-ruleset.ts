// Whether the kernel would take something, without leaving it there: a scratch table is made, filled and deleted in one
// transaction, so it never carries a packet.

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

/** What one try writes into its scratch table, of the family of bridges where it says so. */
export interface RulesetTry {
  readonly fill: (writer: BatchWriter, family: number) => void;
  readonly bridge?: boolean;
}

/** The kernel has room for so many refusals of one batch (some messages each) at a socket of ordinary size. */
const triesPerBatch = 32;
const refusalsMax = 512;

/**
 * For each try, in order, the kernel's words when it refused it; undefined when it would take it. A transaction takes
 * some milliseconds however little is in it, so many tries share one: the kernel answers every message that it refuses.
 */
export async function tryRulesets(tries: readonly RulesetTry[]): Promise<readonly (string | undefined)[]> {
  const answers: (string | undefined)[] = [];
  for (let at = 0; at < tries.length; at += triesPerBatch) {
    const together = tries.slice(at, at + triesPerBatch);
    const answered = await tryTogether(together);
    if (answered !== undefined) answers.push(...answered);
    else for (const one of together) answers.push((await tryTogether([one]))?.[0]);
  }
  return answers;
}

/** Undefined when the kernel refused several as a whole, so that nobody knows which of them. */
async function tryTogether(tries: readonly RulesetTry[]): Promise<readonly (string | undefined)[] | undefined> {
  const firstSequence = 1;
  const writer = new BatchWriter(firstSequence, scratchTable);
  writer.begin(batchMessage.begin, netlinkFlag.request, 0, batchMessage.subsystem).end();
  const lastSequences: number[] = [];
  for (const [index, { fill, bridge }] of tries.entries()) {
    const family = bridge === true ? bridgeFamily : inetFamily;
    writer.begin(nftMessage.newTable, create, family).text(tableAttribute.name, scratchTable).end();
    fill(writer, family);
    lastSequences.push(writer.nextSequence);
    const flags = index < tries.length - 1 ? netlinkFlag.request : netlinkFlag.request | netlinkFlag.acknowledge;
    writer.begin(nftMessage.deleteTable, flags, family).text(tableAttribute.name, scratchTable).end();
  }
  const lastSequence = writer.nextSequence - 1;
  writer.begin(batchMessage.end, netlinkFlag.request, 0, batchMessage.subsystem).end();
  using socket = new NetlinkSocket({ protocol: netlinkProtocol.netfilter, batch: 1 });
  const batch = { chunks: writer.chunks(), lengthBytes: writer.lengthBytes, firstSequence, lastSequence };
  const refusals = await sendBatch(socket, batch, refusalsMax);
  const answers: (string | undefined)[] = tries.map(() => undefined);
  for (const refusal of refusals) {
    const { sequence } = refusal;
    const isOfBatch = sequence <= firstSequence || sequence > lastSequence;
    if (isOfBatch && tries.length > 1) return undefined;
    answers[isOfBatch ? 0 : lastSequences.findIndex((last) => sequence <= last)] ??= reasonOf(refusal);
  }
  return answers;
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
