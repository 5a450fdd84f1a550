// Interface ranges: what stands below `interfaces interface-range NAME` is inherited by each of its members. What stands at
// the interface itself wins, then the range that is written first. A member need not be configured otherwise.

import { fillFrom } from "./expand-groups.ts";
import { expandNames } from "./expand-names.ts";
import type { Report } from "./report.ts";
import { indexOf, isHolder, rootSchema } from "./schema-index.ts";
import type { Holder } from "./schema-index.ts";
import { sortChildren } from "./draft.ts";
import { childId } from "./tree.ts";
import type { ConfigNode, Inheritance } from "./tree.ts";

/** The members of one range. */
export const memberCountMax = 4096;

const membership = new Set(["member", "member-range"]);

/** The tree with its ranges spread over their members; the ranges themselves are gone. */
export function expandRanges(tree: ConfigNode, report: Report): ConfigNode {
  const interfaces = tree.children.get("interfaces");
  if (interfaces === undefined || interfaces.inactive) return tree;
  const ranges = [...interfaces.children.values()].filter(({ word }) => word === "interface-range");
  if (ranges.length === 0) return tree;
  const children = new Map([...interfaces.children].filter(([, child]) => child.word !== "interface-range"));
  for (const range of ranges) if (!range.inactive) spread(range, children, report);
  const expanded = { ...interfaces, children };
  const schema = holderBelow(rootSchema, "interfaces");
  if (schema !== undefined) sortChildren(expanded, schema);
  return { ...tree, children: new Map(tree.children).set("interfaces", expanded) };
}

function spread(range: ConfigNode, interfaces: Map<string, ConfigNode>, report: Report): void {
  const inherited: Inheritance = { from: "interface-range", name: range.keys[0] ?? "" };
  const content = { ...range, children: new Map([...range.children].filter(([, { word }]) => !membership.has(word))) };
  const top = holderBelow(rootSchema, "interfaces");
  const schema = top === undefined ? undefined : holderBelow(top, "interface");
  for (const name of membersOf(range, report)) {
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

/** The names of all members, each once, in the order written. */
function membersOf(range: ConfigNode, report: Report): ReadonlySet<string> {
  const names = new Set<string>();
  for (const child of range.children.values()) {
    if (child.inactive || !membership.has(child.word)) continue;
    const [first = ""] = child.keys;
    const end = child.children.get("to");
    const last = end === undefined || end.inactive ? first : (end.values[0] ?? first);
    const found = child.word === "member" ? expandNames(allPorts(first), memberCountMax) : namesBetween(first, last);
    if (found === undefined || names.size + found.length > memberCountMax) {
      const words = child.word === "member" ? first : `${first} to ${last}`;
      report.error("inherit.bad-range", child.span, `"${words}" names no interfaces of a range`, {
        path: ["interfaces", "interface-range", range.keys[0] ?? "", child.word, first],
        hint: `write member ge-0/0/[0-3], or member-range ge-0/0/0 to ge-0/0/3; at most ${memberCountMax} members`,
      });
      continue;
    }
    for (const name of found) names.add(name);
  }
  return names;
}

/** `*` stands for the numbers 0 to 47, whatever the device has, as on the original. */
function allPorts(pattern: string): string {
  return pattern.replaceAll("*", "[0-47]");
}

/** From `ge-0/0/0` to `ge-0/0/15`: only the last number differs. */
function namesBetween(first: string, last: string): readonly string[] | undefined {
  const [, head, low] = /^(.*?)(\d{1,5})$/.exec(first) ?? [];
  const [, otherHead, high] = /^(.*?)(\d{1,5})$/.exec(last) ?? [];
  if (head === undefined || head !== otherHead) return undefined;
  return expandNames(`${head}[${low}-${high}]`, memberCountMax);
}
