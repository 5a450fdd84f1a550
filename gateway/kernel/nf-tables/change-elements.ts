// Members of sets come and go: one small transaction, after which exactly those elements are asked for again. The rest of
// the table is neither read nor written, so it takes as long with a million elements as with ten.

import { setImmediate } from "node:timers/promises";
import { elementId } from "@merlon/compiler/nft/element-id.ts";
import { elementCommands } from "@merlon/compiler/nft/dynamic-sets.ts";
import type { ElementChange } from "@merlon/compiler/nft/dynamic-sets.ts";
import { printElement } from "@merlon/compiler/nft/print-statement.ts";
import type { NftElement, NftSet } from "@merlon/compiler/nft/program.ts";
import { KernelFailure } from "../kernel.ts";
import type { RulesetStep } from "../kernel.ts";
import type { NetlinkSocket } from "../netlink-socket.ts";
import { readRulesetGeneration } from "../ruleset-generation.ts";
import { refusalOf } from "./apply-transaction.ts";
import { findElement } from "./ask-elements.ts";
import { intervalBeginsAt, intervalStands } from "./find-interval.ts";
import { withKeptSocket } from "./kept-socket.ts";
import { noteWritten } from "./known-table.ts";
import { listElements } from "./list-elements.ts";
import { sendBatch } from "./send-batch.ts";
import { writeBatch } from "./write-command.ts";
import { shapeOf } from "./write-set.ts";
import type { SetShape } from "./write-set.ts";

/** More elements than this are found faster by listing their set. */
const askedMax = { intervals: 256, keys: 4_096 } as const;
/** So often does the event loop go round. */
const askedPerTurn = 256;
/** The first and the last message of a batch, with room. */
const aroundMax = 8;

/** Throws `KernelFailure`: the kernel refused, and nothing has changed; or what it has is not what it acknowledged. */
export function changeElements(changes: readonly ElementChange[]): Promise<RulesetStep> {
  const commands = elementCommands(changes);
  // Each message holds at least one element; a few go around them.
  const messagesMax = commands.reduce((sum, { elements }) => sum + elements.length, aroundMax);
  return withKeptSocket(messagesMax, async ({ socket, firstSequence }) => {
    const before = readRulesetGeneration(socket);
    if (commands.length === 0) return { before, after: before };
    const shapes = new Map(changes.map(({ set }) => [set.name, shapeOf(set)]));
    const batch = writeBatch(commands, { firstSequence, setInKernel: (name) => shapes.get(name) });
    const refusals = await sendBatch(socket, batch);
    if (refusals.length > 0) throw refusalOf(batch, refusals);
    const after = readRulesetGeneration(socket);
    noteWritten(commands, before, after);
    for (const change of changes) await verify(socket, change, shapes.get(change.set.name) ?? shapeOf(change.set));
    return { before, after };
  });
}

async function verify(socket: NetlinkSocket, change: ElementChange, shape: SetShape): Promise<void> {
  const wrong = await findWrong(socket, change, shape);
  if (wrong === undefined) return;
  const why = `set ${change.set.name} does not have element ${printElement(wrong)} as it was acknowledged`;
  throw new KernelFailure(`the kernel's table is not what was written: ${why}`, why);
}

async function findWrong(
  socket: NetlinkSocket,
  { set, remove, add }: ElementChange,
  shape: SetShape,
): Promise<NftElement | undefined> {
  const count = remove.length + add.length;
  const all = count > (set.interval === false ? askedMax.keys : askedMax.intervals);
  if (all) return await findWrongInAll(socket, set, remove, add);
  if (set.interval === false) return await findWrongKey(socket, set, remove, add);
  return findWrongInterval(socket, shape, remove, add);
}

async function findWrongKey(
  socket: NetlinkSocket,
  set: NftSet,
  remove: readonly NftElement[],
  add: readonly NftElement[],
): Promise<NftElement | undefined> {
  let asked = 0;
  for (const element of add) {
    const found = findElement(socket, set, element);
    if (found === undefined || found === "strange" || printElement(found) !== printElement(element)) return element;
    if (++asked % askedPerTurn === 0) await setImmediate();
  }
  const came = new Set(add.map(elementId));
  for (const element of remove) {
    if (!came.has(elementId(element)) && findElement(socket, set, element) !== undefined) return element;
    if (++asked % askedPerTurn === 0) await setImmediate();
  }
  return undefined;
}

function findWrongInterval(
  socket: NetlinkSocket,
  shape: SetShape,
  remove: readonly NftElement[],
  add: readonly NftElement[],
): NftElement | undefined {
  const missing = add.find((element) => !intervalStands(socket, shape, element));
  if (missing !== undefined) return missing;
  const begun = new Set(add.map(firstOf));
  return remove.find((element) => !begun.has(firstOf(element)) && intervalBeginsAt(socket, shape, element));
}

function firstOf({ key }: NftElement): number | bigint | undefined {
  const value = key === "rest" ? undefined : key[0];
  return value?.kind === "addresses" ? value.range.first : undefined;
}

async function findWrongInAll(
  socket: NetlinkSocket,
  set: NftSet,
  remove: readonly NftElement[],
  add: readonly NftElement[],
): Promise<NftElement | undefined> {
  const { elements } = await listElements(socket, set);
  const there = new Set(elements.map(elementId));
  return (
    add.find((element) => !there.has(elementId(element))) ?? remove.find((element) => there.has(elementId(element)))
  );
}
