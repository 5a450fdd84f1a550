// Names of other lists: where a `refersTo` leads, what unknown names say, and what the notices of a tree count.

import { describe, expect, test } from "vitest";
import { namesAt } from "./names.ts";
import { Notices } from "./notices.ts";
import { listAt, References } from "./references.ts";
import { Report } from "./report.ts";
import { loadConfiguration } from "./load.ts";
import { emptyTree } from "./tree.ts";

const zones = ["security", "zones", "security-zone"];

describe("references", () => {
  test("lead to a list of the schema", () => {
    expect(listAt(zones)?.kind).toBe("list");
    expect(listAt(["routing-instances"])?.keyword).toBe(false);
    expect(listAt(["interfaces", "unit"])?.kind).toBe("list");
    expect(listAt(["security", "zones"])).toBeUndefined();
    expect(listAt(["security", "nowhere"])).toBeUndefined();
    expect(listAt(["system", "host-name", "x"])).toBeUndefined();
  });

  test.each<[used: string, defined: string[], hint: string | undefined]>([
    ["web", ["web"], undefined],
    ["wbe", ["web", "app"], 'did you mean "web"?'],
    ["data", ["web", "app"], "add it: set security zones security-zone data"],
    ["web", [], "add it: set security zones security-zone web"],
  ])("%s of %j", (used, defined, hint) => {
    const references = new References();
    references.use({ lists: [zones], name: used, exact: true, node: emptyTree, path: ["x"] });
    const list = listAt(zones);
    if (list !== undefined) references.define(list, defined);
    const report = new Report();
    references.check(report);
    expect(report.diagnostics.map((it) => it.hint)).toEqual(hint === undefined ? [] : [hint]);
  });
});

describe("notices", () => {
  test("one per statement and consequence", () => {
    const notices = new Notices();
    const schema = { kind: "flag", help: "Help", notEnforced: "nothing happens" } as const;
    const node = { ...emptyTree, kind: "flag", word: "x" } as const;
    notices.note(schema, node, ["a"]);
    notices.note(schema, node, ["b"]);
    notices.note({ ...schema, notEnforced: "little happens" }, node, ["c"]);
    notices.note({ kind: "flag", help: "Help" }, node, ["d"]);
    const report = new Report();
    notices.warn(report);
    expect(report.diagnostics.map(({ path, message }) => `${path.join(" ")}: ${message}`)).toEqual([
      'a x: "x" is not enforced (2 places): nothing happens',
      'c x: "x" is not enforced: little happens',
    ]);
  });
});

describe("names for completion", () => {
  const lines = [
    "set security address-book global address a 10.0.0.1",
    "set security address-book other address b 10.0.0.2",
    "set security address-book other address b description second",
    "set security zones security-zone web address-book address c 10.0.0.3",
  ];
  const { tree } = loadConfiguration(emptyTree, lines.join("\n"), { action: "set", source: "test" });

  test.each<[path: string, names: string[]]>([
    ["security address-book", ["global", "other"]],
    ["security address-book address", ["a", "b"]],
    ["security zones security-zone address-book address", ["c"]],
    ["interfaces interface", []],
    ["security nothing", []],
    ["security", []],
  ])("%s", (path, names) => {
    expect([...namesAt(tree, path.split(" "))].map(({ name }) => name)).toEqual(names);
  });

  test("help is the description where there is one", () => {
    const helps = [...namesAt(tree, ["security", "address-book", "address"])].map(({ help }) => help);
    expect(helps).toEqual(["Named address", "second"]);
  });
});
