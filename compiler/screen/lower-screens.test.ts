// The shape of what screens become: base chains only where they are needed, meters that outlive a commit, and a table that is
// the same after it was read back.

import { expect, test } from "vitest";
import { applyCommands } from "../nft/apply-commands.ts";
import { diffTables } from "../nft/canonical-table.ts";
import { lowerTable } from "../nft/lower.ts";
import { planCommit } from "../nft/plan-commit.ts";
import type { NftElement, NftValue } from "../nft/program.ts";
import { compileText } from "../testing/compile-text.ts";
import { DynamicState } from "../testing/run-dynamic-set.ts";
import { runTable } from "../testing/run-table.ts";
import type { WirePacket } from "../testing/run-table.ts";

const zones = `
set security zones security-zone in screen s
set security zones security-zone in interfaces eth1
set security zones security-zone out interfaces eth2
`;

function irOf(...words: readonly string[]) {
  return compileText(zones + words.map((line) => `set security screen ids-option s ${line}\n`).join("")).ir;
}

test.each<[words: string, chains: readonly string[]]>([
  ["description d", []],
  ["ip tear-drop", ["screen_fragment"]],
  ["tcp land", ["screen_packet"]],
  ["ip block-frag", ["screen_fragment"]],
  ["tcp port-scan", ["screen_session"]],
  ["ip ipv6-extension-header fragment-header", ["screen_fragment", "screen_packet"]],
  ["limit-session by-source packet-rate 5", ["screen_packet"]],
])("%s needs the base chains %j", (words, chains) => {
  const hooked = lowerTable(irOf(words), 1).chains.filter(
    ({ name, hook }) => hook !== undefined && name.startsWith("screen"),
  );
  expect(hooked.map(({ name }) => name)).toEqual(chains);
});

test("a commit leaves meters alone whose numbers it leaves alone, and sweeps the others", () => {
  const before = applyCommands(
    undefined,
    planCommit(undefined, lowerTable(irOf("udp flood threshold 9", "icmp flood"), 1)).install,
  );
  const desired = lowerTable(irOf("udp flood threshold 10", "icmp flood"), 2);
  const { install, sweep } = planCommit(before, desired);
  const touched = [...install, ...sweep].flatMap((command) => {
    const name =
      "set" in command
        ? typeof command.set === "string"
          ? command.set
          : command.set.name
        : "name" in command
          ? command.name
          : "";
    return name.startsWith("meter_") ? [`${command.kind} ${name}`] : [];
  });
  expect(touched).toEqual([
    "add-set meter_udp-flood_v4_in_10_2000",
    "add-set meter_udp-flood_v6_in_10_2000",
    "delete-set meter_udp-flood_v4_in_9_2000",
    "delete-set meter_udp-flood_v6_in_9_2000",
  ]);
  const after = applyCommands(applyCommands(before, install), sweep);
  expect(after === undefined ? "nothing" : diffTables(after, desired)).toEqual([]);
});

test("names of zones that look like names of chains do not meet", () => {
  const text = ["6", "v4_6", "6_untrust", "a/b", "a_b"]
    .filter((zone) => /^[A-Za-z0-9._-]+$/.test(zone))
    .map(
      (zone, at) =>
        `set security zones security-zone ${zone} screen s\nset security zones security-zone ${zone} interfaces eth${at}\n`,
    )
    .join("");
  const table = lowerTable(
    compileText(`${text}set security screen ids-option s tcp land\nset security screen ids-option s udp flood\n`).ir,
    1,
  );
  const names = [...table.chains, ...table.sets].map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
});

const packet: WirePacket = {
  source: { family: 4, value: 0x0a00_0001 },
  destination: { family: 4, value: 0x0a00_0002 },
  protocol: 6,
  sourcePort: 4_000,
  destinationPort: 80,
  iifname: "eth1",
  oifname: "eth2",
  state: "untracked",
  ctMark: 0,
  bytes: Uint8Array.from(
    Buffer.from(`4500002800010000400600000a0000010a0000020fa00050${"00".repeat(9)}02${"00".repeat(6)}`, "hex"),
  ),
};

test("checks of sessions ask what begins one, and no later packet of one that has no answer yet", () => {
  const table = lowerTable(irOf("limit-session source-ip-based 2"), 1);
  const dynamic = new DynamicState(() => 0);
  const verdictOf = (more: Partial<WirePacket>) =>
    runTable(table, "screen_session", { ...packet, state: "new", ...more }, dynamic).verdict;
  const asked = [{}, {}, {}].map(verdictOf);
  expect(asked).toEqual(["accept", "accept", "drop"]);
  expect(verdictOf({ confirmed: true })).toBe("accept");
  expect(verdictOf({ state: "established" })).toBe("accept");
});

