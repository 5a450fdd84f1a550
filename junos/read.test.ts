// Tree → typed configuration: values, order, origins, what inactive means, and every error that a tree of our own making
// or of another program can have.

import { describe, expect, test } from "vitest";
import { origin } from "@merlon/model/schema/node.ts";
import { loadConfiguration } from "./load.ts";
import { readConfiguration } from "./read.ts";
import { childId, emptyTree } from "./tree.ts";
import type { ConfigNode } from "./tree.ts";

function tree(text: string): ConfigNode {
  const { tree: loaded, diagnostics } = loadConfiguration(emptyTree, text, { action: "override", source: "test.conf" });
  expect(diagnostics).toEqual([]);
  return loaded;
}

const example = tree(`system { host-name fw; }
security {
    address-book {
        global {
            address web 10.0.1.0/24;
            address one { range-address 10.0.0.1 { to { 10.0.0.9; } } }
        }
    }
    policies {
        from-zone web to-zone app {
            policy p { match { source-address [ web any ]; application any; } then { permit; log { session-init; } } }
            inactive: policy q { then { deny; } }
        }
        default-policy { deny-all; }
    }
    zones {
        security-zone web { interfaces { ge-0/0/0; eth1.5 { host-inbound-traffic { system-services { all; ssh { except; } } } } } }
        security-zone app { inactive: tcp-rst; }
    }
}
interfaces { ge-0/0/0 { kernel-name eth9; unit 0 { family inet { address 10.0.0.1/24; } family inet6; } } }
routing-options { static { route 0.0.0.0/0 { next-hop 10.0.0.2; preference 7; } route 10.0.0.0/8 discard; } }
applications { application x { term t protocol tcp destination-port 80-90; } }
`);

describe("the typed configuration", () => {
  const { configuration, diagnostics } = readConfiguration(example);

  test("has the values", () => {
    expect(diagnostics).toEqual([]);
    expect(configuration.system?.hostName).toBe("fw");
    expect(configuration.security?.addressBook[0]?.address[0]?.ipPrefix).toEqual({
      address: { family: 4, value: 0x0a_00_01_00 },
      length: 24,
    });
    expect(configuration.security?.addressBook[0]?.address[1]?.rangeAddress[0]).toMatchObject({
      name: { family: 4, value: 0x0a_00_00_01 },
      to: { rangeHigh: { family: 4, value: 0x0a_00_00_09 } },
    });
    const [pair] = configuration.security?.policies?.fromZone ?? [];
    expect(pair).toMatchObject({ fromZoneName: "web", toZoneName: "app" });
    expect(pair?.policy[0]).toMatchObject({
      name: "p",
      match: { sourceAddress: ["web", "any"], application: ["any"] },
    });
    expect(pair?.policy[0]?.then?.permit).toBeDefined();
    expect(pair?.policy[0]?.then?.log).toMatchObject({ sessionInit: true });
    expect(pair?.policy[0]?.then?.log?.sessionClose).toBeUndefined();
    expect(configuration.security?.policies?.defaultPolicy?.defaultAction).toBe("deny-all");
    const [web] = configuration.security?.zones?.securityZone ?? [];
    expect(web?.interfaces.map(({ name }) => name)).toEqual([
      { interfaceName: "ge-0/0/0", unit: 0 },
      { interfaceName: "eth1", unit: 5 },
    ]);
    expect(web?.interfaces[1]?.hostInboundTraffic?.systemServices).toMatchObject([
      { name: "all" },
      { name: "ssh", except: true },
    ]);
    expect(configuration.interfaces?.interface[0]).toMatchObject({ name: "ge-0/0/0", kernelName: "eth9" });
    expect(configuration.interfaces?.interface[0]?.unit[0]?.family?.inet6).toBeDefined();
    expect(configuration.routingOptions?.static?.route).toMatchObject([
      { nextHop: [{ family: 4, value: 0x0a_00_00_02 }], preference: 7 },
      { discard: true, nextHop: [] },
    ]);
    expect(configuration.applications?.application[0]?.term[0]).toMatchObject({
      name: "t",
      protocol: 6,
      destinationPort: { first: 80, last: 90 },
    });
  });

  test("leaves inactive statements out", () => {
    expect(configuration.security?.policies?.fromZone[0]?.policy).toHaveLength(1);
    expect(configuration.security?.zones?.securityZone[1]?.tcpRst).toBeUndefined();
  });

  test("has lists where nothing is configured", () => {
    const empty = readConfiguration(emptyTree);
    expect(empty.diagnostics).toEqual([]);
    expect(empty.configuration.interfaces).toBeUndefined();
    expect(empty.configuration.security).toBeUndefined();
    expect(configuration.security?.zones?.securityZone[1]?.interfaces).toEqual([]);
  });

  test("tells where everything was written", () => {
    const policy = configuration.security?.policies?.fromZone[0]?.policy[0];
    expect(policy?.[origin]).toEqual({
      path: ["security", "policies", "from-zone", "web", "to-zone", "app", "policy", "p"],
      span: { source: "test.conf", line: 11, column: 13, endLine: 11, endColumn: 21 },
    });
    expect(policy?.match?.[origin]?.path.at(-1)).toBe("match");
    expect(configuration.interfaces?.interface[0]?.[origin]).toMatchObject({
      path: ["interfaces", "ge-0/0/0"],
      span: { line: 21 },
    });
    expect(configuration.security?.zones?.securityZone[0]?.interfaces[1]?.[origin].path).toEqual([
      "security", "zones", "security-zone", "web", "interfaces", "eth1.5",
    ]); // prettier-ignore
  });
});

