// What the golden file does not show: each cause of a drop, what is counted and not dropped, and a gateway on which nothing
// is in force.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { systemRuleIds } from "@merlon/compiler/ir.ts";
import { boot } from "../boot.ts";
import type { Gateway } from "../gateway.ts";
import type { FakeKernel } from "../kernel/fake-kernel.ts";
import { freshKernel, initial, openGateway, typeAs } from "../testing/test-gateway.ts";

const line = "show security flow statistics";
let folder: string;
let kernel: FakeKernel;
let gateway: Gateway;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "merlon-flow-statistics-"));
  kernel = freshKernel();
  gateway = await openGateway(kernel, folder);
});
afterEach(() => rm(folder, { recursive: true }));

const ask = (): Promise<string> => typeAs(gateway, "ana", line);

async function start(screen: string): Promise<void> {
  const zones = `screen { ids-option edge { ${screen} } } zones { security-zone web { screen edge; } }`;
  await boot(gateway, { source: "test.conf", text: `${initial.text} security { ${zones} }` });
}

/** So many packets for each; by policy name, name of the system's own, or attack. */
function hit(counts: Readonly<Record<string, number>>): void {
  const ir = gateway.running?.prepared.ir;
  const ids = new Map<string, number>([
    ...Object.entries(systemRuleIds),
    ...(ir?.screens ?? []).flatMap(({ ids: attacks }) => [...attacks]),
    ...(ir?.contexts ?? [])
      .filter(({ fromZone, toZone }) => fromZone === "web" && toZone === "data")
      .flatMap(({ rules }) => rules.map(({ policy, id }) => [policy.name, id] as const)),
  ]);
  const idOf = (name: string) => ids.get(name) ?? expect.fail(`nothing counts as ${name}`);
  const hits = Object.entries(counts).map(([name, packets]) => [idOf(name), { packets, bytes: 0 }] as const);
  kernel.hits.set("hits", new Map(hits));
}

test("nothing is in force", async () => {
  expect(await ask()).toContain("    Current sessions: 0\n    Sessions begun: 0\n    Packets dropped: 0\n");
});

test("what began, and each cause of a drop", async () => {
  await start("tcp { land; syn-flood { attack-threshold 100; } }");
  kernel.sessionFailureCount = 5;
  hit({
    sql: 30,
    hostPermit: 4,
    "default-policy": 200,
    noZone: 7,
    ownSource: 1,
    hostInbound: 11,
    land: 13,
    noSession: 3,
  });
  expect(await ask()).toBe(
    [
      "    Current sessions: 0",
      "    Sessions begun: 34",
      "    Packets dropped: 240",
      "      Refused by policies: 208",
      "      Refused by host-inbound-traffic: 11",
      "      Dropped by screens: 13",
      "      Belonging to no session: 3",
      "      No session could be kept: 5",
      "",
    ].join("\n"),
  );
});

test.each([
  ["a screen that only alarms drops nothing", "alarm-without-drop; tcp { land; }", "land", 0],
  ["a SYN that is answered with a cookie is not dropped", "tcp { syn-flood; }", "syn-flood", 0],
  ["one of a source beyond its threshold is", "tcp { syn-flood; }", "syn-flood-source", 13],
])("%s", async (_, screen, attack, dropped) => {
  await start(screen);
  hit({ [attack]: 13 });
  expect(await ask()).toContain(`Dropped by screens: ${dropped}\n`);
});

test("without cookies a SYN of a flood is dropped", async () => {
  kernel.capabilities = [...kernel.capabilities, { name: "nft-synproxy", available: false, note: "" }];
  await start("tcp { syn-flood; }");
  hit({ "syn-flood": 13 });
  expect(await ask()).toContain("Dropped by screens: 13\n");
});
