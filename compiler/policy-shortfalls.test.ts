// Tables: what a commit says about policies that do other than they say, by their names.

import { describe, expect, test } from "vitest";
import { compile } from "./compile.ts";
import { noRuleIds } from "./rule-ids.ts";
import { compileText, configurationOf, policyLines, zoneLines } from "./testing/compile-text.ts";

type Terms = Parameters<typeof policyLines>[2];

const inspect: Terms = { then: "permit application-services idp" };
const login: Terms = { then: "permit firewall-authentication pass-through" };
const tunnel: Terms = { then: "permit tunnel pair-policy x" };
const user = { more: ["match source-identity alice"] };
const url = { more: ["match url-category games"] };

const textOf = (policies: readonly (Terms | undefined)[]): string =>
  zoneLines("a", "b") + policies.map((terms, at) => policyLines(["a", "b"], `p${at}`, terms)).join("");

describe("commit warnings", () => {
  test.each<[what: string, policies: readonly (Terms | undefined)[], warnings: readonly string[]]>([
    ["nothing to say", [{}, { then: "deny" }], []],
    [
      "inspection",
      [inspect],
      ["policy.not-inspected: policy p0 permits with application-services, and the traffic passes without inspection"],
    ],
    [
      "inspection of several",
      [inspect, {}, inspect],
      [
        "policy.not-inspected: 2 policies (p0, p2) permit with application-services, and the traffic passes without inspection",
      ],
    ],
    [
      "a log-in",
      [login, {}],
      ["policy.denied: policy p0 denies what it matches: firewall-authentication is not carried out yet"],
    ],
    [
      "several demands",
      [login, tunnel, login],
      [
        "policy.denied: 2 policies (p0, p2) deny what they match: firewall-authentication is not carried out yet",
        "policy.denied: policy p1 denies what it matches: tunnel is not carried out yet",
      ],
    ],
    ["a user", [user], ["policy.passed-over: policy p0 matches nothing: source-identity is not known yet"]],
    [
      "a category that is refused",
      [
        { ...url, then: "reject" },
        { ...url, then: "deny" },
      ],
      [
        "policy.refuses-more: 2 policies (p0, p1) refuse whatever the rest of them matches: url-category is not identified yet",
      ],
    ],
    [
      "a user who must log in",
      [{ ...user, ...login }],
      ["policy.denied: policy p0 denies what it matches: firewall-authentication is not carried out yet"],
    ],
    [
      "very many",
      Array.from({ length: 9 }, () => login),
      [
        "policy.denied: 9 policies (p0, p1, p2, p3, p4 and 4 more) deny what they match: firewall-authentication is not carried out yet",
      ],
    ],
  ])("%s", (_, policies, warnings) => {
    const { diagnostics } = compileText(textOf(policies));
    expect(diagnostics.map(({ code, message }) => `${code}: ${message}`)).toEqual(warnings);
  });

  test("a global policy is named once, and a later commit says it again", () => {
    const text = zoneLines("a", "b") + policyLines("global", "everywhere", login);
    const first = compile(configurationOf(text), { ruleIds: noRuleIds });
    const again = compile(configurationOf(text), { ruleIds: first.ruleIds, before: first });
    for (const { diagnostics } of [first, again])
      expect(diagnostics).toMatchObject([{ code: "policy.denied", severity: "warning" }]);
  });
});
