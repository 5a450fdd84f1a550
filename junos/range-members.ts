// The members of an interface range, as names. `member` takes numbers in brackets and `*`; `member-range` goes from one
// interface to another, over ports, and where the ends stand on different cards over all that lies between them.
// Source: the vendor's "Interface Ranges for Physical Interfaces": `*` is 0 to 47 whatever the card has, and a range from
// ge-0/0/0 to ge-4/0/20 takes every port of every PIC before its end. How many PICs it counts is not said there.

import { expandNames } from "./expand-names.ts";
import type { Report } from "./report.ts";
import type { ConfigNode } from "./tree.ts";

/** The members of one range. */
export const memberCountMax = 4096;
const portMax = 47;
/** Cards of the family have four places for PICs at most. */
const picMax = 3;

const membership = new Set(["member", "member-range"]);

/** Statements that say who the members are, and not what they inherit. */
export function isMembership({ word }: Pick<ConfigNode, "word">): boolean {
  return membership.has(word);
}

/** Each name once, in the order written. */
export function membersOf(range: ConfigNode, report: Report): ReadonlySet<string> {
  const names = new Set<string>();
  for (const child of range.children.values()) {
    if (child.inactive || !isMembership(child)) continue;
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

/** `*` stands for the numbers 0 to 47, whatever the device has. */
function allPorts(pattern: string): string {
  return pattern.replaceAll("*", `[0-${portMax}]`);
}

function namesBetween(first: string, last: string): readonly string[] | undefined {
  return portsBetween(first, last) ?? cardsBetween(first, last);
}

/** From `ge-0/0/0` to `ge-0/0/15`, or `eth0` to `eth3`: only the last number differs. */
function portsBetween(first: string, last: string): readonly string[] | undefined {
  const [, head, low] = /^(.*?)(\d{1,5})$/.exec(first) ?? [];
  const [, otherHead, high] = /^(.*?)(\d{1,5})$/.exec(last) ?? [];
  if (head === undefined || head !== otherHead) return undefined;
  return expandNames(`${head}[${low}-${high}]`, memberCountMax);
}

/** From `ge-0/0/40` to `ge-1/2/7`: the rest of the first PIC, whole PICs, and the beginning of the last one. */
function cardsBetween(first: string, last: string): readonly string[] | undefined {
  const [from, to] = [placeOf(first), placeOf(last)];
  if (from === undefined || to?.type !== from.type) return undefined;
  const [start, end] = [from.fpc * (picMax + 1) + from.pic, to.fpc * (picMax + 1) + to.pic];
  if (start >= end || (end - start) * portMax > 2 * memberCountMax) return undefined;
  const names: string[] = [];
  for (let place = start; place <= end; place++) {
    const portLast = place === end ? to.port : portMax;
    for (let port = place === start ? from.port : 0; port <= portLast; port++) {
      names.push(`${from.type}${Math.floor(place / (picMax + 1))}/${place % (picMax + 1)}/${port}`);
    }
  }
  return names;
}

interface Place {
  readonly type: string;
  readonly fpc: number;
  readonly pic: number;
  readonly port: number;
}

function placeOf(name: string): Place | undefined {
  const [, type, fpc, pic, port] = /^([a-z]{2,4}-)(\d{1,3})\/(\d{1,3})\/(\d{1,3})$/.exec(name) ?? [];
  if (type === undefined || Number(pic) > picMax || Number(port) > portMax) return undefined;
  return { type, fpc: Number(fpc), pic: Number(pic), port: Number(port) };
}
