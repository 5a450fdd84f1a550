// What secure wires add to the table. The frames of a wire come by way of br_netfilter: to `inet` chains both devices are
// the bridge, and the packet mark says by which port they entered (gateway/kernel/wire-table.ts writes it). So the pair of
// zones is found by that mark; a packet without it meets no policy and is refused.

import { systemRuleIds } from "../ir.ts";
import type { Ir, IrWire, IrWirePort } from "../ir.ts";
import { fixedSet } from "./fixed-set.ts";
import type { NftChain, NftElement, NftRule, NftSet } from "./program.ts";
import { accept, equals, goTo, iifname, inState, l4proto, number, rule, setMark, text } from "./statements.ts";
import { actionChains, generationName, wiresChain } from "./table-names.ts";

/** One way through a wire. */
export interface WireWay {
  readonly from: IrWirePort;
  readonly fromZone: string;
  readonly toZone: string;
}

/** The ways whose two ports both stand in a zone; what takes another is refused. */
export function wireWays(ir: Ir): readonly WireWay[] {
  const zoneOf = new Map(ir.interfaces.map(({ name, zone }) => [name, zone]));
  return (ir.network.wires ?? []).flatMap(({ ports: [a, b] }) => {
    const [aZone, bZone] = [zoneOf.get(a.interface), zoneOf.get(b.interface)];
    if (aZone === undefined || bZone === undefined) return [];
    return [
      { from: a, fromZone: aZone, toZone: bZone },
      { from: b, fromZone: bZone, toZone: aZone },
    ];
  });
}

/** `chainOf` names the chain of a pair of zones. */
export function lowerWires(
  wires: readonly IrWire[],
  ways: readonly { readonly way: WireWay; readonly chain: string }[],
  generation: number,
): { readonly pairs: readonly NftElement[]; readonly sets: readonly NftSet[]; readonly chains: readonly NftChain[] } {
  if (wires.length === 0) return { pairs: [], sets: [], chains: [] };
  const chain = generationName("wires", generation);
  const map = generationName("wire_ports", generation);
  const elements = ways.map(({ way, chain: target }): NftElement => ({
    key: [number(way.from.mark)],
    data: { kind: "goto", chain: target },
  }));
  return {
    pairs: wires.map(({ device }) => ({ key: [text(device), text(device)], data: { kind: "goto", chain } })),
    sets: [fixedSet(map, ["mark"], "verdict", elements)],
    chains: [
      {
        name: chain,
        rules: [
          rule({ kind: "vmap", key: [{ kind: "meta", key: "mark" }], map }),
          rule(setMark(systemRuleIds.noZone), goTo(actionChains.denyAndLog)),
        ],
      },
    ],
  };
}

const icmpv6Protocol = 58;
/** Before connection tracking (-200) and before screens (-300). */
const zonePriority = -310;
const scratch = 1;

/** Each wire tracks its connections by itself: what crosses two of them, or one and a route, is two sessions. */
export function wireBaseChains(wires: readonly IrWire[], generation: number): readonly NftChain[] {
  if (wires.length === 0) return [];
  const target = generationName("wire_zones", generation);
  return [
    {
      name: wiresChain,
      hook: { type: "filter", hook: "prerouting", priority: zonePriority, policy: "accept" },
      rules: [rule({ kind: "vmap", key: [iifname], map: target })],
    },
  ];
}

export function wireZones(
  wires: readonly IrWire[],
  generation: number,
): { readonly sets: readonly NftSet[]; readonly chains: readonly NftChain[] } {
  if (wires.length === 0) return { sets: [], chains: [] };
  const chains = wires.map(({ connectionZone }): NftChain => {
    const list = [
      { op: "immediate", value: connectionZone, to: scratch },
      { op: "store", target: "ct zone", from: scratch },
    ] as const;
    return {
      name: generationName(`wire_zone_${connectionZone}`, generation),
      rules: [rule({ kind: "instructions", list })],
    };
  });
  const elements = wires.map(({ device }, at): NftElement => ({
    key: [text(device)],
    data: { kind: "goto", chain: chains[at]?.name ?? "" },
  }));
  return { sets: [fixedSet(generationName("wire_zones", generation), ["ifname"], "verdict", elements)], chains };
}

/**
 * Neighbour discovery and multicast reports are untracked (nf_conntrack_proto_icmpv6.c) and belong to the wire, as the
 * frames of ARP do.
 */
export function wireNeighbours(wires: readonly IrWire[]): readonly NftRule[] {
  return wires.map(({ device }) =>
    rule(equals(iifname, text(device)), equals(l4proto, number(icmpv6Protocol)), inState("untracked"), accept),
  );
}
