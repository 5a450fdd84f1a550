// Every port is in one class at most, with exactly the rules that speak of it; what is in none is left to the rest.

import fc from "fast-check";
import { expect, test } from "vitest";
import { classPortsMax, portClasses, portsBeside } from "./port-classes.ts";

const one = (first: number, last = first) => ({ first, last });
const all = one(0, 65_535);

test.each([
  ["no rule", [], [], []],
  ["a port", [[one(22)]], [[[22], [0]]], [[]]],
  ["the same port twice", [[one(22)], [one(22)]], [[[22], [0, 1]]], [[], []]],
  ["two ports of the same rules are one class", [[one(22), one(80)]], [[[22, 80], [0]]], [[]]],
  ["a wide range is left", [[one(1024, 2048)]], [], [[one(1024, 2048)]]],
  ["a rule for everything is in each class and in the rest", [[one(22)], [all]], [[[22], [0, 1]]], [[], [all]]],
  [
    "a short range is spelled out, and where another reaches into it there are two classes",
    [[one(10, 13)], [one(12)]],
    [
      [[10, 11, 13], [0]],
      [[12], [0, 1]],
    ],
    [[], []],
  ],
] as const)("%s", (_, ranges, classes, rest) => {
  const made = portClasses(ranges);
  expect(made.map(({ ports, rules }) => [ports, rules])).toEqual(classes);
  expect(portsBeside(made, ranges)).toEqual(rest);
});

const anyRange = fc
  .tuple(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 0, max: 90 }))
  .map(([first, more]) => one(first, first + more));

test("a port has the rules that speak of it, in its class or in the rest", () => {
  fc.assert(
    fc.property(fc.array(fc.array(anyRange, { maxLength: 3 }), { maxLength: 8 }), fc.nat(), (ranges, some) => {
      // Whichever classes are taken: the others are left to the rest.
      const classes = portClasses(ranges).filter((_, index) => ((some >>> (index % 31)) & 1) === 0);
      const rest = portsBeside(classes, ranges);
      const speak = (lists: typeof rest, port: number) =>
        lists.flatMap((list, rule) => (list.some(({ first, last }) => first <= port && port <= last) ? [rule] : []));
      for (let port = 0; port <= 400; port++) {
        const own = classes.filter(({ ports }) => ports.includes(port));
        expect(own.length).toBeLessThanOrEqual(1);
        expect(own[0]?.rules ?? speak(rest, port)).toEqual(speak(ranges, port));
      }
    }),
  );
});

test("ports with classes are not more than there is room for, and the narrowest ranges have them", () => {
  const ranges = Array.from({ length: 40 }, (_, index) => [one(index * 100, index * 100 + (index % 2 === 0 ? 0 : 60))]);
  const classes = portClasses(ranges);
  const rest = portsBeside(classes, ranges);
  const ports = classes.flatMap((it) => it.ports);
  expect(ports.length).toBeLessThanOrEqual(classPortsMax);
  expect(ports.length).toBeGreaterThan(classPortsMax - 61);
  expect(rest.flat().every(({ first, last }) => last > first)).toBe(true);
});

test("very many ranges make no classes", () => {
  const ranges = Array.from({ length: 100 }, () => Array.from({ length: 200 }, (_, index) => one(index * 300)));
  expect(portClasses(ranges)).toEqual([]);
  expect(portsBeside([], ranges)).toHaveLength(100);
});
