// Names of interface ranges in other hierarchies: text, and what is enforced of it.

import fc from "fast-check";
import { expect, test } from "vitest";
import { inherit } from "./inherit.ts";
import { loadConfiguration } from "./load.ts";
import { printInheritance } from "./print-inheritance.ts";
import { printSetLines } from "./set-lines.ts";
import { emptyTree } from "./tree.ts";
import type { ConfigNode } from "./tree.ts";

const range = `set interfaces interface-range ports member-range ge-0/0/1 to ge-0/0/2`;

function load(lines: string): ConfigNode {
  const { tree, diagnostics } = loadConfiguration(emptyTree, lines, { action: "set", source: "test" });
  expect(diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
  return tree;
}

/** Without the lines of the interfaces themselves. */
function expand(...lines: readonly string[]): readonly string[] {
  const { tree, diagnostics } = inherit(load([range, ...lines].join("\n")));
  expect(diagnostics).toEqual([]);
  return printSetLines(tree).filter((line) => !line.startsWith("set interfaces "));
}

const zone = "set security zones security-zone trust interfaces";

test.each<[name: string, lines: readonly string[], enforced: readonly string[]]>([
  ["a zone's interfaces", [`${zone} ports`], [`${zone} ge-0/0/1.0`, `${zone} ge-0/0/2.0`]],
  [
    "with what stands in the entry",
    [`${zone} ports host-inbound-traffic system-services ssh`],
    [
      `${zone} ge-0/0/1.0 host-inbound-traffic system-services ssh`,
      `${zone} ge-0/0/2.0 host-inbound-traffic system-services ssh`,
    ],
  ],
  [
    "what stands at the member wins and is filled, under either of its names",
    [
      `${zone} ports host-inbound-traffic system-services ssh`,
      `${zone} ge-0/0/2 host-inbound-traffic system-services ping`,
    ],
    [
      `${zone} ge-0/0/2 host-inbound-traffic system-services ping`,
      `${zone} ge-0/0/2 host-inbound-traffic system-services ssh`,
      `${zone} ge-0/0/1.0 host-inbound-traffic system-services ssh`,
    ],
  ],
  [
    "an inactive member keeps nothing away",
    [
      `${zone} ge-0/0/2.0 host-inbound-traffic system-services ping`,
      `deactivate ${zone.slice(4)} ge-0/0/2.0`,
      `${zone} ports`,
    ],
    [`${zone} ge-0/0/2.0`, `${zone} ge-0/0/1.0`],
  ],
  [
    "a list of values",
    ["set security nat source rule-set r from interface [ ports ge-0/0/9.0 ge-0/0/1.0 ]"],
    ["9", "1", "2"].map((port) => `set security nat source rule-set r from interface ge-0/0/${port}.0`),
  ],
  [
    "devices without units",
    ["set security macsec interfaces ports connectivity-association ca"],
    ["1", "2"].map((port) => `set security macsec interfaces ge-0/0/${port} connectivity-association ca`),
  ],
  [
    "protocols",
    ["set protocols lldp interface ports disable"],
    ["1", "2"].map((port) => `set protocols lldp interface ge-0/0/${port}.0 disable`),
  ],
  [
    "virtual networks, routing instances, and classes of service",
    [
      "set class-of-service interfaces ports unit 0 classifiers inet-precedence c",
      "set routing-instances blue interface ports",
      "set vlans v10 interface ports",
    ],
    [
      ...["1", "2"].map(
        (port) => `set class-of-service interfaces ge-0/0/${port} unit 0 classifiers inet-precedence c`,
      ),
      ...["1", "2"].map((port) => `set routing-instances blue interface ge-0/0/${port}.0`),
      ...["1", "2"].map((port) => `set vlans v10 interface ge-0/0/${port}.0`),
    ],
  ],
  [
    "a name that is no range, and a statement about one interface alone",
    [`${zone} port`, "set security ipsec vpn v bind-interface ports"],
    ["set security ipsec vpn v bind-interface ports", `${zone} port`],
  ],
  [
    "what a group brings",
    [
      "set groups g security zones security-zone <*> interfaces ports",
      "set apply-groups g",
      "set security zones security-zone trust",
    ],
    [`${zone} ge-0/0/1.0`, `${zone} ge-0/0/2.0`],
  ],
])("%s", (_, lines, enforced) => {
  expect(expand(...lines)).toEqual(enforced);
});

test("an inactive range names nothing", () => {
  const lines = [range, "deactivate interfaces interface-range ports", `${zone} ports`];
  expect(printSetLines(inherit(load(lines.join("\n"))).tree)).toContain(`${zone} ports`);
});

test("where it comes from is shown", () => {
  const { tree } = inherit(load([range, `${zone} ports`].join("\n")));
  expect(printInheritance(tree, { at: ["security", "zones", "security-zone", "trust"] })).toBe(
    `interfaces {
    ##
    ## 'ge-0/0/1.0' was expanded from interface-range 'ports'
    ##
    ge-0/0/1.0;
    ##
    ## 'ge-0/0/2.0' was expanded from interface-range 'ports'
    ##
    ge-0/0/2.0;
}
`,
  );
});

test("a second time changes nothing", () => {
  const once = inherit(load([range, `${zone} ports`].join("\n"))).tree;
  expect(inherit(once).tree).toBe(once);
});

test("law: a range says what its members, written one by one, would say", () => {
  const ports = fc.uniqueArray(fc.nat(12), { minLength: 1, maxLength: 5 });
  const services = fc.uniqueArray(fc.constantFrom("ssh", "ping", "dns", "ntp"), { minLength: 1, maxLength: 3 });
  fc.assert(
    fc.property(ports, services, fc.nat(12), services, (members, common, other, own) => {
      const lines = (name: string, allowed: readonly string[]) =>
        allowed.map((service) => `${zone} ${name} host-inbound-traffic system-services ${service}`);
      const range = members.map((port) => `set interfaces interface-range ports member ge-0/0/${port}`);
      const written = lines(`ge-0/0/${other}.0`, own);
      const ranged = inherit(load([...range, ...lines("ports", common), ...written].join("\n"))).tree;
      const single = members.flatMap((port) => lines(`ge-0/0/${port}.0`, common));
      const plain = load([...written, ...single].join("\n"));
      const zones = (tree: ConfigNode) =>
        printSetLines(tree)
          .filter((line) => line.startsWith(zone))
          .toSorted();
      expect(zones(ranged)).toEqual(zones(plain));
    }),
    { numRuns: 60 },
  );
});
