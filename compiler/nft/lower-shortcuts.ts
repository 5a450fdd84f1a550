// Straight to the chain that a new session's packet ends up in, by its devices, its IP version and its protocol in one
// lookup. Without it a pair of zones whose policies stand in lookups asks for version and protocol once more: each lookup
// costs as much as five other instructions. What has no shortcut takes the way by the pair, so leaving one out changes
// nothing; there is none where all policies stand in lists, and none where the devices are very many.

import { icmpProtocol } from "@merlon/model/service-term.ts";
import { fixedSet } from "./fixed-set.ts";
import { familyNumber } from "./lower-context.ts";
import type { ContextPath } from "./lower-context.ts";
import type { NftElement, NftRule, NftSet } from "./program.ts";
import { number, rule } from "./statements.ts";
import { generationName } from "./table-names.ts";

/** Elements at most: they are written with every commit. */
const shortcutsMax = 16_384;

/** `pathsOf` knows the chains of a pair's chain; packets of a pair without any end up in that chain itself. */
export function lowerShortcuts(
  pairs: readonly NftElement[],
  pathsOf: ReadonlyMap<string, readonly ContextPath[]>,
  generation: number,
): { readonly sets: readonly NftSet[]; readonly rules: readonly NftRule[] } {
  const elements = pathsOf.size === 0 ? [] : pairs.flatMap((pair) => elementsOf(pair, pathsOf));
  if (elements.length === 0 || elements.length > shortcutsMax) return { sets: [], rules: [] };
  const map = generationName("shortcuts", generation);
  return {
    sets: [fixedSet(map, ["ifname", "ifname", "inet_proto", "inet_proto"], "verdict", elements)],
    rules: [rule({ kind: "instructions", list: [...keyLoads, { op: "vmap", map, from: 1 }] })],
  };
}

/** Names of devices fill four words. */
const keyLoads = [
  { op: "load", expression: { kind: "meta", key: "iifname" }, to: 1 },
  { op: "load", expression: { kind: "meta", key: "oifname" }, to: 5 },
  { op: "load", expression: { kind: "meta", key: "nfproto" }, to: 9 },
  { op: "load", expression: { kind: "meta", key: "l4proto" }, to: 10 },
] as const;

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
    const others = own.find(({ protocol }) => protocol === undefined)?.chain ?? data.chain;
    const chains = new Map([tcpProtocol, udpProtocol, icmpProtocol[family]].map((protocol) => [protocol, others]));
    for (const { protocol, chain } of own) if (protocol !== undefined) chains.set(protocol, chain);
    return [...chains].map(([protocol, chain]): NftElement => ({
      key: [...key, number(familyNumber[family]), number(protocol)],
      data: { kind: "goto", chain },
    }));
  });
}
