// A transaction as one batch of netlink messages, and for every message the command that it carries out, so that a refusal
// names what was refused.
// Source: net/netfilter/nf_tables_api.c of Linux 6.1 to 6.18; the shape of the messages is that of nft 1.0.6.

import { rowsOf } from "@merlon/compiler/nft/packed-set.ts";
import type { NftChain, NftCommand, NftElement, NftOther, NftRule, NftSet } from "@merlon/compiler/nft/program.ts";
import { tableName } from "@merlon/compiler/nft/table-names.ts";
import { timeoutStates } from "@merlon/compiler/nft/timeout-states.ts";
import { KernelFailure } from "../kernel.ts";
import { netlinkFlag } from "../netlink-message.ts";
import { BatchWriter } from "./batch-writer.ts";
import { writeFlowtable } from "./flowtable-message.ts";
import { lowerRule } from "./lower-statement.ts";
import type { LoweringContext } from "./lower-statement.ts";
import {
  batchMessage,
  chainAttribute,
  elementListAttribute,
  flowtableAttribute,
  hookAttribute,
  hookNumber,
  inetFamily,
  nftFlag,
  nftMessage,
  objectAttribute,
  objectType,
  ruleAttribute,
  setAttribute,
  tableAttribute,
  timeoutAttribute,
} from "./nf-tables-number.ts";
import type { SentBatch } from "./send-batch.ts";
import { ruleUserData } from "./user-data.ts";
import { writeExpression } from "./write-expression.ts";
import { shapeOf, writeElements, writeRows, writeSet } from "./write-set.ts";
import type { SetShape } from "./write-set.ts";

/** What the writer must know of the sets that stand in the kernel. */
export type SetLookup = (name: string) => SetShape | undefined;

/** What a message is about. */
export interface Subject {
  /** The number of its first message; it reaches to the next subject. */
  readonly sequence: number;
  readonly command: NftCommand;
  /** The first element or the rule that the message carries. */
  readonly index: number;
}

export interface Batch extends SentBatch {
  /** In the order of the messages. */
  readonly subjects: readonly Subject[];
}

export interface BatchOptions {
  readonly firstSequence: number;
  /** The batch is refused unless the kernel's rules are still at this generation. */
  readonly generation?: number;
  readonly setInKernel: SetLookup;
}

const request = netlinkFlag.request;
const create = netlinkFlag.request | netlinkFlag.create;
const createNew = create | netlinkFlag.exclusive;

export function writeBatch(commands: readonly NftCommand[], options: BatchOptions): Batch {
  return new Draft(options).write(commands);
}

class Draft implements LoweringContext {
  readonly #options: BatchOptions;
  readonly #writer: BatchWriter;
  readonly #subjects: Subject[] = [];
  /** Sets that the transaction makes, and undefined for those that it deletes. */
  readonly #sets = new Map<string, SetShape | undefined>();
  /** What is written behind all commands. */
  readonly #late: (() => void)[] = [];
  #setId = 0;

  constructor(options: BatchOptions) {
    this.#options = options;
    this.#writer = new BatchWriter(options.firstSequence);
  }

  readonly nextSetId = (): number => ++this.#setId;
  readonly isInterval = (name: string): boolean => (this.#shapeOf(name)?.interval ?? false) !== false;

  write(commands: readonly NftCommand[]): Batch {
    const writer = this.#writer;
    writer.begin(batchMessage.begin, request, 0, batchMessage.subsystem);
    if (this.#options.generation !== undefined) writer.u32(batchMessage.generationAttribute, this.#options.generation);
    writer.end();
    for (const command of commands) this.#write(command);
    for (const write of this.#late) write();
    const lastSequence = (writer.nextSequence - 1) >>> 0;
    // All that went before is answered only where it is refused.
    writer.addFlag(netlinkFlag.acknowledge);
    writer.begin(batchMessage.end, request, 0, batchMessage.subsystem).end();
    return {
      chunks: writer.chunks(),
      lengthBytes: writer.lengthBytes,
      firstSequence: this.#options.firstSequence,
      lastSequence,
      subjects: this.#subjects,
    };
  }

  #write(command: NftCommand): void {
    const writer = this.#writer;
    this.#note(command, 0);
    switch (command.kind) {
      case "add-table":
        writer.begin(nftMessage.newTable, create, inetFamily).text(tableAttribute.name, tableName);
        return writer.u32(tableAttribute.flags, 0).end();
      case "delete-table":
        return writer.begin(nftMessage.deleteTable, request, inetFamily).text(tableAttribute.name, tableName).end();
      case "add-set":
        return this.#addSet(command, command.set);
      case "delete-set":
        this.#sets.set(command.name, undefined);
        return this.#named(nftMessage.deleteSet, setAttribute, command.name);
      case "add-elements":
      case "delete-elements":
        return this.#elements(command, this.#needShape(command.set), command.elements);
      case "flush-set":
        // Without a list of elements, all of them go.
        writer.begin(nftMessage.deleteElement, request, inetFamily).text(elementListAttribute.table, tableName);
        return writer.text(elementListAttribute.set, command.name).end();
      case "add-chain":
        return this.#addChain(command.chain);
      case "add-rules":
        for (const [index, rule] of command.rules.entries()) {
          if (index > 0) this.#note(command, index);
          this.#addRule(command.chain, rule);
        }
        return;
      case "flush-chain":
        writer.begin(nftMessage.deleteRule, request, inetFamily).text(ruleAttribute.table, tableName);
        return writer.text(ruleAttribute.chain, command.name).end();
      case "delete-chain":
        writer.begin(nftMessage.deleteChain, request | nftFlag.notRecursive, inetFamily);
        return writer.text(chainAttribute.table, tableName).text(chainAttribute.name, command.name).end();
      case "add-timeout":
        return this.#addTimeout(command.timeout);
      case "delete-timeout":
        return this.#deleteObject("ct timeout", command.name);
      case "add-flowtable":
        writer.begin(nftMessage.newFlowtable, createNew, inetFamily).text(flowtableAttribute.table, tableName);
        writeFlowtable(writer.text(flowtableAttribute.name, command.flowtable.name), command.flowtable);
        return writer.end();
      case "delete-flowtable":
        return this.#named(nftMessage.deleteFlowtable, flowtableAttribute, command.name);
      case "delete-other":
        return this.#deleteOther(command.other);
    }
  }

  #note(command: NftCommand, index: number): void {
    this.#subjects.push({ sequence: this.#writer.nextSequence, command, index });
  }

  #named(message: number, attribute: { readonly table: number; readonly name: number }, name: string): void {
    this.#writer.begin(message, request, inetFamily).text(attribute.table, tableName).text(attribute.name, name).end();
  }

