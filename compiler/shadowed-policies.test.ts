// Which policies are shadowed, over configurations as an operator writes them.

import { describe, expect, test } from "vitest";
import { shadowedPolicies } from "./shadowed-policies.ts";
import type { ShadowQuestion } from "./shadowed-policies.ts";
import { compileText } from "./testing/compile-text.ts";

interface Row {
  readonly name: string;
  readonly source?: string;
  readonly destination?: string;
  readonly application?: string;
  readonly more?: string;
}

function policy({ name, source = "any", destination = "any", application = "any", more = "" }: Row): string {
  return `policy ${name} { match { source-address ${source}; destination-address ${destination}; application ${application}; ${more} } then { permit; } }`;
}

function irOf(pair: readonly Row[], global: readonly Row[] = []) {
  return compileText(`
    security {
      address-book { global {
        address lan 10.0.0.0/8; address host 10.0.0.1/32; address low 10.0.0.0/9; address high 10.128.0.0/9;
        address-set both { address low; address high; }
      } }
      policies {
        from-zone a to-zone b { ${pair.map(policy).join("\n")} }
        global { ${global.map(policy).join("\n")} }
      }
      zones { security-zone a { interfaces { eth1; } } security-zone b { interfaces { eth2; } } }
    }`).ir;
}

function ask(pair: readonly Row[], asked?: { readonly policy: string; readonly reverse: boolean }): string {
  const pairs = shadowedPolicies(irOf(pair), { fromZone: "a", toZone: "b" }, asked);
  return pairs === "too-many" ? pairs : pairs.map(({ policy: one, shadowed }) => `${one}>${shadowed}`).join(" ");
}

describe("policies of a pair", () => {
  test.each<[string, readonly Row[], string]>([
    ["none", [{ name: "p" }], ""],
    ["everything before something", [{ name: "all" }, { name: "web", application: "junos-http" }], "all>web"],
    ["something before everything", [{ name: "web", application: "junos-http" }, { name: "all" }], ""],
    [
      "a prefix within a prefix",
      [
        { name: "p", source: "lan" },
        { name: "q", source: "host" },
      ],
      "p>q",
    ],
    [
      "a set that is as wide",
      [
        { name: "p", source: "both" },
        { name: "q", source: "lan" },
      ],
      "p>q",
    ],
    [
      "half of it",
      [
        { name: "p", source: "low" },
        { name: "q", source: "lan" },
      ],
      "",
    ],
    [
      "all but one host",
      [
        { name: "p", source: "host", more: "source-address-excluded;" },
        { name: "q", source: "high" },
      ],
      "p>q",
    ],
    [
      "an application within a set",
      [
        { name: "p", application: "junos-dns-udp" },
        { name: "q", application: "junos-dns-udp" },
      ],
      "p>q",
    ],
    ["by two others", [{ name: "p" }, { name: "q", source: "lan" }, { name: "r", source: "host" }], "p>q p>r q>r"],
  ])("%s", (_, rows, expected) => {
    expect(ask(rows)).toBe(expected);
  });

  const three = [{ name: "p" }, { name: "q", source: "lan" }, { name: "r", source: "host" }];
  test.each([
    ["q", false, "q>r"],
    ["r", true, "p>r q>r"],
    ["p", true, ""],
    ["unknown", false, ""],
  ])("asked for %s, reverse %s", (name, reverse, expected) => {
    expect(ask(three, { policy: name, reverse })).toBe(expected);
  });

  test("a pair of zones without policies has none", () => {
    const question: ShadowQuestion = { fromZone: "b", toZone: "a" };
    expect(shadowedPolicies(irOf([{ name: "p" }]), question)).toEqual([]);
  });
});

describe("global policies", () => {
  const globalNames = ["g", "h"];
  test.each<[string, readonly Row[], string]>([
    ["for all zones before one pair", [{ name: "g" }, { name: "h", more: "from-zone a; to-zone b;" }], "g>h"],
    ["for one pair before all zones", [{ name: "g", more: "from-zone a; to-zone b;" }, { name: "h" }], ""],
    [
      "for other pairs",
      [
        { name: "g", more: "from-zone a;" },
        { name: "h", more: "from-zone b;" },
      ],
      "",
    ],
  ])("%s", (_, rows, expected) => {
    const pairs = shadowedPolicies(irOf([], rows), { globalNames });
    expect(pairs === "too-many" ? pairs : pairs.map((it) => `${it.policy}>${it.shadowed}`).join(" ")).toBe(expected);
  });
});
