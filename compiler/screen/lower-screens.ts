// Screens as chains in front of everything else. Three base chains stand where packets enter, and only while a screen needs
// them: one sees fragments before the kernel puts them together, one whole packets before they belong to a session, one
// those that begin a session, with the addresses that their senders wrote. In each the device and the IP version lead to the
// chain of the zone, that one by the protocol to the checks of the protocol. On a secure wire the device is the bridge, and
// the packet mark says by which port it was entered (nft/lower-wires.ts).
// Order of hooks: linux/netfilter_ipv4.h (reassembly -400, raw -300, connection tracking -200, mangle -150, dnat -100).

import type { Ir } from "../ir.ts";
import { chainNamer } from "../nft/chain-names.ts";
import { fixedSet } from "../nft/fixed-set.ts";
import type { NftChain, NftElement, NftRule, NftSet } from "../nft/program.ts";
import { iifname, inState, l4proto, nfproto, number, rule, text } from "../nft/statements.ts";
import { generationName } from "../nft/table-names.ts";
import { lowerExtensionLimit, lowerExtensionOption, lowerExtensions, lowerTunnels } from "./lower-extension-checks.ts";
import { isNoFragment, lowerBlockFragment, lowerHeaderChecks } from "./lower-header-checks.ts";
import { lowerFlood, lowerLimit, lowerSweep, lowerSynFlood } from "./lower-rate-checks.ts";
import { instructions, load } from "./packet-tests.ts";
import { places } from "./piece.ts";
import type { Piece, Place } from "./piece.ts";
import type { IrScreen, ScreenCheck } from "./screen.ts";
import { ZoneObjects, families } from "./zone-objects.ts";
import type { Entrances, Family } from "./zone-objects.ts";

export interface LoweredScreens {
  readonly sets: readonly NftSet[];
  readonly chains: readonly NftChain[];
  /**
   * Whether SYNs come untracked, to be answered with cookies: where they would be forwarded, or also where their destination
   * would be translated.
   */
  readonly cookies: CookieWay;
}

export type CookieWay = "off" | "plain" | "translated";

const priorities = { fragment: -450, packet: -300, session: -190 } as const satisfies Readonly<Record<Place, number>>;

/** NFPROTO_IPV4 and NFPROTO_IPV6 (linux/netfilter.h). */
const versionNumber = { 4: 2, 6: 10 } as const;

export function lowerScreens(ir: Ir, generation: number): LoweredScreens {
  const { screens = [] } = ir;
  const nameUnique = chainNamer();
  const entries: Record<Place, Entries> = { fragment: noEntries(), packet: noEntries(), session: noEntries() };
  const sets: NftSet[] = [];
  const chains: NftChain[] = [];
  for (const screen of screens) {
    const entrances = entrancesOf(screen, ir);
    if (entrances.devices.length + entrances.ports.length === 0) continue;
    const zone = new ZoneObjects(screen, nameUnique, entrances, generation);
    const pieces = lowerChecks(screen, zone);
    for (const place of places) {
      for (const family of families) {
        const chain = addPath(place, family, pieces, zone);
        if (chain !== undefined) addEntries(entries[place], entrances, family, chain);
      }
    }
    sets.push(...zone.sets);
    chains.push(...zone.chains);
  }
  for (const place of places) {
    const lowered = lowerPlace(place, entries[place], ir, generation);
    sets.push(...lowered.sets);
    chains.push(...lowered.chains);
  }
  return { sets, chains, cookies: cookieWay(ir) };
}

function cookieWay({ screens = [], nat }: Ir): CookieWay {
  if (!screens.some(({ checks, drops }) => drops && checks.some(usesCookies))) return "off";
  const translating = [...(nat?.static ?? []), ...(nat?.destination ?? [])].some(({ rules }) => rules.length > 0);
  return translating ? "translated" : "plain";
}

/** What leads to the chain of a zone: devices, and marks of the ports of wires. */
interface Entries {
  readonly devices: NftElement[];
  readonly ports: NftElement[];
}

function noEntries(): Entries {
  return { devices: [], ports: [] };
}

function entrancesOf({ zone }: IrScreen, { interfaces, network: { wires = [] } }: Ir): Entrances {
  const own = interfaces.filter((entry) => entry.zone === zone);
  const markOf = new Map(wires.flatMap(({ ports }) => ports.map((port) => [port.interface, port.mark] as const)));
  return {
    devices: own.filter(({ name }) => !markOf.has(name)).map(({ device }) => device),
    ports: own.flatMap(({ name }) => markOf.get(name) ?? []),
  };
}

function addEntries(entries: Entries, { devices, ports }: Entrances, family: Family, chain: string): void {
  const version = number(versionNumber[family]);
  const data = { kind: "goto", chain } as const;
  entries.devices.push(...devices.map((device): NftElement => ({ key: [text(device), version], data })));
  entries.ports.push(...ports.map((mark): NftElement => ({ key: [number(mark), version], data })));
}

