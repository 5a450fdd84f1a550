// The last refused packets: in order, and never more than there is room for.

import { expect, test } from "vitest";
import type { FlowRecord } from "./flow-record.ts";
import { dropsKeptMax, RecentDrops } from "./recent-drops.ts";

const record = (sessionId: number): FlowRecord => ({
  kind: "session-deny",
  atMs: 0,
  sessionId,
  fromZone: "a",
  toZone: "b",
  policy: { scope: "default", name: "default-policy" },
  source: "10.0.0.1",
  sourcePort: 1,
  destination: "10.0.0.2",
  destinationPort: 2,
  protocol: 6,
  service: "None",
});

test.each([0, 1, dropsKeptMax - 1, dropsKeptMax, dropsKeptMax + 1, 2 * dropsKeptMax + 7])(
  "after %i records",
  (count) => {
    const drops = new RecentDrops();
    for (let at = 1; at <= count; at++) drops.add(record(at));
    const kept = Math.min(count, dropsKeptMax);
    expect(drops.list().map(({ sessionId }) => sessionId)).toEqual(
      Array.from({ length: kept }, (_, at) => count - kept + at + 1),
    );
    drops.clear();
    expect(drops.list()).toEqual([]);
    drops.add(record(1));
    expect(drops.list()).toHaveLength(1);
  },
);