test("with cookies, what belongs to no session is TCP for the proxy, and to the gateway itself it ends", () => {
  const table = lowerTable(irOf("tcp syn-flood"), 1);
  expect(table.chains.find(({ name }) => name === "screen_cookies")).toBeDefined();
  for (const hook of ["forward", "input"] as const) expect(runTable(table, hook, packet).verdict).toBe("drop");
  // Without a remembered client the gateway's own sessions go their way.
  expect(runTable(table, "output", { ...packet, state: "new" }).verdict).toBe("accept");
  expect(runTable(table, "screen_packet", { ...packet, state: "new" }).verdict).toBe("accept");
});

test("nothing of cookies is there while nobody asks for them", () => {
  for (const words of [["tcp land"], ["tcp syn-flood", "alarm-without-drop"]]) {
    expect(lowerTable(irOf(...words), 1).chains.some(({ name }) => name === "screen_cookies")).toBe(false);
  }
});

test("a session that a cookie opened has its source translated like any other of its zone", () => {
  const nat = `
set security nat source rule-set n from zone in
set security nat source rule-set n to zone out
set security nat source rule-set n rule r match source-address 0.0.0.0/0
set security nat source rule-set n rule r then source-nat interface
`;
  const { ir } = compileText(`${zones}set security screen ids-option s tcp syn-flood\n${nat}`);
  const table = lowerTable(ir, 1);
  const { iifname: _, ...own } = { ...packet, state: "new" as const };
  const sent = { ...own, iifname: "" };
  expect(runTable(table, "nat postrouting", sent).translated).toBeUndefined();
  const [source, destination] = [packet.source, packet.destination].map((address): NftValue => {
    return { kind: "addresses", range: { family: 4, first: Number(address.value), last: Number(address.value) } };
  });
  if (source === undefined || destination === undefined) throw new Error("a packet has two ends");
  const remembered: NftElement = {
    key: [source, { kind: "number", value: 4_000 }, destination, { kind: "number", value: 80 }],
    data: [
      { kind: "number", value: 0 },
      { kind: "text", value: "eth1" },
    ],
  };
  const sets = table.sets.map((set) => (set.name === "screen_cookies_v4" ? { ...set, elements: [remembered] } : set));
  expect(runTable({ ...table, sets }, "nat postrouting", sent).translated).toMatchObject({ side: "interface" });
});

const wired = `
set interfaces eth3 unit 0 family ethernet-switching
set interfaces eth4 unit 0 family ethernet-switching
set security forwarding-options secure-wire w interface [ eth3.0 eth4.0 ]
set security zones security-zone in interfaces eth3
set security zones security-zone out interfaces eth4
`;

test("on a secure wire the mark of the port leads to the screen, and a source is not asked for its route", () => {
  const lines = ["tcp land", "ip spoofing", "tcp syn-flood"].map(
    (line) => `set security screen ids-option s ${line}\n`,
  );
  const { ir, diagnostics } = compileText(zones + wired + lines.join(""));
  const table = lowerTable(ir, 1);
  const [entered, other] = ir.network.wires?.[0]?.ports ?? [];
  const land = { ...packet, iifname: "wire-w", oifname: "wire-w", bytes: landing(), routeBack: "" };
  const through = (metaMark: number, bytes: Uint8Array | undefined) =>
    runTable(table, "screen_packet", { ...land, metaMark, ...(bytes === undefined ? {} : { bytes }) }).verdict;
  expect(through(entered?.mark ?? 0, undefined)).toBe("drop");
  expect(through(other?.mark ?? 0, undefined)).toBe("accept");
  expect(through(entered?.mark ?? 0, packet.bytes)).toBe("accept");
  expect(runTable(table, "screen_packet", { ...packet, routeBack: "eth2" }).verdict).toBe("drop");
  expect(table.chains.some(({ name }) => name === "screen_cookies")).toBe(false);
  expect(diagnostics.map(({ message }) => message)).toEqual([
    "screen s in zone in: ip spoofing is not checked on secure wires, where nothing is routed",
    "screen s in zone in: what is above the attack threshold is dropped and not answered with SYN cookies: the zone has ports of secure wires",
  ]);
});

/** The packet with its source as the destination, too. */
function landing(): Uint8Array {
  const bytes = Uint8Array.from(packet.bytes ?? []);
  bytes.copyWithin(16, 12, 16);
  return bytes;
}

test("the way back to a source must lead into the zone", () => {
  const table = lowerTable(irOf("ip spoofing"), 1);
  const through = (routeBack: string) => runTable(table, "screen_packet", { ...packet, routeBack }).verdict;
  expect([through("eth1"), through("eth2"), through("")]).toEqual(["accept", "drop", "drop"]);
});
