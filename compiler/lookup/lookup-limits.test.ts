// Services multiply what addresses make: source by destination ports, and cells by what is decided in each. Both are
// counted before they are made, and what would be too large is a list or is refused.

import { expect, test } from "vitest";
import { compile } from "../compile.ts";
import type { Compilation } from "../compile.ts";
import type { IrContext } from "../ir.ts";
import { noRuleIds } from "../rule-ids.ts";
import { bookLines, compileText, configurationOf, policyLines, zoneLines } from "../testing/compile-text.ts";
import { limitsOfEach } from "./boxes.ts";
import type { LookupPart } from "./context-lookups.ts";
import { keptLookups } from "./kept-lookups.ts";
import { lookupRowsMax } from "./per-width.ts";

const range = (count: number) => Array.from({ length: count }, (_, i) => i);

function partFromAToB({ ir }: Pick<Compilation, "ir">): LookupPart | undefined {
  return keptLookups(ir).partsOf(contextOf(ir.contexts), 4)[0];
}

function contextOf(contexts: readonly IrContext[]): IrContext {
  const found = contexts.find(({ fromZone, toZone }) => fromZone === "a" && toZone === "b");
  if (found === undefined) throw new Error("there are no policies from a to b");
  return found;
}

/** Every policy has ports that cut across those of most others. */
function crossingPorts(policyCount: number): string {
  const policies = range(policyCount).map((i) => {
    const [source, destination] = [(i * 100) % 40_000, (i * 90) % 35_000];
    const ports = `source-port ${source}-${source + 20_000} destination-port ${destination}-${destination + 30_000}`;
    return (
      `set applications application s${i} protocol tcp ${ports}\n` +
      policyLines(["a", "b"], `p${i}`, { source: `h${i % 40}`, application: `s${i}` })
    );
  });
  const book = range(40).map((i) => `address h${i} 10.0.${i}.0/24`);
  return zoneLines("a", "b") + bookLines("global", book.join(";")) + policies.join("");
}

test("source and destination ports that overlap in too many ways are asked one after the other, with a warning", () => {
  const made = compileText(crossingPorts(300));
  expect(partFromAToB(made)?.kind).toBe("list");
  const found = made.diagnostics.filter(({ code }) => code === "policy.many-overlaps");
  expect(found.map(({ severity, message }) => [severity, message])).toEqual([
    [
      "warning",
      "the policies from-zone a to-zone b are asked one after the other for IPv4, up to 21 µs for each new session, " +
        "because their ports overlap in too many ways for a lookup",
    ],
  ]);
  expect(found[0]?.hint).toContain("policy p0");
});

test("beyond what a list may hold they are refused", () => {
  const { diagnostics } = compileText(crossingPorts(1_001));
  expect(diagnostics.filter(({ code }) => code === "policy.too-many-overlaps").map(({ severity }) => severity)).toEqual(
    ["error"],
  );
});

test("few ports on both sides are a lookup", () => {
  const made = compileText(crossingPorts(40));
  expect(made.diagnostics).toEqual([]);
  expect(partFromAToB(made)?.kind).not.toBe("list");
});

test("services do not make more rows of one stage than a lookup may have", () => {
  const [sides, ports] = [80, 700];
  // Half of the ports, and others for each policy.
  const has = (policy: number, port: number) => (Math.imul(policy * 2_654_435 + 1, port * 40_503 + 7) >>> 13) % 2 === 0;
  const book = range(sides).map((i) => `address s${i} 10.1.${i}.0/24; address d${i} 10.2.${i}.0/24`);
  const applications = range(ports).map(
    (i) => `set applications application t${i} protocol tcp destination-port ${1_000 + 2 * i}\n`,
  );
  const policies = range(2 * sides).map((policy) => {
    const set = range(ports)
      .filter((port) => has(policy, port))
      .map((port) => `set applications application-set g${policy} application t${port}\n`);
    const [side, name] = policy % 2 === 0 ? ["source", "s"] : ["destination", "d"];
    return (
      set.join("") +
      policyLines(["a", "b"], `p${policy}`, { [side]: `${name}${policy >> 1}`, application: `g${policy}` })
    );
  });
  const made = compileText(
    zoneLines("a", "b") + bookLines("global", book.join(";")) + applications.join("") + policies.join(""),
  );
  expect(made.diagnostics).toEqual([]);
  const part = partFromAToB(made);
  if (part?.kind !== "lookup") throw new Error("there is no lookup");
  expect(part.lookup.stages.length).toBeGreaterThan(1);
  expect(part.lookup.cells.reduce((sum, { count }) => sum + count, 0) + part.lookup.nodes.count).toBeLessThan(
    lookupRowsMax / 10,
  );
});

test("what the budget counts is counted anew when boxes may take another share", () => {
  const { ir } = compile(configurationOf(crossingPorts(10)), { ruleIds: noRuleIds });
  const lookups = keptLookups(ir);
  const context = contextOf(ir.contexts);
  const [own, shared] = [lookups.of(context), lookups.sharedOf(context, 4)];
  const counted = (lookupCount: number, value: number) =>
    own.numberOf("rows", shared, limitsOfEach(lookupCount, 4), () => value);
  expect([counted(1, 7), counted(1, 8), counted(100, 9), counted(100, 10), counted(1, 11)]).toEqual([7, 7, 9, 9, 11]);
});
