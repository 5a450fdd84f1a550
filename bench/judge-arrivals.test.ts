// The judge must find every single packet that was decided wrongly, and none that was not.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { arrival, expectedArrival, judgeArrivals, onTheWayMax } from "./judge-arrivals.ts";
import type { CommittedAt } from "./judge-arrivals.ts";

const gap = 3 * onTheWayMax;

/** What arrives when commit n takes hold at `switches[n]`. */
function stream(switches: readonly number[], count: number): Uint8Array {
  return Uint8Array.from({ length: count }, (_, number) =>
    expectedArrival(switches.filter((at) => at <= number).length, number),
  );
}

const right = { leaked: 0, lost: 0, wrongPolicy: 0 };
const commits: readonly CommittedAt[] = [
  { requested: 4_000, answered: 4_500 },
  { requested: 4_500 + gap, answered: 4_900 + gap },
];
const switches = [4_200, 4_890 + gap];
const count = 16_000;

describe("a stream that was decided rightly", () => {
  test("without a commit", () => expect(judgeArrivals(stream([], 1_000), [])).toEqual(right));

  test.each([
    ["at the request", 4_000],
    ["at the answer", 4_500],
    ["before the request: packets waited in the queue", 4_000 - onTheWayMax],
    ["behind the answer: packets were sent and not counted yet", 4_500 + onTheWayMax],
  ])("a commit takes hold %s", (_, at) =>
    expect(judgeArrivals(stream([at], count), commits.slice(0, 1))).toEqual(right),
  );

  test("after every commit, wherever it takes hold", () =>
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(600), fc.nat(600)), { maxLength: 9 }), (all) => {
        let at = onTheWayMax;
        const made = all.map(([took, share]) => {
          at += gap;
          const requested = at;
          at += took;
          return { requested, answered: at, switched: requested + Math.min(share, took) };
        });
        const arrivals = stream(
          made.map(({ switched }) => switched),
          at + gap,
        );
        expect(judgeArrivals(arrivals, made)).toEqual(right);
      }),
      { numRuns: 30 },
    ));
});

describe("a packet that was decided wrongly", () => {
  const arrivals = stream(switches, count);
  const places = [0, 3_999, 4_100, 4_300, 6_000, 6_001, 4_600 + gap, 4_899 + gap, count - 1];
  test.each(places.map((at) => ({ at, expected: arrivals[at] })))("number $at", ({ at, expected }) => {
    const passes = expected !== arrival.none;
    for (const found of [arrival.none, 1, 2, arrival.noGate].filter((it) => it !== expected)) {
      const changed = Uint8Array.from(arrivals);
      changed[at] = found;
      expect(judgeArrivals(changed, commits)).toEqual({
        leaked: passes ? 0 : 1,
        lost: passes && found === arrival.none ? 1 : 0,
        wrongPolicy: passes && found !== arrival.none ? 1 : 0,
      });
    }
  });
});

describe("a commit that does not switch at one instant", () => {
  const between = (first: number, end: number, change: (number: number) => number): Uint8Array =>
    stream(switches, count).map((found, number) => (number >= first && number < end ? change(number) : found));

  test("an instant without any policy is seen", () => {
    const { leaked, lost, wrongPolicy } = judgeArrivals(
      between(4_190, 4_210, () => arrival.none),
      commits,
    );
    expect({ leaked, wrongPolicy }).toEqual({ leaked: 0, wrongPolicy: 0 });
    expect(lost).toBe(10);
  });

  test("an instant in which both ports pass is seen", () => {
    const { leaked } = judgeArrivals(
      between(4_190, 4_210, (number) => 1 + (number % 2)),
      commits,
    );
    // The switch may stand where it explains one of them.
    expect(leaked).toBeGreaterThanOrEqual(9);
  });

  test("one that takes hold long after its answer, or never, is seen", () => {
    expect(judgeArrivals(stream([4_500 + onTheWayMax + 100], 9_000), commits.slice(0, 1))).toMatchObject({
      leaked: 50,
      lost: 50,
    });
    expect(judgeArrivals(stream([], 9_000), commits.slice(0, 1)).leaked).toBeGreaterThan(1_000);
  });

  test("one that takes hold long before its request is seen", () =>
    expect(judgeArrivals(stream([4_000 - onTheWayMax - 100], 9_000), commits.slice(0, 1))).toMatchObject({
      leaked: 50,
      lost: 50,
    }));
});

test("commits that come too soon after each other cannot be judged", () =>
  expect(() =>
    judgeArrivals(new Uint8Array(9_000), [
      { requested: 3_000, answered: 3_100 },
      { requested: 3_200, answered: 3_300 },
    ]),
  ).toThrow("commit 2 came too soon"));