  #addSet(command: NftCommand, set: NftSet): void {
    writeSet(this.#writer, set, this.nextSetId(), false);
    const shape = shapeOf(set);
    this.#sets.set(set.name, shape);
    const rows = rowsOf(set);
    if (rows === undefined) this.#elements(command, shape, set.elements);
    // When a rule is added that asks a map, the kernel walks through all that is in it, for each chain anew. So the rows
    // of new maps come when all rules stand.
    else this.#late.push(() => writeRows(this.#writer, shape, rows, (index) => this.#note(command, index)));
  }

  #elements(command: NftCommand, shape: SetShape, elements: readonly NftElement[]): void {
    const how = command.kind === "delete-elements" ? "delete" : "add";
    writeElements(this.#writer, shape, elements, how, (index) => this.#note(command, index));
  }

  #addChain(chain: NftChain): void {
    if (chain.foreign !== undefined) throw new Error(`chain ${chain.name} is not ours and cannot be written`);
    const writer = this.#writer;
    writer.begin(nftMessage.newChain, createNew, inetFamily);
    writer.text(chainAttribute.table, tableName).text(chainAttribute.name, chain.name);
    if (chain.hook !== undefined) {
      const { type, hook, priority, policy } = chain.hook;
      writer.text(chainAttribute.type, type).u32(chainAttribute.policy, policy === "accept" ? 1 : 0);
      const nested = writer.open(chainAttribute.hook);
      writer.u32(hookAttribute.number, hookNumber[hook]).u32(hookAttribute.priority, priority);
      writer.close(nested);
    }
    writer.end();
  }

  #addRule(chain: string, rule: NftRule): void {
    const writer = this.#writer;
    const { expressions, sets } = lowerRule(rule, this);
    for (const { id, set } of sets) {
      writeSet(writer, set, id, true);
      writeElements(writer, shapeOf(set, id), set.elements, "add", () => undefined);
    }
    writer.begin(nftMessage.newRule, create | nftFlag.append, inetFamily);
    writer.text(ruleAttribute.table, tableName).text(ruleAttribute.chain, chain);
    const list = writer.open(ruleAttribute.expressions);
    for (const expression of expressions) writeExpression(writer, expression);
    writer.close(list);
    if (rule.comment !== undefined) writer.bytes(ruleAttribute.userData, ruleUserData(rule.comment));
    writer.end();
  }

  /** Every state is sent: one that is left out would have the namespace's own time, not the usual one. */
  #addTimeout({ name, protocol, seconds }: Extract<NftCommand, { kind: "add-timeout" }>["timeout"]): void {
    const writer = this.#writer;
    writer.begin(nftMessage.newObject, createNew, inetFamily);
    writer.text(objectAttribute.table, tableName).text(objectAttribute.name, name);
    writer.u32(objectAttribute.type, objectType["ct timeout"]);
    const data = writer.open(objectAttribute.data);
    writer.u16(timeoutAttribute.networkProtocol, inetFamily);
    writer.u8(timeoutAttribute.protocol, protocol === "tcp" ? 6 : 17);
    const states = writer.open(timeoutAttribute.states);
    for (const [index, [state, usual]] of timeoutStates[protocol].entries()) {
      writer.u32(index + 1, seconds[state] ?? usual);
    }
    writer.close(states).close(data).end();
  }

  #deleteOther({ word, name }: NftOther): void {
    if (word === "flag") {
      // To say the table's flags again without any is to wake it.
      this.#writer.begin(nftMessage.newTable, request, inetFamily).text(tableAttribute.name, tableName);
      this.#writer.u32(tableAttribute.flags, 0).end();
    } else this.#deleteObject(word, name);
  }

  #deleteObject(word: string, name: string): void {
    const type = Object.entries(objectType).find(([known]) => known === word)?.[1];
    if (type === undefined) throw new Error(`no object is called ${word}`);
    this.#writer.begin(nftMessage.deleteObject, request, inetFamily);
    this.#writer
      .text(objectAttribute.table, tableName)
      .text(objectAttribute.name, name)
      .u32(objectAttribute.type, type)
      .end();
  }

  #shapeOf(name: string): SetShape | undefined {
    return this.#sets.has(name) ? this.#sets.get(name) : this.#options.setInKernel(name);
  }

  #needShape(name: string): SetShape {
    const known = this.#shapeOf(name);
    if (known !== undefined) return known;
    const why = `there is no set ${name} of Merlon's own in table inet ${tableName}`;
    throw new KernelFailure(`the kernel refused the ruleset: ${why}`, why);
  }
}
