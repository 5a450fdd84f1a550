// Interface ranges: what stands below `interfaces interface-range NAME` is inherited by each of its members. What stands at
// the interface itself wins, then the range that is written first. A member need not be configured otherwise. In lists of
// interfaces elsewhere (a zone's, a VLAN's, a protocol's) the name of a range stands for its members.

import { fillFrom } from "./expand-groups.ts";
import { expandRangeNames } from "./expand-range-names.ts";
import { isMembership, membersOf } from "./range-members.ts";
import type { Report } from "./report.ts";
import { indexOf, isHolder, rootSchema } from "./schema-index.ts";
import type { Holder } from "./schema-index.ts";
import { sortChildren } from "./draft.ts";
import { childId } from "./tree.ts";
import type { ConfigNode, Inheritance } from "./tree.ts";

/** The tree with its ranges spread over their members; the ranges themselves are gone. */
export function expandRanges(tree: ConfigNode, report: Report): ConfigNode {
  const interfaces = tree.children.get("interfaces");
  if (interfaces === undefined || interfaces.inactive) return tree;
  const ranges = [...interfaces.children.values()].filter(({ word }) => word === "interface-range");
  if (ranges.length === 0) return tree;
  const children = new Map([...interfaces.children].filter(([, child]) => child.word !== "interface-range"));
  const members = new Map<string, ReadonlySet<string>>();
  for (const range of ranges) {
    if (range.inactive) continue;
    const names = membersOf(range, report);
    members.set(range.keys[0] ?? "", names);
    spread(range, names, children, report);
  }
  const expanded = { ...interfaces, children };
  const schema = holderBelow(rootSchema, "interfaces");
  if (schema !== undefined) sortChildren(expanded, schema);
  const others = expandRangeNames(tree, members, report);
  return { ...others, children: new Map(others.children).set("interfaces", expanded) };
}

function spread(
  range: ConfigNode,
  names: ReadonlySet<string>,
  interfaces: Map<string, ConfigNode>,
  report: Report,
): void {
  const inherited: Inheritance = { from: "interface-range", name: range.keys[0] ?? "" };
  const content = { ...range, children: new Map([...range.children].filter(([, child]) => !isMembership(child))) };
  const top = holderBelow(rootSchema, "interfaces");
  const schema = top === undefined ? undefined : holderBelow(top, "interface");
  for (const name of names) {
    const id = childId("interface", [name]);
    const present = interfaces.get(id);
    const entry: ConfigNode =
      present !== undefined && !present.inactive
        ? present
        : { ...content, word: "interface", keys: [name], children: new Map(), inherited };
    interfaces.set(id, fillFrom(entry, schema, content, inherited, report));
  }
}

function holderBelow(schema: Holder, word: string): Holder | undefined {
  const child = indexOf(schema).byWord.get(word);
  return child !== undefined && isHolder(child) ? child : undefined;
}
