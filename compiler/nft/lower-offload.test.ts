// The fast path: which sessions go there, what stands in the table for it, and how a commit turns it on and off.

import { describe, expect, test } from "vitest";
import { parseIp } from "@merlon/model/ip/address.ts";
import { withFastDevices } from "../flow-options/fast-devices.ts";
import type { Ir } from "../ir.ts";
import { compileText, policyLines, zoneLines } from "../testing/compile-text.ts";
import { runTable } from "../testing/run-table.ts";
import type { WirePacket } from "../testing/run-table.ts";
import { applyCommands } from "./apply-commands.ts";
import { diffTables, sameTable } from "./canonical-table.ts";
import { lowerTable } from "./lower.ts";
import { planCommit } from "./plan-commit.ts";
import { whileRevoking } from "./stable-chains.ts";
import { printCommand, printTable } from "./print.ts";
import type { NftTable } from "./program.ts";

const both = new Set(["eth-a", "eth-b", "eth-other"]);

function irOf(more: string, devices: ReadonlySet<string> = both): Ir {
  const text =
    "set applications application quick protocol tcp destination-port 80 inactivity-timeout 9\n" +
    zoneLines("a", "b") +
    policyLines(["a", "b"], "slow", { application: "junos-ssh", then: "permit no-services-offload" }) +
    policyLines(["a", "b"], "quick", { application: "quick" }) +
    policyLines(["a", "b"], "checked", {
      application: "junos-telnet",
      then: "permit tcp-options sequence-check-required",
    }) +
    policyLines(["a", "b"], "said", { application: "junos-https", then: "permit services-offload" }) +
    policyLines(["a", "b"], "fast", {}) +
    more;
  return withFastDevices(compileText(text).ir, devices);
}

const idOf = (ir: Ir, name: string): number =>
  ir.contexts.flatMap(({ rules }) => rules).find(({ policy }) => policy.name === name)?.id ?? 0;

describe("sessions", () => {
  const [source, destination] = [parseIp("10.0.0.1"), parseIp("10.0.0.2")];
  if (source === undefined || destination === undefined) throw new Error("no addresses");
  const packet: WirePacket = {
    iifname: "eth-a",
    oifname: "eth-b",
    source,
    destination,
    protocol: 6,
    sourcePort: 40_000,
    destinationPort: 8080,
    state: "established",
    confirmed: true,
    ctMark: 0,
  };
  test.each<[policy: string, change: Partial<WirePacket>, offloaded: boolean]>([
    ["fast", {}, true],
    ["fast", { protocol: 17 }, true],
    ["fast", { protocol: 1 }, false],
    ["fast", { state: "related" }, false],
    ["said", {}, true],
    ["slow", {}, false],
    ["quick", {}, false],
    ["checked", {}, false],
    ["fast", { oifname: "eth-other" }, false],
    ["fast", { iifname: "eth-other" }, false],
  ])("of policy %s, %o", (policy, change, offloaded) => {
    const ir = irOf("");
    const outcome = runTable(lowerTable(ir, 1), "forward", { ...packet, ctMark: idOf(ir, policy), ...change });
    expect(outcome.verdict).toBe("accept");
    expect(outcome.offloaded).toBe(offloaded ? "fast" : undefined);
  });

  test("that begin, or are revoked, do not go there", () => {
    const ir = irOf("");
    const table = lowerTable(ir, 1);
    const mark = idOf(ir, "fast");
    const cut = applyCommands(whileRevoking(table), [
      { kind: "add-elements", set: "revoked", elements: [{ key: [{ kind: "number", value: mark }] }] },
    ]);
    if (cut === undefined) throw new Error("there is no table");
    expect(runTable(table, "forward", { ...packet, state: "new", confirmed: false }).offloaded).toBeUndefined();
    expect(runTable(cut, "forward", { ...packet, ctMark: mark })).toMatchObject({ verdict: "drop" });
    expect(runTable(cut, "forward", { ...packet, ctMark: mark }).offloaded).toBeUndefined();
  });
});

test("what stands in the table", () => {
  const text = printTable(lowerTable(irOf(""), 1));
  expect(text).toContain(
    'flowtable fast {\n\t\thook ingress priority 0\n\t\tdevices = { "eth-a", "eth-b" }\n\t\tcounter\n\t}',
  );
  expect(text).toContain(
    "ct state established ct mark != @revoked ct mark != @ordinary iifname @fast_devices oifname @fast_devices [ flow add @fast ]\n",
  );
});

test.each<[what: string, ir: Ir]>([
  ["the kernel has none", irOf("", new Set())],
  ["only one device is there", irOf("", new Set(["eth-b"]))],
  ["the configuration forbids it", irOf("set security forwarding-options services-offload disable\n")],
])("there is nothing of it where %s", (_, ir) => {
  expect(printTable(lowerTable(ir, 1))).not.toMatch(/flowtable|@ordinary|flow add/);
});

