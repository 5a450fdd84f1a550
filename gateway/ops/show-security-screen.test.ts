// The commands about screens, as an operator types them and as programs ask for them.

import { rm } from "node:fs/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { printElement } from "@merlon/netconf/print-element.ts";
import { freshGateway, typeAs } from "../testing/test-gateway.ts";
import type { GatewayCase } from "../testing/test-gateway.ts";
import { operationNamed } from "./operations.ts";

let it: GatewayCase;

beforeEach(async () => {
  it = await freshGateway("screen");
  const text = await typeAs(
    it.gateway,
    "anna",
    "configure",
    "set security screen white-list friends address 10.9.0.0/16",
    "set security screen ids-option edge description first-line",
    "set security screen ids-option edge tcp land",
    "set security screen ids-option edge ip spoofing",
    "set security screen ids-option edge tcp syn-flood attack-threshold 300",
    "set security screen ids-option edge udp udp-sweep",
    "set security screen ids-option edge limit-session by-source by-protocol udp session-rate 5",
    "set security zones security-zone web screen edge",
    "commit",
  );
  expect(text).toContain("commit complete");
});

afterEach(async () => {
  await rm(it.folder, { recursive: true });
});

const ask = (line: string): Promise<string> => typeAs(it.gateway, "anna", line);

function idOf(attack: "land" | "spoofing"): number {
  return it.gateway.running?.prepared.ir.screens?.[0]?.ids.get(attack) ?? expect.fail("there is no screen");
}

test("statistics by zone, by interface, and cleared", async () => {
  it.kernel.hits.set("hits", new Map([[idOf("land"), { packets: 12, bytes: 480 }]]));
  const text = await ask("show security screen statistics zone web");
  expect(text).toMatch(/^Screen statistics:\n\n {2}IDS attack type +Statistics\n {2}ICMP flood +0\n/);
  expect(text).toMatch(/\n {2}TCP land attack +12\n/);
  expect(text).toMatch(/\n {2}IP tear drop \(IPv4, all zones\) +0\n/);
  const entry = it.gateway.running?.prepared.ir.interfaces.find(({ zone }) => zone === "web");
  expect(await ask(`show security screen statistics interface ${entry?.name}`)).toBe(text);
  expect(await ask("clear security screen statistics zone web")).toBe(
    "Screen statistics of zone web have been cleared.\n",
  );
  const last = it.kernel.transactions.at(-1) ?? [];
  expect(last.map(({ kind }) => kind)).toEqual(["delete-elements", "add-elements"]);
});

test("overlapping fragments: what was found in a zone, and what the kernel has counted", async () => {
  const row = async () =>
    /IP tear drop \(IPv4, all zones\) +(.*)\n/.exec(await ask("show security screen statistics zone web"))?.[1];
  it.kernel.fragmentOverlaps = 7;
  expect(await row()).toBe("7");
  it.kernel.fragmentOverlaps = undefined;
  expect(await row()).toBe("not counted");
});

test("a zone without a screen counts nothing, and what is not there is named", async () => {
  expect(await ask("show security screen statistics zone data")).toMatch(/^Zone data has no screen\.\n/);
  expect(await ask("show security screen statistics zone nowhere")).toContain("there is no zone nowhere");
  expect(await ask("show security screen statistics interface eth77")).toContain("interface eth77.0 is in no zone");
  expect(await ask("show security screen statistics")).toContain("say which: zone <zone-name>");
  expect(await ask("show security screen ids-option none")).toContain("there is no screen none");
  expect(await ask("show security screen white-list none")).toContain("there is no white list none");
  expect(await ask("show security screen ids-option")).toBe("error: say which screen: edge\n");
  expect(await ask("show security screen white-list")).toBe("error: say which white list: friends\n");
});

test("a command without a name says which there are", async () => {
  const names = Array.from({ length: 52 }, (_, at) => `screen-${String(at).padStart(2, "0")}`);
  const lines = names.map((name) => `set security screen ids-option ${name} tcp land`);
  await typeAs(it.gateway, "anna", "configure", ...lines, "commit");
  const shown = ["edge", ...names.slice(0, 49)].join(", ");
  expect(await ask("show security screen ids-option")).toBe(`error: say which screen: ${shown}, and 3 more\n`);
  await typeAs(
    it.gateway,
    "anna",
    "delete security zones security-zone web screen",
    "delete security screen",
    "commit",
  );
  expect(await ask("show security screen ids-option")).toBe("error: there is no screen\n");
});

test("what a screen checks", async () => {
  expect(await ask("show security screen ids-option edge")).toBe(
    [
      "Screen object status:",
      "",
      "Description: first-line",
      "  Name                                       Value",
      "  IP spoofing                                enabled",
      "  TCP land attack                            enabled",
      "  TCP SYN flood attack threshold             300",
      "  TCP SYN flood alarm threshold              512",
      "  TCP SYN flood source threshold             4000",
      "  TCP SYN flood destination threshold        4000",
      "  TCP SYN flood timeout                      20",
      "  UDP sweep threshold                        5000",
      "  Source session limit session rate udp      5",
      "",
    ].join("\n"),
  );
  expect(await ask("show security screen white-list friends")).toBe("Screen white list:\n  10.9.0.0/16\n");
});

test.each<[name: string, input: Record<string, unknown>, xml: RegExp]>([
  [
    "show-security-screen-ids-option",
    { "screen-name": "edge" },
    /<show-ids-status [^>]*>.*<ids-description>first-line<.*<ids-status-name>IP spoofing<\/ids-status-name>\s*<ids-status-value>enabled</s,
  ],
  [
    "show-security-screen-statistics",
    { zone: "web" },
    /<ids-statistics [^>]*>.*<ids-statistics-type>ICMP flood<\/ids-statistics-type>\s*<ids-statistics-value>0</s,
  ],
  ["show-security-screen-white-list", { "wlist-name": "friends" }, /<ids-wlist-addr>10\.9\.0\.0\/16</],
])("%s as an RPC", async (name, input, xml) => {
  const answer = await operationNamed(name)?.execute(it.gateway, input, { user: "anna", via: "netconf" });
  const reply = answer?.reply?.() ?? expect.fail("it is no RPC");
  expect(printElement(reply)).toMatch(xml);
});