function lowerPlace(place: Place, { devices, ports }: Entries, { network }: Ir, generation: number) {
  const sets: NftSet[] = [];
  const chains: NftChain[] = [];
  const bridges: NftElement[] = [];
  if (ports.length > 0) {
    const map = generationName(`screen_${place}_ports`, generation);
    sets.push(fixedSet(map, ["mark", "inet_proto"], "verdict", ports));
    const chain = generationName(`screen_${place}_wires`, generation);
    chains.push({ name: chain, rules: [rule({ kind: "vmap", key: [{ kind: "meta", key: "mark" }, nfproto], map })] });
    for (const { device } of network.wires ?? []) {
      for (const family of families) {
        bridges.push({ key: [text(device), number(versionNumber[family])], data: { kind: "goto", chain } });
      }
    }
  }
  if (devices.length + bridges.length > 0) {
    const map = generationName(`screen_${place}s`, generation);
    sets.push(fixedSet(map, ["ifname", "inet_proto"], "verdict", [...devices, ...bridges]));
    chains.push(baseChain(place, map));
  }
  return { sets, chains };
}

function usesCookies(check: ScreenCheck): boolean {
  return check.kind === "syn-flood" && check.cookies;
}

function baseChain(place: Place, map: string): NftChain {
  const look = { kind: "vmap", key: [iifname, nfproto], map } as const;
  return {
    name: `screen_${place}`,
    hook: { type: "filter", hook: "prerouting", priority: priorities[place], policy: "accept" },
    rules: [place === "session" ? rule(inState("new"), beginsSession, look) : rule(look)],
  };
}

/** IPS_CONFIRMED: the session stands in the kernel's table. A session without an answer is new with every packet. */
const confirmed = 1 << 3;
const beginsSession = instructions(
  load({ kind: "ct", key: "status" }, 1),
  { op: "mask", from: 1, to: 1, mask: confirmed },
  { op: "compare", from: 1, operator: "==", value: 0 },
);

function lowerChecks({ checks }: IrScreen, zone: ZoneObjects): readonly Piece[] {
  const headers = new Set(checks.flatMap((check) => (check.kind === "header" ? [check.attack] : [])));
  return [...lowerHeaderChecks(headers, zone), ...checks.flatMap((check) => lowerCheck(check, zone))];
}

function lowerCheck(check: ScreenCheck, zone: ZoneObjects): readonly Piece[] {
  switch (check.kind) {
    case "header":
      return [];
    case "extension":
      return lowerExtensions(check, zone);
    case "extension-option":
      return lowerExtensionOption(check, zone);
    case "extension-limit":
      return lowerExtensionLimit(check, zone);
    case "tunnel":
      return lowerTunnels(check, zone);
    case "block-fragment":
      return lowerBlockFragment(check, zone);
    case "flood":
      return lowerFlood(check, zone);
    case "syn-flood":
      return lowerSynFlood(check, zone);
    case "sweep":
      return lowerSweep(check, zone);
    case "limit":
      return lowerLimit(check, zone);
  }
}

/** The chain for the packets of one version in one place: first what is asked of all, then what is asked of a protocol. */
function addPath(place: Place, family: Family, pieces: readonly Piece[], zone: ZoneObjects): string | undefined {
  const own = pieces.filter((piece) => piece.place === place && piece.family === family && piece.rules.length > 0);
  if (own.length === 0) return undefined;
  const words = `${place}_v${family}`;
  const ofProtocol = new Map<number, NftRule[]>();
  const rules: NftRule[] = [];
  if (place === "fragment") rules.push(rule(instructions(...isNoFragment(family)), returning));
  for (const piece of own) {
    if (piece.protocol === undefined) rules.push(...piece.rules);
    else ofProtocol.set(piece.protocol, [...(ofProtocol.get(piece.protocol) ?? []), ...piece.rules]);
  }
  const elements = [...ofProtocol].map(([protocol, protocolRules]): NftElement => {
    const chain = zone.addChain(`${words}_${protocol}`, protocolRules);
    return { key: [number(protocol)], data: { kind: "goto", chain } };
  });
  const [only] = elements;
  if (elements.length === 1 && only?.data !== undefined && "kind" in only.data) {
    const [protocol] = ofProtocol.keys();
    const verdict = { kind: "verdict", verdict: only.data } as const;
    rules.push(
      rule(
        { kind: "match", left: l4proto, negated: false, right: { kind: "value", value: number(protocol ?? 0) } },
        verdict,
      ),
    );
  } else if (elements.length > 1) {
    const map = zone.addSet(`${words}_protocols`, ["inet_proto"], elements, "verdict");
    rules.push(rule({ kind: "vmap", key: [l4proto], map }));
  }
  return zone.addChain(words, rules);
}

const returning = { kind: "verdict", verdict: { kind: "return" } } as const;

/** Attacks are told by these numbers in the set of counters. */
export function screenIds({ screens = [] }: Pick<Ir, "screens">): readonly number[] {
  return screens.flatMap(({ ids }) => [...ids.values()]);
}
