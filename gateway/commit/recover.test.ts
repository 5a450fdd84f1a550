// Every instant at which a commit can be killed, and the revision that must be the truth afterwards.

import { expect, test } from "vitest";
import { recover } from "./recover.ts";

const committed = { revision: 4, generation: 7 };
const journal = { from: 4, to: 5, generation: 8 };

test.each([
  ["nothing was ever committed", undefined, undefined, undefined, { revision: undefined, interrupted: "none", nextGeneration: 1 }],
  ["clean restart", committed, undefined, 7, { revision: 4, interrupted: "none", nextGeneration: 8 }],
  ["reboot: the kernel has forgotten", committed, undefined, undefined, { revision: 4, interrupted: "none", nextGeneration: 8 }],
  ["killed after the journal, before the kernel", committed, journal, 7, { revision: 4, interrupted: "undone", nextGeneration: 9 }],
  ["killed after the kernel, before active", committed, journal, 8, { revision: 5, interrupted: "completed", nextGeneration: 9 }],
  ["killed after active, before the journal went", { revision: 5, generation: 8 }, journal, 8, { revision: 5, interrupted: "none", nextGeneration: 9 }],
  ["killed after a refused change was put back", committed, journal, 9, { revision: 4, interrupted: "undone", nextGeneration: 10 }],
  ["power lost after the kernel, before active", committed, journal, undefined, { revision: 4, interrupted: "undone", nextGeneration: 9 }],
  ["killed in the very first commit, before the kernel", undefined, { from: null, to: 1, generation: 1 }, undefined, { revision: undefined, interrupted: "undone", nextGeneration: 2 }],
  ["killed in the very first commit, after the kernel", undefined, { from: null, to: 1, generation: 1 }, 1, { revision: 1, interrupted: "completed", nextGeneration: 2 }],
  ["repaired after the commit, then killed", committed, undefined, 12, { revision: 4, interrupted: "none", nextGeneration: 13 }],
] as const)("%s", (_, active, found, kernelGeneration, expected) => {
  expect(recover({ active, journal: found, kernelGeneration })).toEqual(expected);
});