describe("screens", () => {
  const devices = ["eth-a", "eth-b", "eth-c", "eth-d"];
  /** Devices on the fast path, where zone `a` has a screen. */
  const fastWith = (...words: readonly string[]): readonly string[] => {
    const screen = words.map((line) => `set security screen ids-option edge ${line}\n`).join("");
    const zone = "set security zones security-zone a screen edge\n";
    const { ir } = compileText(zoneLines("a", "b", "c") + screen + zone);
    return withFastDevices(ir, new Set(devices)).fastDevices ?? [];
  };

  test.each([
    "tcp tcp-no-flag",
    "tcp winnuke",
    "udp flood threshold 100",
    "ip tunnel ip-in-udp teredo",
    "limit-session by-source packet-rate 100",
    "limit-session by-source by-protocol udp packet-rate 100",
  ])("%s must see every packet of the zone", (words) =>
    expect(fastWith("tcp land", words)).toEqual(["eth-b", "eth-c"]),
  );

  test.each([
    "tcp land",
    "tcp syn-fin",
    "tcp fin-no-ack",
    "tcp syn-flood attack-threshold 100",
    "tcp port-scan threshold 5000",
    "icmp flood threshold 100",
    "icmp large",
    "ip bad-option",
    "ip block-frag",
    "ip tear-drop",
    "ip spoofing",
    "ip tunnel gre gre-4in4",
    "ip ipv6-extension-header routing-header",
    "limit-session source-ip-based 100",
    "limit-session by-source session-rate 100",
    "limit-session by-source by-protocol icmp packet-rate 100",
  ])("%s sees what it must without that", (words) => expect(fastWith(words)).toEqual(["eth-a", "eth-b", "eth-c"]));
});

describe("a commit", () => {
  const tables: Readonly<Record<string, NftTable>> = {
    off: lowerTable(irOf("", new Set()), 1),
    on: lowerTable(irOf(""), 2),
    "with other devices": lowerTable(irOf("set security zones security-zone b interfaces eth-other\n"), 3),
    "with other policies": lowerTable(irOf(policyLines(["b", "a"], "more", { then: "permit no-services-offload" })), 4),
  };
  const pairs = Object.keys(tables).flatMap((from) => Object.keys(tables).map((to) => [from, to] as const));

  test.each(pairs)("from %s to %s", (from, to) => {
    const [actual, desired] = [tables[from], tables[to]];
    if (actual === undefined || desired === undefined) throw new Error("there is no such table");
    const { install, sweep } = planCommit(actual, desired);
    const installed = applyCommands(actual, install);
    if (installed === undefined) throw new Error("there is no table");
    expect(installed.flowtables).toEqual(desired.flowtables ?? actual.flowtables);
    const swept = applyCommands(installed, sweep);
    expect(swept !== undefined && sameTable(swept, desired)).toBe(true);
    expect(planCommit(swept, desired)).toEqual({ install: [], sweep: [] });
  });

  test("makes a flowtable anew only where its devices change", () => {
    const commandsTo = (to: string) => {
      const [actual, desired] = [tables["on"], tables[to]];
      if (actual === undefined || desired === undefined) throw new Error("there is no such table");
      return planCommit(actual, desired)
        .install.filter(({ kind }) => kind.endsWith("flowtable"))
        .flatMap(printCommand);
    };
    expect(commandsTo("with other policies")).toEqual([]);
    expect(commandsTo("with other devices")).toEqual([
      "delete flowtable inet merlon fast",
      'add flowtable inet merlon fast { hook ingress priority 0; devices = { "eth-a", "eth-b", "eth-other" }; counter; }',
    ]);
  });

  test("says what somebody else has changed", () => {
    const { on, off } = tables;
    if (on === undefined || off === undefined) throw new Error("there is no such table");
    const sentences = (actual: NftTable, desired: NftTable) =>
      diffTables(actual, desired, { idle: "report" }).map(({ sentence }) => sentence);
    const [flowtable] = on.flowtables ?? [];
    if (flowtable === undefined) throw new Error("there is no flowtable");
    expect(sentences({ ...on, flowtables: [] }, on)).toEqual(["flowtable fast is missing"]);
    expect(sentences({ ...on, flowtables: [flowtable, { ...flowtable, name: "other" }] }, on)).toEqual([
      "flowtable other does not belong there",
    ]);
    expect(sentences({ ...on, flowtables: [{ ...flowtable, devices: ["eth-a"], counter: false }] }, on)).toEqual([
      expect.stringMatching(/^flowtable fast is `.*devices = \{ "eth-a" \} \}` instead of `.*counter \}`$/),
    ]);
    // Their order means nothing.
    expect(sentences({ ...on, flowtables: [{ ...flowtable, devices: flowtable.devices.toReversed() }] }, on)).toEqual(
      [],
    );
  });
});
