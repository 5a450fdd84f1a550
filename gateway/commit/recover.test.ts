// Every instant at which a commit can be killed, and the revision that must be the truth afterwards.

import { describe, expect, test } from "vitest";
import { recover } from "./recover.ts";

const committed = { revision: 4, generation: 7 };
const journal = { from: 4, to: 5, generation: 8 };

test.each([
  [
    "nothing was ever committed",
    undefined,
    undefined,
    undefined,
    { revision: undefined, interrupted: "none", nextGeneration: 1 },
  ],
  ["clean restart", committed, undefined, 7, { revision: 4, interrupted: "none", nextGeneration: 8 }],
  [
    "reboot: the kernel has forgotten",
    committed,
    undefined,
    undefined,
    { revision: 4, interrupted: "none", nextGeneration: 8 },
  ],
  [
    "killed after the journal, before the kernel",
    committed,
    journal,
    7,
    { revision: 4, interrupted: "undone", nextGeneration: 9 },
  ],
  [
    "killed after the kernel, before active",
    committed,
    journal,
    8,
    { revision: 5, interrupted: "completed", nextGeneration: 9 },
  ],
  [
    "killed after active, before the journal went",
    { revision: 5, generation: 8 },
    journal,
    8,
    { revision: 5, interrupted: "none", nextGeneration: 9 },
  ],
  [
    "killed after a refused change was put back",
    committed,
    journal,
    9,
    { revision: 4, interrupted: "undone", nextGeneration: 10 },
  ],
  [
    "power lost after the kernel, before active",
    committed,
    journal,
    undefined,
    { revision: 4, interrupted: "undone", nextGeneration: 9 },
  ],
  [
    "killed in the very first commit, before the kernel",
    undefined,
    { from: null, to: 1, generation: 1 },
    undefined,
    { revision: undefined, interrupted: "undone", nextGeneration: 2 },
  ],
  [
    "killed in the very first commit, after the kernel",
    undefined,
    { from: null, to: 1, generation: 1 },
    1,
    { revision: 1, interrupted: "completed", nextGeneration: 2 },
  ],
  [
    "repaired after the commit, then killed",
    committed,
    undefined,
    12,
    { revision: 4, interrupted: "none", nextGeneration: 13 },
  ],
] as const)("%s", (_, active, found, kernelGeneration, expected) => {
  expect(recover({ active, journal: found, kernelGeneration, nowMs: 0 })).toEqual(expected);
});

describe("a revision that must be confirmed", () => {
  const nowMs = 1000;
  const counting = { returnTo: 4, deadlineMs: 1500, leftMs: 800 };
  const over = { returnTo: 4, deadlineMs: 1000, leftMs: 800 };
  const setBack = { returnTo: 4, deadlineMs: 90_000, leftMs: 0 };
  const unconfirmed = { revision: 5, generation: 8, unconfirmed: counting };
  const toUnconfirmed = { ...journal, unconfirmed: counting };

  test.each([
    [
      "restart in time: the timer goes on",
      unconfirmed,
      undefined,
      8,
      { revision: 5, unconfirmed: counting, interrupted: "none" },
    ],
    ["reboot in time", unconfirmed, undefined, undefined, { revision: 5, unconfirmed: counting, interrupted: "none" }],
    [
      "restart too late",
      { ...unconfirmed, unconfirmed: over },
      undefined,
      8,
      { revision: 5, unconfirmed: over, returnTo: 4, interrupted: "none" },
    ],
    [
      "reboot too late",
      { ...unconfirmed, unconfirmed: over },
      undefined,
      undefined,
      { revision: 5, unconfirmed: over, returnTo: 4, interrupted: "none" },
    ],
    [
      "the clock was set back, but no time was left",
      { ...unconfirmed, unconfirmed: setBack },
      undefined,
      8,
      { revision: 5, unconfirmed: setBack, returnTo: 4, interrupted: "none" },
    ],
    [
      "killed after the journal, before the kernel",
      committed,
      toUnconfirmed,
      7,
      { revision: 4, interrupted: "undone" },
    ],
    [
      "killed after the kernel, before active",
      committed,
      toUnconfirmed,
      8,
      { revision: 5, unconfirmed: counting, interrupted: "completed" },
    ],
    [
      "the same, and the restart comes too late",
      committed,
      { ...journal, unconfirmed: over },
      8,
      { revision: 5, unconfirmed: over, returnTo: 4, interrupted: "completed" },
    ],
    [
      "killed after active, before the journal went",
      unconfirmed,
      toUnconfirmed,
      8,
      { revision: 5, unconfirmed: counting, interrupted: "none" },
    ],
    [
      "confirmed by a further commit, killed before the kernel",
      unconfirmed,
      { from: 5, to: 6, generation: 9 },
      8,
      { revision: 5, unconfirmed: counting, interrupted: "undone" },
    ],
    [
      "confirmed by a further commit, killed after the kernel",
      unconfirmed,
      { from: 5, to: 6, generation: 9 },
      9,
      { revision: 6, interrupted: "completed" },
    ],
    [
      "rolled back, killed after the kernel",
      { ...unconfirmed, unconfirmed: over },
      { from: 5, to: 6, generation: 9 },
      9,
      { revision: 6, interrupted: "completed" },
    ],
    [
      "rolled back, killed before the kernel: it is rolled back now",
      { ...unconfirmed, unconfirmed: over },
      { from: 5, to: 6, generation: 9 },
      8,
      { revision: 5, unconfirmed: over, returnTo: 4, interrupted: "undone" },
    ],
    [
      "rolled back, power lost after the kernel",
      { ...unconfirmed, unconfirmed: over },
      { from: 5, to: 6, generation: 9 },
      undefined,
      { revision: 5, unconfirmed: over, returnTo: 4, interrupted: "undone" },
    ],
  ] as const)("%s", (_, active, found, kernelGeneration, expected) => {
    expect(recover({ active, journal: found, kernelGeneration, nowMs })).toMatchObject(expected);
    expect(recover({ active, journal: found, kernelGeneration, nowMs }).returnTo).toBe(
      "returnTo" in expected ? expected.returnTo : undefined,
    );
  });
});
