// Tables: what policies demand beside passing, and what they match then.

import { describe, expect, test } from "vitest";
import { loadConfiguration } from "@merlon/junos/load.ts";
import { readConfiguration } from "@merlon/junos/read.ts";
import { emptyTree } from "@merlon/junos/tree.ts";
import { compile } from "./compile.ts";
import { DiagnosticList } from "./diagnostic-list.ts";
import { unmetDemand, warnUninspected } from "./permit-demands.ts";
import { noRuleIds } from "./rule-ids.ts";

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

  test("what is not carried out makes the policy match nothing", () => {
    const configuration = configurationOf(["then permit tunnel pair-policy p1", "then permit"]);
    const { ir } = compile(configuration, { ruleIds: noRuleIds });
    const rules = ir.contexts.flatMap((context) => context.rules);
    const kindOf = (name: string) => rules.find(({ policy }) => policy.name === name)?.match.kind;
    expect([kindOf("p0"), kindOf("p1")]).toEqual(["nothing", "packets"]);
  });

  test.each<[lines: string[], message: string | undefined]>([
    [["then permit"], undefined],
    [
      ["then permit application-services idp"],
      "policy p0 permits with application-services, and the traffic passes without inspection",
    ],
    [
      ["then permit application-services idp", "then permit", "then permit application-services utm-policy u"],
      "2 policies permit with application-services, and the traffic passes without inspection",
    ],
  ])("%j are warned about once", (lines, message) => {
    const diagnostics = new DiagnosticList();
    warnUninspected(configurationOf(lines), diagnostics);
    expect(diagnostics.all().map((it) => it.message)).toEqual(message === undefined ? [] : [message]);
  });
});
