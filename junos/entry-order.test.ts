// The linked order does what the same operations do to a plain array.

import fc from "fast-check";
import { expect, test } from "vitest";
import { EntryOrder } from "./entry-order.ts";

const id = fc.integer({ min: 0, max: 7 }).map((number) => `n${number}`);
const operation = fc.oneof(
  fc.record({ kind: fc.constant("append" as const), id }),
  fc.record({ kind: fc.constant("remove" as const), id }),
  fc.record({
    kind: fc.constant("move" as const),
    id,
    where: fc.constantFrom("before" as const, "after" as const),
    anchor: id,
  }),
  fc.record({ kind: fc.constant("rename" as const), id, newId: id }),
);

test("linked order equals array order", () => {
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 40 }), (operations) => {
      let ids = ["n0", "n1", "n2"];
      const order = new EntryOrder(ids);
      for (const step of operations) {
        const has = ids.includes(step.id);
        if (step.kind === "append" && !has) {
          ids = [...ids, step.id];
          order.append(step.id);
        } else if (step.kind === "remove") {
          ids = ids.filter((it) => it !== step.id);
          order.remove(step.id);
        } else if (step.kind === "move" && has && ids.includes(step.anchor) && step.anchor !== step.id) {
          const rest = ids.filter((it) => it !== step.id);
          const at = rest.indexOf(step.anchor) + (step.where === "after" ? 1 : 0);
          ids = rest.toSpliced(at, 0, step.id);
          order.move(step.id, step.where, step.anchor);
        } else if (step.kind === "rename" && has && !ids.includes(step.newId)) {
          ids = ids.map((it) => (it === step.id ? step.newId : it));
          order.rename(step.id, step.newId);
        }
        expect([...order.ids()]).toEqual(ids);
      }
    }),
    { numRuns: 500 },
  );
});

test("what is not there cannot be moved", () => {
  const order = new EntryOrder(["a", "b"]);
  expect(() => order.move("x", "before", "a")).toThrow();
  expect(() => order.move("a", "before", "a")).toThrow();
  expect(() => order.rename("a", "b")).toThrow();
  expect(() => order.append("a")).toThrow();
});
