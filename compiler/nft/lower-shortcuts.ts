// Straight to the chain that a new session's packet ends up in, by its devices, its IP version and its protocol in one
// lookup, or by its port, too, where the port has a chain of its own. Each lookup costs as much as five other instructions, and a device's number is loaded and compared faster than its
// name. What has no shortcut takes the way by the pair, so leaving one out changes nothing; there is none where all policies
// stand in lists, and none where the devices are very many. Packets of IPv6 whose pair is a list take the way by the pair,
// which asks first whose their source is.

import { icmpProtocol } from "@merlon/model/service-term.ts";
import { fixedSet } from "./fixed-set.ts";
import { familyNumber } from "./lower-context.ts";
import type { ContextPath } from "./lower-context.ts";
import type { NftElement, NftInstruction, NftLoad, NftRule, NftSet, NftType, NftValue } from "./program.ts";
import { portWord } from "./lowered-boxes.ts";
import { number, payload, rule } from "./statements.ts";
import { generationName } from "./table-names.ts";

/** Elements of a map at most: they are written with every commit. */
const shortcutsMax = 16_384;

/** `pathsOf` knows the chains of a pair's chain; packets of a pair without any end up in that chain itself. */
export function lowerShortcuts(
  pairs: readonly NftElement[],
  pathsOf: ReadonlyMap<string, readonly ContextPath[]>,
  generation: number,
  deviceNumbers: ReadonlyMap<string, number> = new Map(),
): Shortcuts {
  const numbered = deviceNumbers.size > 0;
  if (pathsOf.size === 0) return none;
  const known = numbered ? pairs.flatMap((pair) => numberedPair(pair, deviceNumbers)) : pairs;
  const parts = [...(numbered ? byNumber : byName), part("nfproto", "inet_proto"), part("l4proto", "inet_proto")];
  const ask = (word: string, key: readonly KeyPart[], elements: readonly NftElement[]): Shortcuts => {
    if (elements.length === 0 || elements.length > shortcutsMax) return none;
    const map = generationName(word, generation);
    const types = key.map(({ type }) => type);
    return {
      sets: [fixedSet(map, types, "verdict", elements)],
      rules: [rule({ kind: "instructions", list: [...loadsOf(key), { op: "vmap", map, from: 1 }] })],
    };
  };
  const all = ask(
    "shortcuts",
    parts,
    known.flatMap((pair) => elementsOf(pair, pathsOf)),
  );
  if (all === none) return none;
  // Where no port has a chain of its own, all of them are found without it.
  const isWorth = [...pathsOf.values()].some((paths) =>
    paths.some(({ chain, ports }) => ports.some((own) => own.chain !== chain)),
  );
  // Devices and ports multiply: they are counted before they are made.
  const portCount = known.reduce((sum, pair) => sum + portCountOf(pair, pathsOf), 0);
  const portElements = isWorth && portCount <= shortcutsMax ? known.flatMap((pair) => portsOf(pair, pathsOf)) : [];
  const ports = ask("port_shortcuts", [...parts, destinationPort], portElements);
  return { sets: [...all.sets, ...ports.sets], rules: [...ports.rules, ...all.rules] };
}

/** Rules that lead to chains, to be asked one after the other, and their maps. */
export interface Shortcuts {
  readonly sets: readonly NftSet[];
  readonly rules: readonly NftRule[];
}

const none: Shortcuts = { sets: [], rules: [] };

interface KeyPart {
  readonly load: NftLoad;
  readonly type: NftType;
}

function part(key: Extract<NftLoad, { kind: "meta" }>["key"], type: NftType): KeyPart {
  return { load: { kind: "meta", key }, type };
}

const byName: readonly KeyPart[] = [part("iifname", "ifname"), part("oifname", "ifname")];
const byNumber: readonly KeyPart[] = [part("iif", "mark"), part("oif", "mark")];
/** A packet without a port, such as a late fragment, ends the rule here. */
const destinationPort: KeyPart = { load: payload("th", "dport") as NftLoad, type: "word" };

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

/** The paths of a pair, and the chain that it leads to itself. */
function pathsOfPair(
  { key, data }: NftElement,
  pathsOf: ReadonlyMap<string, readonly ContextPath[]>,
):
  | { readonly devices: readonly NftValue[]; readonly chain: string; readonly paths: readonly ContextPath[] }
  | undefined {
  if (key === "rest" || data === undefined || !("kind" in data) || data.kind !== "goto") return undefined;
  return { devices: key, chain: data.chain, paths: pathsOf.get(data.chain) ?? [] };
}

function elementsOf(pair: NftElement, pathsOf: ReadonlyMap<string, readonly ContextPath[]>): readonly NftElement[] {
  const found = pathsOfPair(pair, pathsOf);
  if (found === undefined) return [];
  return ([4, 6] as const).flatMap((family) => {
    const own = found.paths.filter((path) => path.family === family);
    if (family === 6 && own.length === 0) return [];
    const others = own.find(({ protocol }) => protocol === undefined)?.chain ?? found.chain;
    const chains = new Map([tcpProtocol, udpProtocol, icmpProtocol[family]].map((protocol) => [protocol, others]));
    for (const { protocol, chain } of own) if (protocol !== undefined) chains.set(protocol, chain);
    return [...chains].map(([protocol, chain]): NftElement => ({
      key: [...found.devices, number(familyNumber[family]), number(protocol)],
      data: { kind: "goto", chain },
    }));
  });
}

function portCountOf(pair: NftElement, pathsOf: ReadonlyMap<string, readonly ContextPath[]>): number {
  return (pathsOfPair(pair, pathsOf)?.paths ?? []).reduce(
    (sum, { protocol, ports }) =>
      protocol === undefined ? sum : ports.reduce((own, { ports: numbers }) => own + numbers.length, sum),
    0,
  );
}

function portsOf(pair: NftElement, pathsOf: ReadonlyMap<string, readonly ContextPath[]>): readonly NftElement[] {
  const found = pathsOfPair(pair, pathsOf);
  return (found?.paths ?? []).flatMap(({ family, protocol, ports }) => {
    if (found === undefined || protocol === undefined) return [];
    const key = [...found.devices, number(familyNumber[family]), number(protocol)];
    return ports.flatMap(({ ports: numbers, chain }) =>
      numbers.map((port): NftElement => ({ key: [...key, portWord(port)], data: { kind: "goto", chain } })),
    );
  });
}
