// Sets of rows that need not be read again. The kernel takes seconds to list a set of a million elements; it numbers
// every state of all rules, so what was read at one number and not written by the one transaction that led to the next
// is what it was. Whoever else changes any rule changes the number, and then everything is read again.

import { readlinkSync } from "node:fs";
import { rowsOf } from "@merlon/compiler/nft/packed-set.ts";
import type { NftCommand, NftSet, NftTable } from "@merlon/compiler/nft/program.ts";

interface Known {
  /** The numbers of each network namespace are its own. */
  readonly namespace: string;
  readonly generation: number;
  readonly sets: ReadonlyMap<string, NftSet>;
}

let known: Known | undefined;

/** `head` is the set as the kernel describes it now, without elements. */
export function knownRows(head: NftSet, generation: number): NftSet | undefined {
  if (known?.generation !== generation || known.namespace !== namespace()) return undefined;
  const set = known.sets.get(head.name);
  const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);
  return set !== undefined && same([set.key, set.data, set.size], [head.key, head.data, head.size]) ? set : undefined;
}

/** A table that was read from beginning to end at one generation. */
export function noteRead(table: NftTable, generation: number): void {
  const sets = new Map(table.sets.flatMap((set) => (rowsOf(set) === undefined ? [] : [[set.name, set] as const])));
  known = { namespace: namespace(), generation, sets };
}

/** A transaction that was for one generation and led to the next: nothing else came between. */
export function noteWritten(commands: readonly NftCommand[], before: number, after: number): void {
  const next = (before + 1) >>> 0;
  if (known?.generation !== before || known.namespace !== namespace() || after !== next) return;
  const sets = new Map(known.sets);
  for (const command of commands) {
    if (command.kind === "delete-table") sets.clear();
    else if (command.kind === "add-set") sets.delete(command.set.name);
    else if (command.kind === "add-elements" || command.kind === "delete-elements") sets.delete(command.set);
    else if (command.kind === "delete-set" || command.kind === "flush-set") sets.delete(command.name);
  }
  known = { ...known, generation: after, sets };
}

function namespace(): string {
  return readlinkSync("/proc/thread-self/ns/net");
}
