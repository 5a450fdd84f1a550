// Straight to the chain that a new session's packet ends up in, by its devices, its IP version and its protocol in one
// lookup. Each lookup costs as much as five other instructions, and a device's number is loaded and compared faster than its
// name. What has no shortcut takes the way by the pair, so leaving one out changes nothing; there is none where all policies
// stand in lists, and none where the devices are very many. Packets of IPv6 whose pair is a list take the way by the pair,
// which asks first whose their source is.

import { icmpProtocol } from "@merlon/model/service-term.ts";
import { fixedSet } from "./fixed-set.ts";
import { familyNumber } from "./lower-context.ts";
import type { ContextPath } from "./lower-context.ts";
import type { NftElement, NftInstruction, NftLoad, NftRule, NftSet, NftType, NftValue } from "./program.ts";
import { number, rule } from "./statements.ts";
import { generationName } from "./table-names.ts";

/** Elements at most: they are written with every commit. */
const shortcutsMax = 16_384;

/** `pathsOf` knows the chains of a pair's chain; packets of a pair without any end up in that chain itself. */
export function lowerShortcuts(
  pairs: readonly NftElement[],
  pathsOf: ReadonlyMap<string, readonly ContextPath[]>,
  generation: number,
  deviceNumbers: ReadonlyMap<string, number> = new Map(),
): { readonly sets: readonly NftSet[]; readonly rules: readonly NftRule[] } {
  const numbered = deviceNumbers.size > 0;
  if (pathsOf.size === 0) return none;
  const known = numbered ? pairs.flatMap((pair) => numberedPair(pair, deviceNumbers)) : pairs;
  const elements = known.flatMap((pair) => elementsOf(pair, pathsOf));
  if (elements.length === 0 || elements.length > shortcutsMax) return none;
  const map = generationName("shortcuts", generation);
  const parts = [...(numbered ? byNumber : byName), part("nfproto", "inet_proto"), part("l4proto", "inet_proto")];
  const types = parts.map(({ type }) => type);
  return {
    sets: [fixedSet(map, types, "verdict", elements)],
    rules: [rule({ kind: "instructions", list: [...loadsOf(parts), { op: "vmap", map, from: 1 }] })],
  };
}

const none = { sets: [], rules: [] };

interface KeyPart {
  readonly load: NftLoad;
  readonly type: NftType;
}

function part(key: Extract<NftLoad, { kind: "meta" }>["key"], type: NftType): KeyPart {
  return { load: { kind: "meta", key }, type };
}

const byName: readonly KeyPart[] = [part("iifname", "ifname"), part("oifname", "ifname")];
const byNumber: readonly KeyPart[] = [part("iif", "mark"), part("oif", "mark")];

/** Names of devices fill four words. */
function loadsOf(parts: readonly KeyPart[]): readonly NftInstruction[] {
  let to = 1;
  return parts.map(({ load, type }): NftInstruction => {
    const at = to;
    to += type === "ifname" ? 4 : 1;
    return { op: "load", expression: load, to: at };
  });
}

/** None where one of the devices has no number. */
function numberedPair({ key, data }: NftElement, numbers: ReadonlyMap<string, number>): readonly NftElement[] {
  if (key === "rest" || data === undefined) return [];
  const found = key.flatMap((value): readonly NftValue[] => {
    const index = value.kind === "text" ? numbers.get(value.value) : undefined;
    return index === undefined ? [] : [number(index)];
  });
  return found.length === key.length ? [{ key: found, data }] : [];
}

const tcpProtocol = 6;
const udpProtocol = 17;

function elementsOf(
  { key, data }: NftElement,
  pathsOf: ReadonlyMap<string, readonly ContextPath[]>,
): readonly NftElement[] {
  if (key === "rest" || data === undefined || !("kind" in data) || data.kind !== "goto") return [];
  const paths = pathsOf.get(data.chain) ?? [];
  return ([4, 6] as const).flatMap((family) => {
    const own = paths.filter((path) => path.family === family);
    if (family === 6 && own.length === 0) return [];
    const others = own.find(({ protocol }) => protocol === undefined)?.chain ?? data.chain;
    const chains = new Map([tcpProtocol, udpProtocol, icmpProtocol[family]].map((protocol) => [protocol, others]));
    for (const { protocol, chain } of own) if (protocol !== undefined) chains.set(protocol, chain);
    return [...chains].map(([protocol, chain]): NftElement => ({
      key: [...key, number(familyNumber[family]), number(protocol)],
      data: { kind: "goto", chain },
    }));
  });
}
