// Clients that have brought a cookie back. The kernel opens their session to the server by a SYN that it sends from the
// gateway, which came in by no device: so the device of the client's acknowledgement is remembered by addresses and ports for
// a moment, and what policies and translation ask about the SYN is asked as if it came in there. Addresses and ports are
// those of the connection's first direction, which stay when its destination is translated.

import { systemRuleIds } from "../ir.ts";
import type { OriginalField } from "../nft/packet-check.ts";
import type { NftChain, NftRule, NftSet, NftStatement } from "../nft/program.ts";
import { equals, goTo, inState, l4proto, nfproto, number, rule, setMark, text } from "../nft/statements.ts";
import { actionChains } from "../nft/table-names.ts";
import { addressWords, compare, instructions, load, loadAddress, tcpFlags } from "./packet-tests.ts";
import type { Test } from "./packet-tests.ts";
import { addressType, families, meterSize } from "./zone-objects.ts";
import type { Family } from "./zone-objects.ts";

const tcpProtocol = 6;
/** The server's SYN follows within the same turn of the kernel. */
const rememberedMs = 100;

/**
 * Words of registers. What a map writes begins with a word that nobody reads: nft 1.0.6 aborts where the first word of a
 * map's data begins a key of two fields; of a later word it knows nothing.
 */
const key = 1;
const found = 7;
const device = found + 1;
const leaving = device + 4;

const sourcePort = { kind: "payload", protocol: "th", field: "sport" } as const;
const destinationPort = { kind: "payload", protocol: "th", field: "dport" } as const;

export const isTcp = equals(l4proto, number(tcpProtocol));

export function isVersion(family: Family): NftStatement {
  return equals(nfproto, text(family === 4 ? "ipv4" : "ipv6"));
}

function rememberedName(family: Family): string {
  return `screen_cookies_v${family}`;
}

export function rememberedSet(family: Family): NftSet {
  const address = addressType[family];
  return {
    name: rememberedName(family),
    key: [address, "inet_service", address, "inet_service"],
    data: ["word", "ifname"],
    interval: false,
    counter: false,
    size: meterSize,
    dynamic: { timeoutMs: rememberedMs },
    elements: [],
  };
}

/** An acknowledgement alone, which belongs to no connection; the device stands behind both ends. */
export function remember(family: Family): NftStatement {
  const size = addressWords[family];
  const data = key + 2 + 2 * size;
  return instructions(
    ...compare(tcpFlags, "==", 0x10, 0x17),
    loadAddress(family, "source", key),
    load(sourcePort, key + size),
    loadAddress(family, "destination", key + 1 + size),
    load(destinationPort, key + 1 + 2 * size),
    { op: "immediate", value: 0, to: data },
    load({ kind: "meta", key: "iifname" }, data + 1),
    { op: "meter", set: rememberedName(family), from: key, refresh: true, data },
  );
}

function loadOriginal(family: Family): Test {
  const size = addressWords[family];
  const ip = family === 4 ? "ip" : "ip6";
  const fields = [`${ip} saddr`, "sport", `${ip} daddr`, "dport"] as const satisfies readonly OriginalField[];
  const places = [key, key + size, key + 1 + size, key + 1 + 2 * size];
  return fields.map((field, at) => load({ kind: "original", field }, places[at] ?? key));
}

function findClient(family: Family): Test {
  // Linux 6.1 looks nothing up in a map without a place for what it finds (nft_lookup_init).
  return [...loadOriginal(family), { op: "lookup", set: rememberedName(family), from: key, to: found }];
}

/** What the gateway sends for a client, to which the end of the rule happens. */
export function ofClient(family: Family, end: NftStatement): NftRule {
  return rule(inState("new"), isTcp, isVersion(family), instructions(...findClient(family)), end);
}

/**
 * What the gateway sends for a client goes the way in `map`, which leads on from the device that it came in by, or from
 * that one and the one that it leaves by.
 */
export function wayOfClient(family: Family, map: string, by: "device" | "devices"): NftRule {
  const test: Test = by === "devices" ? [load({ kind: "meta", key: "oifname" }, leaving)] : [];
  const list = instructions(...findClient(family), ...test, { op: "vmap", map, from: device });
  return rule(inState("new"), isTcp, isVersion(family), list);
}

/** Where policies are asked about a client's session: `pairs` leads to those of two devices, and without one it ends. */
export function clientChain(family: Family, pairs: string): NftChain {
  return {
    name: clientChainName(family),
    rules: [wayOfClient(family, pairs, "devices"), rule(setMark(systemRuleIds.noZone), goTo(actionChains.denyAndLog))],
  };
}

/** The same for a family that is not forwarded: a session that the gateway opens for a client is one in transit. */
export function droppedClientChain(family: Family): NftChain {
  return {
    name: clientChainName(family),
    rules: [rule(setMark(systemRuleIds.modeDrop), goTo(actionChains.denyAndLog))],
  };
}

function clientChainName(family: Family): string {
  return `screen_client_v${family}`;
}

/** To those chains. */
export function clientRules(): readonly NftRule[] {
  return families.map((family) => ofClient(family, goTo(clientChainName(family))));
}
