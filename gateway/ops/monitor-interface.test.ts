// What `monitor interface` shows of counters that rise, are set back, and go away.

import { rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { busyGateway } from "../testing/busy-gateway.ts";
import type { BusyGateway } from "../testing/busy-gateway.ts";
import { runCommand } from "../serve/command.ts";
import { interfacePicture, trafficPicture } from "./interface-monitor-text.ts";
import type { MonitorPicture } from "./interface-monitor-text.ts";
import { monitorInterfaces } from "./monitor-interface.ts";

let busy: BusyGateway;

beforeAll(async () => {
  busy = await busyGateway(join(import.meta.dirname, "golden/gateway.conf"));
});
afterAll(() => rm(busy.folder, { recursive: true }));

type Counters = BusyGateway["kernel"]["links"][number]["statistics"];

/** `change` makes the next counters of a device of the present ones. */
function count(device: string, change: (counters: Counters) => Counters): void {
  busy.kernel.links = busy.kernel.links.map((link) =>
    link.device === device ? { ...link, statistics: change(link.statistics) } : link,
  );
}

/** The first picture, and one for each step, which is two seconds later. */
async function pictures(
  print: (picture: MonitorPicture) => string,
  device: string | undefined,
  ...steps: readonly (() => void)[]
): Promise<readonly string[]> {
  const controller = new AbortController();
  const seen: string[] = [];
  const left = [...steps];
  const wanted = (it: { readonly device: string }): boolean => device === undefined || it.device === device;
  for await (const picture of monitorInterfaces(busy.gateway, {
    everyMs: 1,
    signal: controller.signal,
    wanted,
    print,
  })) {
    seen.push(picture);
    const step = left.shift();
    if (step === undefined) break;
    busy.clocks.pass(2_000);
    step();
  }
  return seen;
}

const more = (packets: number, bytes: number) => (counters: Counters) => ({
  ...counters,
  receivedPackets: counters.receivedPackets + packets,
  receivedBytes: counters.receivedBytes + bytes,
});

describe("monitor interface traffic", () => {
  test("tells of each interface how much has come and how fast", async () => {
    const [first, second = ""] = await pictures(trafficPicture, undefined, () => count("eth1", more(4_000, 3_000_000)));
    expect(first).toMatch(/^\S+ +Seconds: 0 +Time: \d\d:\d\d:\d\d\n\nInterface +Link +Input packets /);
    const [head, , title, ...rows] = second.trimEnd().split("\n");
    expect(head).toContain("Seconds: 2 ");
    expect([title, rows.find((row) => row.startsWith("ge-0/0/0 "))]).toEqual([
      "Interface    Link  Input packets   (pps)     bps Output packets   (pps)     bps",
      "ge-0/0/0     Up             4014  (2.0k)     12M              5     (0)       0",
    ]);
    expect(rows.every((row) => row.length <= 80)).toBe(true);
  });
});

describe("monitor interface NAME", () => {
  test("tells all counters, with what has come since it began", async () => {
    const texts = await pictures(
      interfacePicture,
      "eth2",
      () => count("eth2", more(10, 1_000)),
      () => count("eth2", (it) => ({ ...it, sentDrops: (it.sentDrops ?? 0) + 2 })),
    );
    const [, ...lines] = (texts.at(-1) ?? "").split("\n");
    expect(lines).toEqual([
      "",
      "Interface: ge-0/0/1, Enabled, Link is Up",
      "Kernel device: eth2, MTU: 1500, Zone: data",
      "Traffic statistics:                                           Current delta",
      "  Input bytes:                        3700 (0 bps)            [1000]",
      "  Output bytes:                        650 (0 bps)            [0]",
      "  Input packets:                        31 (0 pps)            [10]",
      "  Output packets:                        5 (0 pps)            [0]",
      "Error statistics:",
      "  Input errors:                          2                    [0]",
      "  Input drops:                           1                    [0]",
      "  Output errors:                         0                    [0]",
      "  Output drops:                          5                    [2]",
      "  Collisions:                            0                    [0]",
      "  Carrier transitions:                   4                    [0]",
      "",
    ]);
    expect(texts[1]).toContain("(4.0k bps)");
    expect(texts[1]).toContain("(5 pps)");
  });

  test("a counter that was set back has begun anew; a device may go away", async () => {
    const zero: Counters = { receivedPackets: 3, receivedBytes: 300, sentPackets: 0, sentBytes: 0 };
    const texts = await pictures(
      interfacePicture,
      "eth3",
      () => count("eth3", () => zero),
      () => (busy.kernel.links = busy.kernel.links.filter(({ device }) => device !== "eth3")),
    );
    expect(texts[1]).toContain("3 (2 pps)            [3]");
    expect(texts[2]).toContain("The kernel has no such device, Link is Down");
  });
});

describe("the command", () => {
  const run = (line: string, signal?: AbortSignal) =>
    runCommand(busy.gateway, line, { user: "ana", via: "cli", ...(signal !== undefined && { signal }) });

  test.each([
    "monitor interface traffic",
    "monitor interface ge-0/0/0",
    "monitor interface eth1",
    "mon int ge-0/0/0.0",
  ])("%s draws, and ends when nobody reads any more", async (line) => {
    const controller = new AbortController();
    const { ok, live, draws, more: pieces } = await run(line, controller.signal);
    expect({ ok, live, draws }).toEqual({ ok: true, live: true, draws: true });
    for await (const picture of pieces ?? []) {
      expect(picture).toContain("ge-0/0/0");
      controller.abort();
    }
  });

  test("a pipe works on each picture", async () => {
    const controller = new AbortController();
    const { more: pieces } = await run("monitor interface traffic | match ge-0/0/1", controller.signal);
    for await (const picture of pieces ?? []) {
      expect(picture).toMatch(/^ge-0\/0\/1 [^\n]*\n$/);
      controller.abort();
    }
  });

  test.each([
    ["monitor interface ge-9/9/9", "error: device ge-9/9/9 not found\n"],
    ["monitor interface", /^error: .*missing/],
  ])("%s is refused", async (line, text) => {
    const answer = await run(line, new AbortController().signal);
    expect([answer.ok, answer.text]).toEqual([false, typeof text === "string" ? text : expect.stringMatching(text)]);
  });

  test("who cannot end it cannot begin it", async () => {
    expect((await run("monitor interface traffic")).text).toContain("it needs a shell");
  });
});
