// Children are made once, when they are asked for, and not when a node is copied.

import { expect, test } from "vitest";
import { withChildren } from "./lazy-children.ts";
import { container, flag, list, key } from "./node.ts";
import type { Children } from "./node.ts";
import { zoneName } from "./value.ts";

function counted(children: Children): { readonly make: () => Children; readonly count: () => number } {
  let count = 0;
  const make = (): Children => {
    count += 1;
    return children;
  };
  return { make, count: () => count };
}

test("children are made once, when they are first asked for", () => {
  const { make, count } = counted({ a: flag("A") });
  const lazy = withChildren(container("Top", {}, { presence: true }), make);
  expect([lazy.kind, lazy.help, lazy.presence]).toEqual(["container", "Top", true]);
  expect(count()).toBe(0);
  expect(Object.keys(lazy.children)).toEqual(["a"]);
  expect(lazy.children).toBe(lazy.children);
  expect(count()).toBe(1);
});

test("a copy with other children does not ask for those that it replaces", () => {
  const inner = counted({ a: flag("A") });
  const outer = counted({ b: flag("B") });
  const first = withChildren(list("Zones", [key("name", zoneName)], {}), inner.make);
  const second = withChildren(first, outer.make);
  expect(Object.keys(second.children)).toEqual(["b"]);
  expect(second.keys).toBe(first.keys);
  expect([inner.count(), outer.count()]).toEqual([0, 1]);
  expect(Object.keys({ ...first }.children)).toEqual(["a"]);
  expect(inner.count()).toBe(1);
});
