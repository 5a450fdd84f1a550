// Hands a transaction to the kernel: one batch, which it carries out inside the system call as a whole or not at all, and
// the words of its refusal.
// Source: nfnetlink_rcv_batch of net/netfilter/nfnetlink.c, Linux 6.1 to 6.18: a batch lies in one datagram, every message
// that is refused is answered, and after the first refusal nothing is committed.

import { printElement, printRule } from "@merlon/compiler/nft/print-statement.ts";
import { printCommand } from "@merlon/compiler/nft/print.ts";
import type { NftCommand, NftElement } from "@merlon/compiler/nft/program.ts";
import { KernelFailure } from "../kernel.ts";
import { AttributeTable, netlinkHeaderSize, readAttributes, readMessages } from "../netlink-message.ts";
import { NetlinkRefusal, NetlinkSocket, netlinkProtocol } from "../netlink-socket.ts";
import { readRulesetGeneration } from "../ruleset-generation.ts";
import { noteWritten } from "./known-table.ts";
import { elementAttribute, elementFlag, elementListAttribute, nftMessage } from "./nf-tables-number.ts";
import { readSetByName } from "./read-set.ts";
import { reasonOf, sendBatch } from "./send-batch.ts";
import type { Refusal } from "./send-batch.ts";
import { shapeOf } from "./write-set.ts";
import type { SetShape } from "./write-set.ts";
import { writeBatch } from "./write-command.ts";
import type { Batch, Subject } from "./write-command.ts";

export interface TransactionOptions {
  /** Refuse when the kernel's rules are no longer at this generation, whoever changed them. */
  readonly generation?: number;
}

/** The rules are no longer at the generation that a transaction was for. */
export class PastGeneration extends KernelFailure {
  constructor() {
    super("the kernel refused the ruleset: somebody else has changed the rules since they were read", "ERESTART");
  }
}

/** All commands or none. Throws `KernelFailure` that names the command and gives the kernel's reason. */
export async function applyTransaction(
  commands: readonly NftCommand[],
  options: TransactionOptions = {},
): Promise<void> {
  if (commands.length === 0) return;
  using socket = new NetlinkSocket({ protocol: netlinkProtocol.netfilter, batch: 4 });
  const batch = writeBatch(commands, {
    ...options,
    firstSequence: 1_000_000,
    setInKernel: (name) => readShape(socket, name),
  });
  const before = options.generation ?? generationNow(socket);
  const refusals = await sendBatch(socket, batch);
  const [first] = refusals;
  if (first === undefined) {
    const after = generationNow(socket);
    if (before !== undefined && after !== undefined) noteWritten(commands, before, after);
    return;
  }
  throw first.code === "ERESTART" ? new PastGeneration() : refusalOf(batch, refusals);
}

/** Undefined where the kernel does not tell us; then it takes no transaction of ours either, and says why in its answer. */
function generationNow(socket: NetlinkSocket): number | undefined {
  try {
    return readRulesetGeneration(socket);
  } catch (error) {
    if (error instanceof NetlinkRefusal) return undefined;
    throw error;
  }
}

/** What the kernel refused of a batch, in words. */
export function refusalOf(batch: Batch, refusals: readonly Refusal[]): KernelFailure {
  const sentences = refusals.map((refusal) => sentenceOf(batch, refusal));
  return new KernelFailure(`the kernel refused the ruleset: ${sentences[0] ?? ""}`, sentences.join("\n"));
}

function sentenceOf(batch: Batch, refusal: Refusal): string {
  const { sequence, offset } = refusal;
  const reason = reasonOf(refusal);
  const subject = subjectOf(batch.subjects, sequence);
  if (subject === undefined) return reason;
  const element = offset === undefined ? undefined : elementAt(batch.chunks, sequence, offset);
  return `${textOf(subject, element).slice(0, textMax)}: ${reason}`;
}

/** The last subject that begins at or before the message. Undefined for the batch as a whole. */
function subjectOf(subjects: readonly Subject[], sequence: number): Subject | undefined {
  let [low, high] = [0, subjects.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((subjects[middle]?.sequence ?? 0) <= sequence) low = middle + 1;
    else high = middle;
  }
  return subjects[low - 1];
}

const textMax = 200;

/** `element` counts from the first of the message. */
function textOf({ command, index }: Subject, element: number | undefined): string {
  switch (command.kind) {
    case "add-rules": {
      const rule = command.rules[index];
      return `add rule ${index + 1} to chain ${command.chain} (${rule === undefined ? "" : printRule(rule)})`;
    }
    case "add-elements":
      return `add ${titleOf(command.elements, index, element)} to set ${command.set}`;
    case "delete-elements":
      return `delete ${titleOf(command.elements, index, element)} from set ${command.set}`;
    case "add-set": {
      const { name, elements } = command.set;
      return element === undefined ? `add set ${name}` : `add ${titleOf(elements, index, element)} to set ${name}`;
    }
    default:
      return printCommand(command).join(" ");
  }
}

function titleOf(elements: readonly NftElement[], first: number, element: number | undefined): string {
  const found = element === undefined ? undefined : elements[first + element];
  return found === undefined ? `elements from number ${first + 1} on` : `element ${printElement(found)}`;
}

const list = new AttributeTable("nf_tables element message", elementListAttribute.setId);
const attributes = new AttributeTable("nf_tables element message", elementAttribute.flags);

/** Which element of our message stands at the offset, the ends of intervals not counted; undefined where none does. */
function elementAt(chunks: readonly Uint8Array[], sequence: number, offset: number): number | undefined {
  let found: number | undefined;
  for (const chunk of chunks) {
    const view = new DataView(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    readMessages(view, 0, chunk.byteLength, (message) => {
      const elements = message.type === nftMessage.newElement || message.type === nftMessage.deleteElement;
      if (message.sequence !== sequence || !elements) return;
      const wanted = message.start - netlinkHeaderSize + offset;
      list.read(view, message.start + 4, message.end);
      const [from, to] = [list.startOf(elementListAttribute.elements), list.endOf(elementListAttribute.elements)];
      if (wanted < from || wanted >= to) return;
      let count = -1;
      readAttributes(view, from, to, "nf_tables element message", (_, start, end) => {
        attributes.read(view, start, end);
        if ((attributes.u32be(elementAttribute.flags) ?? 0) !== elementFlag.intervalEnd) count++;
        if (wanted < end) found ??= count;
      });
    });
  }
  return found;
}

/** Asks the kernel for a set that the transaction does not make. */
function readShape(socket: NetlinkSocket, name: string): SetShape | undefined {
  const set = readSetByName(socket, name)?.set;
  return set === undefined || set.foreign !== undefined ? undefined : shapeOf(set);
}
