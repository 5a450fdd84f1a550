// Statements that no schema knows: kept by choice or in open hierarchies, printed back, counted, never silently.

import { describe, expect, test } from "vitest";
import { loadConfiguration } from "./load.ts";
import { printTree } from "./print.ts";
import { readConfiguration } from "./read.ts";
import { sameTree } from "./same-tree.ts";
import { printSetLines } from "./set-lines.ts";
import { emptyTree } from "./tree.ts";

const load = (text: string, keepUnknown: boolean) =>
  loadConfiguration(emptyTree, text, { action: "override", source: "t", keepUnknown });

describe("unknown statements", () => {
  const text = `system {
    host-name a;
    weather {
        report "two words" daily;
        station berlin {
            height 34;
        }
    }
}
`;

  test("are refused by default", () => {
    expect(load(text, false).diagnostics).toMatchObject([{ code: "schema.unknown-statement", severity: "error" }]);
  });

  test("are kept by choice, printed back, and warned about once", () => {
    const { tree, diagnostics } = load(text, true);
    expect(diagnostics).toMatchObject([{ code: "load.kept-unknown", severity: "warning" }]);
    expect(printTree(tree)).toBe(text);
    expect(sameTree(load(printTree(tree), true).tree, tree)).toBe(true);
    expect(printSetLines(tree)).toEqual([
      "set system host-name a",
      'set system weather report "two words" daily',
      "set system weather station berlin height 34",
    ]);
  });

  test("are counted at every commit", () => {
    const said = readConfiguration(load(text, true).tree).diagnostics.map(({ message }) => message);
    expect(said).toEqual(["2 statements are kept but not enforced: system unknown-statement (2)"]);
  });

  test("a list in brackets becomes a statement of each value", () => {
    const { tree } = load("protocols { bgp { import [ one two ]; } }", false);
    expect(printSetLines(tree)).toEqual(["set protocols bgp import one", "set protocols bgp import two"]);
  });

  test("open hierarchies keep what stands in them without being asked", () => {
    const { tree, diagnostics } = load("protocols { ospf { area 0.0.0.0 { interface ge-0/0/0.0; } } }", false);
    expect(diagnostics).toEqual([]);
    expect(printTree(tree)).toContain("area 0.0.0.0 {\n            interface ge-0/0/0.0;");
  });
});