describe("references", () => {
  test.each<[name: string, text: string, hint: string | undefined]>([
    ["known", "security { address-book { b { attach { zone web; } } } zones { security-zone web; } }", undefined],
    [
      "mistyped",
      "security { address-book { b { attach { zone wbe; } } } zones { security-zone web; } }",
      'did you mean "web"?',
    ],
    ["unknown", "security { address-book { b { attach { zone x; } } } }", "add it: set security zones security-zone x"],
    [
      "inactive",
      "security { address-book { b { attach { zone web; } } } zones { inactive: security-zone web; } }",
      "add it: set security zones security-zone web",
    ],
    ["unused because inactive", "security { address-book { b { attach { inactive: zone x; } } } }", undefined],
  ])("%s", (_, text, hint) => {
    const { diagnostics } = readConfiguration(tree(text));
    if (hint === undefined) expect(diagnostics).toEqual([]);
    else {
      expect(diagnostics).toMatchObject([{ code: "reference.unknown-zone", severity: "error", hint }]);
      expect(diagnostics[0]?.path.slice(0, 5)).toEqual(["security", "address-book", "b", "attach", "zone"]);
    }
  });
});

test.each<[screen: string, hint: string | undefined]>([
  ["edge", undefined],
  ["egde", 'did you mean "edge"?'],
  ["none", "add it: set security screen ids-option none"],
])("a zone with screen %s", (screen, hint) => {
  const text = `security { screen { ids-option edge { icmp ping-death; } } zones { security-zone web { screen ${screen}; } } }`;
  const errors = readConfiguration(tree(text)).diagnostics.filter(({ severity }) => severity === "error");
  expect(errors).toMatchObject(hint === undefined ? [] : [{ code: "reference.unknown-name", hint }]);
});

describe("statements without effect", () => {
  test("one warning each, with the number of places", () => {
    const { diagnostics } = readConfiguration(
      tree(
        `security { zones { security-zone a { application-tracking; } security-zone b { application-tracking; } inactive: security-zone c { application-tracking; } } alarms { audible; } }`,
      ),
    );
    expect(diagnostics.map(({ severity, message, span }) => [severity, message, span?.column])).toEqual([
      ["warning", '"application-tracking" is not enforced (2 places): no application is tracked', 38],
      ["warning", "1 statement is kept but not enforced: security alarms (1)", 158],
    ]);
  });
});

describe("trees that no parser made", () => {
  const leaf = (word: string, ...values: string[]): ConfigNode => ({ ...emptyTree, kind: "leaf", word, values });
  const entry = (word: string, keys: string[], ...children: ConfigNode[]): ConfigNode => ({
    ...emptyTree,
    kind: "list-entry",
    word,
    keys,
    children: new Map(children.map((child) => [childId(child.word, child.keys), child])),
  });
  const container = (word: string, ...children: ConfigNode[]): ConfigNode => ({
    ...entry(word, [], ...children),
    kind: "container",
  });

  test.each<[name: string, tree: ConfigNode, code: string, path: string]>([
    ["unknown word", container("", leaf("nonsense", "x")), "schema.unknown-statement", ""],
    ["wrong kind", container("", leaf("system", "x")), "schema.unknown-statement", ""],
    [
      "bad value",
      container("", container("system", leaf("host-name", "no name"))),
      "schema.wrong-value",
      "system host-name",
    ],
    ["no value", container("", container("system", leaf("host-name"))), "schema.missing-value", "system"],
    [
      "bad key",
      container("", container("interfaces", entry("interface", ["no name"]))),
      "schema.wrong-value",
      "interfaces no name",
    ],
    ["missing key", container("", container("interfaces", entry("interface", []))), "schema.missing-key", "interfaces"],
    [
      "missing second key",
      container("", container("security", container("policies", entry("from-zone", ["a"])))),
      "schema.missing-key",
      "security policies from-zone a",
    ],
    [
      "too many keys",
      container("", container("interfaces", entry("interface", ["eth1", "eth2"]))),
      "schema.missing-key",
      "interfaces eth1",
    ],
  ])("%s", (_, made, code, path) => {
    const { diagnostics } = readConfiguration(made);
    expect(diagnostics).toMatchObject([{ code, severity: "error" }]);
    expect(diagnostics[0]?.path.join(" ").startsWith(path)).toBe(true);
  });

  test("too many entries and too many values", () => {
    const terms = Array.from({ length: 12 }, (_, at) => entry("term", [`t${at}`], leaf("protocol", "tcp")));
    const hops: ConfigNode = {
      ...emptyTree,
      kind: "leaf-list",
      word: "next-hop",
      values: Array.from({ length: 65 }, (_, at) => `10.0.0.${at}`),
    };
    const made = container(
      "",
      container("routing-options", container("static", entry("route", ["0.0.0.0/0"], hops))),
      container("applications", entry("application", ["x"], ...terms)),
    );
    const { configuration, diagnostics } = readConfiguration(made);
    expect(diagnostics).toMatchObject([
      { code: "schema.too-many", message: 'there are more than 64 "next-hop"' },
      { code: "schema.too-many", message: 'there are more than 8 "term"' },
    ]);
    expect(configuration.applications?.application[0]?.term).toHaveLength(8);
  });
});
