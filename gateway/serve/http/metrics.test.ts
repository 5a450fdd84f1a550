// Metrics as Prometheus reads them: the text format, checked by a reader of its own, and what the numbers mean.

import { rm } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { busyGateway } from "../../testing/busy-gateway.ts";
import type { BusyGateway } from "../../testing/busy-gateway.ts";
import { printMetrics } from "./exposition.ts";
import { collectMetrics, seriesMax } from "./metrics.ts";

interface Read {
  readonly type: string;
  readonly samples: Map<string, number>;
}

/** Reads the format strictly: each family once, its help and type before its samples, no series twice. */
function readMetrics(text: string): ReadonlyMap<string, Read> {
  const families = new Map<string, Read>();
  let current = "";
  expect(text === "" || text.endsWith("\n")).toBe(true);
  for (const line of text.split("\n").slice(0, -1)) {
    const help = /^# HELP ([a-z_][a-z0-9_]*) (?:[^\\]|\\[\\n])+$/.exec(line);
    const type = /^# TYPE ([a-z_][a-z0-9_]*) (counter|gauge)$/.exec(line);
    const sample = /^([a-z_][a-z0-9_]*)(\{(?:[a-z_]+="(?:[^"\\\n]|\\[\\"n])*",?)+\})? (NaN|[+-]Inf|-?[0-9.e+-]+)$/.exec(
      line,
    );
    if (help !== null) {
      current = help[1] ?? "";
      expect(families.has(current), line).toBe(false);
    } else if (type !== null) {
      expect(type[1]).toBe(current);
      families.set(current, { type: type[2] ?? "", samples: new Map() });
    } else {
      expect(sample, line).not.toBeNull();
      expect(sample?.[1]).toBe(current);
      const samples = families.get(current)?.samples;
      expect(samples?.has(sample?.[2] ?? ""), line).toBe(false);
      samples?.set(sample?.[2] ?? "", Number(sample?.[3]));
    }
  }
  return families;
}

describe("the format", () => {
  test("escapes what labels and help may not hold", () => {
    const samples = [{ labels: { a: 'quote " backslash \\ line\nend' }, value: 1.5 }, { value: Infinity }];
    expect(printMetrics([{ name: "x", help: "two\nlines \\", type: "gauge", samples }])).toBe(
      '# HELP x two\\nlines \\\\\n# TYPE x gauge\nx{a="quote \\" backslash \\\\ line\\nend"} 1.5\nx +Inf\n',
    );
    expect(printMetrics([{ name: "x", help: "none", type: "gauge", samples: [] }])).toBe("");
  });

  test("is read back, whatever the labels are", () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.string({ unit: "grapheme" }), { minLength: 1 }), (values) => {
        const samples = values.map((value, index) => ({ labels: { value }, value: index }));
        const [family] = readMetrics(printMetrics([{ name: "x", help: "x", type: "gauge", samples }])).values();
        expect([...(family?.samples.values() ?? [])]).toEqual(values.map((_, index) => index));
      }),
      { numRuns: 50 },
    );
  });
});

describe("of a gateway at work", () => {
  let busy: BusyGateway;
  const read = async (): Promise<ReadonlyMap<string, Read>> => {
    busy.clocks.pass(1_001);
    return readMetrics(printMetrics(await collectMetrics(busy.gateway)));
  };
  const valueOf = async (name: string, labels = ""): Promise<number | undefined> =>
    (await read()).get(name)?.samples.get(labels);

  beforeEach(async () => {
    busy = await busyGateway(join(import.meta.dirname, "../../ops/golden/gateway.conf"));
  });
  afterEach(() => rm(busy.folder, { recursive: true }));

  test("counters are called so, and everything has one name", async () => {
    const families = await read();
    for (const [name, { type }] of families) {
      expect(name).toMatch(/^(?:merlon|process)_/);
      expect(name.endsWith("_total"), name).toBe(type === "counter");
    }
    expect(families.get("merlon_up")?.samples.get("")).toBe(1);
    expect(families.get("merlon_collection_failed")?.samples.get('{part="policies"}')).toBe(0);
  });

  test("policies, interfaces, commits, alarms and losses", async () => {
    const families = await read();
    const hits = families.get("merlon_policy_sessions_total")?.samples ?? new Map<string, number>();
    expect([...hits].find(([labels]) => labels.includes('policy="sql"'))?.[1]).toBe(37);
    expect([...(families.get("merlon_interface_receive_errors_total")?.samples ?? [])].some(([labels, value]) => labels.includes("eth2") && value === 2)).toBe(true); // prettier-ignore
    expect(families.get("merlon_alarm")?.samples).toEqual(new Map([['{code="interface.absent",severity="minor"}', 1]]));
    busy.gateway.alarms.raise("test.alarm", "minor", "x");
    busy.gateway.events.publish({ kind: "lost", source: "packets", count: 3 });
    busy.gateway.events.publish({ kind: "lost", source: "packets", count: null });
    expect(await valueOf("merlon_alarm", '{code="test.alarm",severity="minor"}')).toBe(1);
    expect(await valueOf("merlon_events_lost_total", '{source="packets"}')).toBe(3);
    expect(await valueOf("merlon_event_losses_total", '{source="packets"}')).toBe(2);
    expect(await valueOf("merlon_revision")).toBe(1);
  });

  test("a kernel that cannot be asked is said so, and the rest is there", async () => {
    busy.kernel.failNext("readHits");
    const families = await read();
    expect(families.get("merlon_collection_failed")?.samples.get('{part="policies"}')).toBe(1);
    expect(families.has("merlon_policy_sessions_total")).toBe(false);
    expect(families.get("merlon_up")?.samples.get("")).toBe(1);
  });

  test("those who ask at once ask the kernel once", async () => {
    busy.clocks.pass(1_001);
    expect(collectMetrics(busy.gateway)).toBe(collectMetrics(busy.gateway));
    const before = collectMetrics(busy.gateway);
    busy.clocks.pass(1_001);
    expect(collectMetrics(busy.gateway)).not.toBe(before);
    await before;
  });

  test("there is an end to how many series there are, and it is told", async () => {
    const counted = { kind: "idle", name: "c", counts: { sentCount: 1, lostCount: 0, heldBackCount: 0, waitingCount: 0 } } as const; // prettier-ignore
    Object.assign(busy.gateway, {
      logDestinations: () =>
        Array.from({ length: seriesMax + 5 }, (_, i) => ({ ...counted, name: `c${i}`, state: "idle" })),
    });
    const families = await read();
    expect(families.get("merlon_log_lines_sent_total")?.samples.size).toBe(seriesMax);
    expect(families.get("merlon_series_omitted")?.samples.get('{family="merlon_log_lines_sent_total"}')).toBe(5);
  });
});
