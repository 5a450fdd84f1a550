// Words → steps by row. A step is shown as its words, its values after `=`, and `…` when the next step stands beside it.

import { describe, expect, test } from "vitest";
import { parseText } from "./parse.ts";
import { Report } from "./report.ts";
import { asWords, pathOfSteps, resolve } from "./resolve.ts";
import type { Intent } from "./resolve.ts";
import { indexOf, rootSchema, wordsOf } from "./schema-index.ts";

const scope = { schema: rootSchema, list: undefined, path: [] };
const nowhere = { source: "test", line: 1, column: 1, endLine: 1, endColumn: 1 };

/** The steps of a line, or the codes of its errors. */
function stepsOf(line: string, intent: Intent): string[] {
  const report = new Report();
  const [part] = parseText(`set ${line}`, "test", report).parts;
  const steps = resolve(scope, part?.items ?? [], intent, report);
  if (steps === undefined) return report.diagnostics.map(({ code }) => code);
  return steps.map(({ schema, word, keys, values, stay }) => {
    const name = wordsOf(schema, word, keys).join(" ");
    return `${name}${values.length > 0 ? `=${values.join(",")}` : ""}${stay ? "…" : ""}`;
  });
}

describe("writing", () => {
  test.each<[line: string, steps: string[]]>([
    ["system host-name fw", ["system", "host-name=fw…"]],
    ["security zones security-zone web tcp-rst", ["security", "zones", "security-zone web", "tcp-rst…"]],
    [
      "interfaces eth1 unit 0 family inet address 10.0.0.1/24 primary",
      ["interfaces", "eth1", "unit 0", "family", "inet", "address 10.0.0.1/24", "primary…"],
    ],
    [
      "security policies from-zone a to-zone b policy p then log session-init session-close",
      ["security", "policies", "from-zone a to-zone b", "policy p", "then", "log", "session-init…", "session-close…"],
    ],
    [
      "security policies global policy p match from-zone [ a b ] to-zone c",
      ["security", "policies", "global", "policy p", "match", "from-zone=a,b…", "to-zone=c…"],
    ],
    [
      "security address-book global address a 10.0.0.1",
      ["security", "address-book global", "address a", "ip-prefix=10.0.0.1…"],
    ],
    [
      "security address-book global address a description x 10.0.0.1",
      ["security", "address-book global", "address a", "description=x…", "ip-prefix=10.0.0.1…"],
    ],
    [
      "applications application-set s application [ a b ]",
      ["applications", "application-set s", "application a…", "application b…"],
    ],
    ["interfaces", ["interfaces"]],
    ["security zones security-zone", ["schema.missing-key"]],
    [
      "policy-options policy-statement s from route-filter 10/8 exact",
      ["policy-options", "policy-statement s", "from", "route-filter 10/8 exact"],
    ],
    [
      "policy-options policy-statement s from route-filter 10/8 upto /24",
      ["policy-options", "policy-statement s", "from", "route-filter 10/8 upto /24"],
    ],
    ["policy-options prefix-list l 10.0.0.0/8", ["policy-options", "prefix-list l", "10.0.0.0/8"]],
    ["system syslog file f any any", ["system", "syslog", "file f", "any", "any…"]],
    ["system host-name", ["schema.missing-value"]],
    ["applications application-set s application [ ]", ["schema.missing-key"]],
    ["security policies global policy p match from-zone [ ]", ["schema.missing-value"]],
    ["security policies from-zone a to-zone b match", ["schema.unknown-statement"]],
    ["security address-book global address a 10.0.0.1 10.0.0.2 x", ["schema.wrong-value"]],
  ])("%s", (line, steps) => {
    expect(stepsOf(line, "write")).toEqual(steps);
  });
});

describe("naming", () => {
  test.each<[line: string, steps: string[]]>([
    ["interfaces", ["interfaces"]],
    ["security zones security-zone", ["security", "zones", "security-zone…"]],
    ["system host-name", ["system", "host-name…"]],
    [
      "security policies global policy p match from-zone",
      ["security", "policies", "global", "policy p", "match", "from-zone…"],
    ],
    ["security policies from-zone a", ["schema.missing-key"]],
    ["security nothing", ["schema.unknown-statement"]],
  ])("%s", (line, steps) => {
    expect(stepsOf(line, "name")).toEqual(steps);
  });
});

describe("helpers of resolve", () => {
  test("the path of steps leaves leaves out", () => {
    const words = asWords(
      ["security", "policies", "from-zone", "a", "to-zone", "b", "policy", "p", "then", "permit"],
      nowhere,
    );
    const steps = resolve(scope, words, "write", new Report()) ?? [];
    expect(pathOfSteps(steps)).toEqual(words.map(({ text }) => text));
    const leaf = resolve(scope, asWords(["system", "host-name", "x"], nowhere), "write", new Report()) ?? [];
    expect(pathOfSteps(leaf)).toEqual(["system"]);
  });

  test("spans cover the statement with its keys and values", () => {
    const report = new Report();
    const [part] = parseText(
      "set security policies from-zone a to-zone b policy p match application [ x y ]",
      "test",
      report,
    ).parts;
    const steps = resolve(scope, part?.items ?? [], "write", report) ?? [];
    expect(steps.map(({ span }) => [span.column, span.endColumn])).toEqual([
      [5, 13],
      [14, 22],
      [23, 44],
      [45, 53],
      [54, 59],
      [60, 79],
    ]);
  });

  test("the index of a level knows order, rivals and the leaf without keyword", () => {
    const index = indexOf(rootSchema);
    expect(indexOf(rootSchema)).toBe(index);
    expect([...index.byWord.keys()]).toEqual([
      "version",
      "groups",
      "apply-groups",
      "apply-groups-except",
      "apply-macro",
      ...Object.keys(rootSchema.children).filter((word) => word !== "version" && word !== "groups"),
      "unknown-statement",
    ]);
    expect(index.order.get("system")).toBe(5);
    expect(index.positional).toBeUndefined();
    expect(index.rivals.size).toBe(0);
  });
});
