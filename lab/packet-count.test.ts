// The counting ruleset and the reading of its counters.

import { expect, test } from "vitest";
import { countRules, parseCounts } from "./packet-count.ts";

test("each port has a counter, and its packets go no further", () => {
  const rules = countRules([53, 54]);
  expect(rules).toContain("counter port_53 { }");
  expect(rules).toContain('udp dport 54 counter name "port_54" drop');
  expect(rules.startsWith("table inet lab_count\ndelete table inet lab_count\n")).toBe(true);
});

test.each([[[]], [Array.from({ length: 65 }, (_, index) => index + 1)]])("%j ports are refused", (ports) => {
  expect(() => countRules(ports)).toThrow("1 to 64");
});

test("counters are read by their port", () => {
  const json = JSON.stringify({
    nftables: [
      { metainfo: {} },
      { counter: { name: "port_53", packets: 12, bytes: 600 } },
      { counter: { name: "port_54", packets: 0, bytes: 0 } },
      { counter: { name: "somebody_elses", packets: 7, bytes: 1 } },
    ],
  });
  expect(parseCounts(json)).toEqual(new Map([[53, 12], [54, 0]])); // prettier-ignore
});
