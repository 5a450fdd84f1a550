// Tables: what policies demand beside passing, and what they match then.

import { describe, expect, test } from "vitest";
import { loadConfiguration } from "@merlon/junos/load.ts";
import { readConfiguration } from "@merlon/junos/read.ts";
import { emptyTree } from "@merlon/junos/tree.ts";
import { explainDecision } from "./explain.ts";
import { interpret } from "./interpret.ts";
import { lowerTable } from "./nft/lower.ts";
import { unmetDemand } from "./permit-demands.ts";
import { compileText, packetOf, policyLines, zoneLines } from "./testing/compile-text.ts";
import { expectDecision } from "./testing/expect-decision.ts";

function configurationOf(lines: readonly string[]) {
  const head = "set security policies from-zone a to-zone b policy";
  const all = ["set security zones security-zone a", "set security zones security-zone b"];
  for (const [at, line] of lines.entries()) {
    const match = ["source-address any", "destination-address any", "application any"];
    all.push(...match.map((term) => `${head} p${at} match ${term}`), `${head} p${at} ${line}`);
  }
  const loaded = loadConfiguration(emptyTree, all.join("\n"), { action: "set", source: "t" });
  expect(loaded.diagnostics).toEqual([]);
  return readConfiguration(loaded.tree).configuration;
}

const policiesOf = (lines: readonly string[]) => configurationOf(lines).security?.policies?.fromZone[0]?.policy ?? [];

describe("permit", () => {
  test.each<[line: string, unmet: string | undefined]>([
    ["then permit", undefined],
    ["then permit tunnel ipsec-vpn v", "tunnel is not carried out yet"],
    ["then permit tunnel pair-policy p1", "tunnel is not carried out yet"],
    ["then permit firewall-authentication pass-through", "firewall-authentication is not carried out yet"],
    [
      "then permit firewall-authentication web-authentication client-match x",
      "firewall-authentication is not carried out yet",
    ],
    ["then permit destination-address drop-translated", "destination-address is not carried out yet"],
    ["then permit application-services idp", undefined],
    ["then permit tcp-options sequence-check-required", undefined],
    ["then deny", undefined],
  ])("%s: %s", (line, unmet) => {
    expect(policiesOf([line]).map(unmetDemand)).toEqual([unmet]);
  });

  test.each<[then: string, line: string]>([
    ["then permit firewall-authentication pass-through", ""],
    ["then permit tunnel pair-policy p1", ""],
    ["then permit destination-address drop-untranslated", ""],
    ["then permit firewall-authentication pass-through", "match source-identity alice"],
    ["then permit firewall-authentication pass-through", "match dynamic-application junos:HTTP"],
  ])("a policy with %s %s denies what it matches, and no later policy permits it", (then, line) => {
    const pair = ["a", "b"] as const;
    const text =
      zoneLines("a", "b") +
      policyLines(pair, "p0", { application: "junos-http", then: "permit", more: [then, line].filter(Boolean) }) +
      policyLines(pair, "p1");
    const { ir } = compileText(text);
    const sentenceOf = (port: number) => {
      const packet = packetOf(`a b 10.0.0.1 10.0.0.2 tcp ${port}`);
      expectDecision(ir, lowerTable(ir, 1), packet);
      return explainDecision(interpret(ir, packet), packet);
    };
    const [, , demand] = then.split(" ");
    expect(sentenceOf(80)).toBe(`denied by policy p0 from-zone a to-zone b: ${demand} is not carried out yet`);
    expect(sentenceOf(81)).toBe("permitted by policy p1 from-zone a to-zone b");
    const rule = ir.contexts.find(({ fromZone, toZone }) => fromZone === "a" && toZone === "b")?.rules[0];
    expect(rule).toMatchObject({ action: "deny", log: { sessionInit: true } });
  });
});
