// A state must say for each class of services which rule comes first.

import fc from "fast-check";
import { expect, test } from "vitest";
import { NodeStates } from "./node-states.ts";

function decisionsOf(states: NodeStates, state: number): readonly (readonly [service: number, rule: number])[] {
  const found: [number, number][] = [];
  states.forDecisions(state, (service, rule) => found.push([service, rule]));
  return found;
}

test("an example: later rules decide only what earlier ones left", () => {
  const states = new NodeStates([[1, 2], [2, 3], [1], []], 4);
  const first = states.add(0, 0);
  const both = states.add(first, 1);
  expect(decisionsOf(states, both).toSorted(([a], [b]) => a - b)).toEqual([
    [1, 0],
    [2, 0],
    [3, 1],
  ]);
  expect(states.add(both, 2)).toBe(both);
  expect(states.add(0, 3)).toBe(0);
  expect(states.add(states.add(0, 0), 1)).toBe(both);
});

test("law: in every state each class of services is decided by the first rule that has it", () => {
  const services = fc.array(fc.uniqueArray(fc.nat(70), { maxLength: 5 }), { minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(services, (servicesOf) => {
      const states = new NodeStates(servicesOf, 71);
      let state = 0;
      for (const rule of servicesOf.keys()) state = states.add(state, rule);
      const found = new Map(decisionsOf(states, state));
      for (let service = 0; service <= 70; service++) {
        const rule = servicesOf.findIndex((own) => own.includes(service));
        expect(found.get(service)).toBe(rule < 0 ? undefined : rule);
      }
    }),
  );
});

test.each([
  ["room", { stepsMax: 1_000, wordsMax: 3 }],
  ["time", { stepsMax: 3, wordsMax: 1_000 }],
])("what takes too much %s says so and adds no more", (_, limits) => {
  const states = new NodeStates([[1], [2], [3], [4], [5]], 6, limits);
  let state = 0;
  for (let rule = 0; rule < 3; rule++) state = states.add(state, rule);
  expect(states.isTooLarge).toBe(false);
  for (let rule = 3; rule < 5; rule++) state = states.add(state, rule);
  expect(states.isTooLarge).toBe(true);
  expect(states.count).toBe(4);
});
