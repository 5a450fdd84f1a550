// The counters of all rules, by their ids: the same set as before wherever no id has come or gone, with the same elements
// for those that stay, since there may be a hundred thousand.

import { systemRuleIds } from "../ir.ts";
import type { Ir } from "../ir.ts";
import { screenIds } from "../screen/lower-screens.ts";
import type { NftElement, NftSet } from "./program.ts";
import { number } from "./statements.ts";
import { hitsSet } from "./table-names.ts";

/**
 * Marks that the set of counters has room for: a set that says how many is found and read faster, and one whose size
 * changes is made anew, with all counts at zero. So there are two sizes, far apart: 2 MB of the kernel's memory, and all
 * the ids there can be.
 */
const hitsSizeUsual = 2 ** 18;
const hitsSizeMax = 2 ** 24;

interface Hits {
  readonly ids: Uint32Array;
  readonly set: NftSet;
}

/** `before`: a configuration whose set may be kept; the result is the same without it. */
export function hitsOf(ir: Ir, before?: Pick<Ir, "contexts">): NftSet {
  const earlier = made.get(ir.contexts) ?? (before === undefined ? undefined : made.get(before.contexts));
  const ids = idsOf(ir);
  const hits = earlier !== undefined && sameIds(earlier.ids, ids) ? earlier : hitsFor(ids, earlier);
  made.set(ir.contexts, hits);
  return hits.set;
}

const made = new WeakMap<Ir["contexts"], Hits>();

function idsOf(ir: Ir): Uint32Array {
  const { modeDrop, ...always } = systemRuleIds;
  const ids: number[] = Object.values(always);
  if (ir.flow?.droppedFamilies !== undefined) ids.push(modeDrop);
  for (const { rules } of ir.contexts) for (const { id } of rules) ids.push(id);
  for (const { hostInbound } of ir.interfaces) if (hostInbound.ruleId !== undefined) ids.push(hostInbound.ruleId);
  ids.push(...screenIds(ir));
  return Uint32Array.from(ids);
}

function sameIds(before: Uint32Array, now: Uint32Array): boolean {
  return before.length === now.length && before.every((id, at) => id === now[at]);
}

function hitsFor(ids: Uint32Array, earlier: Hits | undefined): Hits {
  const known = new Map<number, NftElement>();
  for (const [at, id] of (earlier?.ids ?? []).entries()) {
    const element = earlier?.set.elements[at];
    if (element !== undefined) known.set(id, element);
  }
  const size = ids.length <= hitsSizeUsual / 2 ? hitsSizeUsual : hitsSizeMax;
  const elements = Array.from(ids, (id): NftElement => known.get(id) ?? { key: [number(id)] });
  return { ids, set: { name: hitsSet, key: ["mark"], interval: false, counter: true, size, elements } };
}
