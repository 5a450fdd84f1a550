// Inheritance by row: a configuration with groups, and the set lines that are enforced.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { arbitraryTree } from "./arbitrary-tree.ts";
import { cloneNode } from "./draft.ts";
import { inherit } from "./inherit.ts";
import type { InheritOptions } from "./inherit.ts";
import { loadConfiguration } from "./load.ts";
import { rootSchema } from "./schema-index.ts";
import { printSetLines } from "./set-lines.ts";
import { sameTree } from "./same-tree.ts";
import { emptyTree, nodeAt } from "./tree.ts";
import type { ConfigNode } from "./tree.ts";

function load(lines: string): ConfigNode {
  const { tree, diagnostics } = loadConfiguration(emptyTree, lines, { action: "set", source: "test" });
  expect(diagnostics).toEqual([]);
  return tree;
}

function expand(lines: string, options?: InheritOptions): string[] {
  const { tree, diagnostics } = inherit(load(lines), options);
  expect(diagnostics).toEqual([]);
  return printSetLines(tree);
}

const ab = "security policies from-zone a to-zone b";

describe("groups", () => {
  test.each<[name: string, lines: string, enforced: string]>([
    ["a group that nobody applies", "set groups g system host-name x", ""],
    ["at the top", "set groups g system host-name x\nset apply-groups g", "set system host-name x"],
    [
      "what is written at its place wins",
      "set groups g system host-name x\nset apply-groups g\nset system host-name y",
      "set system host-name y",
    ],
    [
      "the first group wins",
      "set groups g system host-name x\nset groups h system host-name z\nset apply-groups [ h g ]",
      "set system host-name z",
    ],
    [
      "the order of definition means nothing",
      "set groups h system host-name z\nset groups g system host-name x\nset apply-groups [ g h ]",
      "set system host-name x",
    ],
    [
      "the nearest group wins",
      "set groups g system host-name far\nset groups h system host-name near\nset apply-groups g\nset system apply-groups h",
      "set system host-name near",
    ],
    [
      "only what stands below the level",
      "set groups g system host-name x\nset groups g security zones security-zone a tcp-rst\nset security apply-groups g",
      "set security zones security-zone a tcp-rst",
    ],
    [
      "at an entry, without a pattern",
      "set groups g security zones security-zone a tcp-rst\nset security zones security-zone a apply-groups g\nset security zones security-zone b apply-groups g",
      "set security zones security-zone a tcp-rst\nset security zones security-zone b",
    ],
    [
      "a pattern means entries that stand there",
      "set groups g security zones security-zone <*> tcp-rst\nset apply-groups g\nset security zones security-zone a\nset security zones security-zone b description d",
      "set security zones security-zone a tcp-rst\nset security zones security-zone b description d\nset security zones security-zone b tcp-rst",
    ],
    ["a pattern alone makes nothing", "set groups g security zones security-zone <*> tcp-rst\nset apply-groups g", ""],
    [
      "patterns with classes",
      "set groups g security zones security-zone <[a-c]*> tcp-rst\nset groups g security zones security-zone <?2> description two\nset apply-groups g\nset security zones security-zone a1\nset security zones security-zone d2\nset security zones security-zone c2",
      "set security zones security-zone a1 tcp-rst\nset security zones security-zone d2 description two\nset security zones security-zone c2 description two\nset security zones security-zone c2 tcp-rst",
    ],
    [
      "the entry of the name wins over the pattern before it",
      "set groups g security zones security-zone <*> description all\nset groups g security zones security-zone a description one\nset apply-groups g\nset security zones security-zone a\nset security zones security-zone b",
      "set security zones security-zone a description one\nset security zones security-zone b description all",
    ],
    [
      "patterns in both keys",
      "set groups g security policies from-zone <*> to-zone b policy <*> then log session-close\nset apply-groups g\nset security policies from-zone a to-zone b policy p then permit\nset security policies from-zone a to-zone c policy p then permit",
      `set ${ab} policy p then permit\nset ${ab} policy p then log session-close\nset security policies from-zone a to-zone c policy p then permit`,
    ],
    [
      "values of a leaf-list add up, own ones first",
      `set groups g ${ab} policy p match source-address [ y z ]\nset groups h ${ab} policy p match source-address [ z w ]\nset apply-groups [ g h ]\nset ${ab} policy p match source-address [ x y ]`,
      `set ${ab} policy p match source-address x\nset ${ab} policy p match source-address y\nset ${ab} policy p match source-address z\nset ${ab} policy p match source-address w`,
    ],
    [
      "own entries first, then the groups in their order",
      `set groups g ${ab} policy g1 then permit\nset groups g ${ab} policy own then permit\nset groups h ${ab} policy h1 then permit\nset apply-groups [ h g ]\nset ${ab} policy own then deny\nset ${ab} policy own2 then deny`,
      `set ${ab} policy own then deny\nset ${ab} policy own2 then deny\nset ${ab} policy h1 then permit\nset ${ab} policy g1 then permit`,
    ],
    [
      "an action that is written keeps another one away",
      `set groups g ${ab} policy <*> then permit\nset groups g ${ab} policy <*> then count\nset apply-groups g\nset ${ab} policy p then deny\nset ${ab} policy q match application any`,
      `set ${ab} policy p then deny\nset ${ab} policy p then count\nset ${ab} policy q match application any\nset ${ab} policy q then permit\nset ${ab} policy q then count`,
    ],
    [
      "except keeps a group away from a level",
      "set groups g security zones security-zone <*> tcp-rst\nset apply-groups g\nset security zones security-zone a apply-groups-except g\nset security zones security-zone b",
      "set security zones security-zone a\nset security zones security-zone b tcp-rst",
    ],
    [
      "except reaches down",
      "set groups g system host-name x\nset groups g security zones security-zone a tcp-rst\nset apply-groups g\nset security apply-groups-except g\nset security zones security-zone a",
      "set system host-name x\nset security zones security-zone a",
    ],
    [
      "except does not touch a group of the level itself",
      "set groups g system host-name x\nset apply-groups g\nset system apply-groups g\nset system apply-groups-except g",
      "set system host-name x",
    ],
    [
      "a group inside a group comes behind it",
      "set groups g apply-groups h\nset groups g system host-name g\nset groups h system host-name h\nset groups h security zones security-zone h\nset apply-groups g",
      "set system host-name g\nset security zones security-zone h",
    ],
    [
      "a group inside a group, deeper",
      "set groups g security zones security-zone <*> apply-groups h\nset groups h security zones security-zone <*> tcp-rst\nset groups h system host-name not-here\nset apply-groups g\nset security zones security-zone a",
      "set security zones security-zone a tcp-rst",
    ],
    [
      "except of the outer group takes the inner one with it",
      "set groups g apply-groups h\nset groups h security zones security-zone <*> tcp-rst\nset apply-groups g\nset security zones security-zone a apply-groups-except g",
      "set security zones security-zone a",
    ],
    [
      "groups that apply each other",
      "set groups g apply-groups h\nset groups h apply-groups g\nset groups h system host-name x\nset apply-groups [ g h ]",
      "set system host-name x",
    ],
    [
      "an inherited entry takes part in patterns of another group",
      "set groups g security zones security-zone a\nset groups h security zones security-zone <*> tcp-rst\nset apply-groups [ h g ]",
      "set security zones security-zone a tcp-rst",
    ],
    ["an inactive group", "set groups g system host-name x\nset apply-groups g\ndeactivate groups g", ""],
    [
      "inactive parts of a group",
      "set groups g system host-name x\nset groups g security zones security-zone a tcp-rst\nset apply-groups g\ndeactivate groups g system",
      "set security zones security-zone a tcp-rst",
    ],
    ["an inactive apply-groups", "set groups g system host-name x\nset apply-groups g\ndeactivate apply-groups", ""],
    [
      "an inactive statement keeps nothing away",
      "set groups g system host-name x\nset apply-groups g\nset system host-name y\ndeactivate system host-name",
      "set system host-name x",
    ],
    [
      "an inactive entry inherits nothing",
      "set groups g security zones security-zone <*> tcp-rst\nset apply-groups g\nset security zones security-zone a\ndeactivate security zones security-zone a",
      "set security zones security-zone a\ndeactivate security zones security-zone a",
    ],
    [
      "protection and annotations stay in the group",
      'set groups g system host-name x\nset apply-groups g\nannotate groups g system host-name "n"\nprotect groups g system host-name',
      "set system host-name x",
    ],
    [
      "statements that are known but not enforced are inherited, too",
      "set groups g snmp community <*> authorization read-only\nset apply-groups g\nset snmp community c",
      "set snmp community c authorization read-only",
    ],
  ])("%s", (_, lines, enforced) => {
    expect(expand(lines)).toEqual(enforced === "" ? [] : enforced.split("\n"));
  });
});

describe("nodes of a cluster", () => {
  const lines =
    'set groups node0 system host-name fw-0\nset groups node1 system host-name fw-1\nset apply-groups "${node}"';

  test.each<[node: "node0" | "node1", enforced: string[]]>([
    ["node0", ["set system host-name fw-0"]],
    ["node1", ["set system host-name fw-1"]],
  ])("%s", (node, enforced) => {
    expect(expand(lines, { node })).toEqual(enforced);
  });

  test("on a gateway that is no node the groups bring nothing, which is said", () => {
    const { tree, diagnostics } = inherit(load(lines));
    expect(printSetLines(tree)).toEqual([]);
    expect(diagnostics).toMatchObject([
      {
        code: "inherit.no-node",
        severity: "warning",
        path: [],
        span: { line: 3 },
        message: 'apply-groups "${node}" means no group: this gateway is no node of a cluster',
      },
    ]);
  });

  test("except of the node", () => {
    const except = `${lines}\nset system apply-groups-except "\${node}"`;
    expect(expand(except, { node: "node0" })).toEqual([]);
  });

  test("a condition on the node", () => {
    const when = "set groups g when node node1\nset groups g system host-name one\nset apply-groups g";
    expect(expand(when, { node: "node1" })).toEqual(["set system host-name one"]);
    expect(expand(when, { node: "node0" })).toEqual([]);
    expect(inherit(load(when)).diagnostics).toMatchObject([
      {
        code: "inherit.no-node",
        path: ["groups", "g", "when"],
        message: 'group "g", which asks for the node, is not applied: this gateway is no node of a cluster',
      },
    ]);
  });
});

describe("interface ranges", () => {
  const set = "set interfaces interface-range r1";

  test.each<[name: string, lines: string, enforced: string]>([
    [
      "members and a range of members",
      `${set} member ge-0/0/7\n${set} member-range ge-0/0/0 to ge-0/0/2\n${set} mtu 1400`,
      "0 1 2 7",
    ],
    ["a member with numbers", `${set} member "ge-0/0/[1-2,4]"\n${set} mtu 1400`, "1 2 4"],
  ])("%s", (_, lines, numbers) => {
    expect(expand(lines)).toEqual(numbers.split(" ").map((number) => `set interfaces ge-0/0/${number} mtu 1400`));
  });

  test("the interface wins, then the first range; groups win over ranges", () => {
    const lines = [
      `${set} member "ge-0/0/[0-2]"`,
      `${set} mtu 1400`,
      `${set} unit 0 family inet mtu 1300`,
      "set interfaces interface-range s1 member ge-0/0/1",
      "set interfaces interface-range s1 mtu 1500",
      "set interfaces interface-range s1 description s",
      "set interfaces ge-0/0/0 mtu 9000",
      "set groups g interfaces <ge-0/0/2> mtu 2000",
      "set interfaces ge-0/0/2 description two",
      "set apply-groups g",
    ];
    expect(expand(lines.join("\n"))).toEqual([
      "set interfaces ge-0/0/0 mtu 9000",
      "set interfaces ge-0/0/0 unit 0 family inet mtu 1300",
      "set interfaces ge-0/0/1 description s",
      "set interfaces ge-0/0/1 mtu 1400",
      "set interfaces ge-0/0/1 unit 0 family inet mtu 1300",
      "set interfaces ge-0/0/2 description two",
      "set interfaces ge-0/0/2 mtu 2000",
      "set interfaces ge-0/0/2 unit 0 family inet mtu 1300",
    ]);
  });

  test("all ports of a card", () => {
    expect(expand(`${set} member "ge-0/0/*"\n${set} mtu 1400`)).toHaveLength(48);
  });
});

describe("prefix lists that follow a path", () => {
  const list = "set policy-options prefix-list own";
  const interfaces = [
    "set interfaces ge-0/0/0 unit 0 family inet address 10.0.1.1/24",
    "set interfaces ge-0/0/1 unit 0 family inet address 10.0.2.1/30",
    "set interfaces ge-0/0/1 unit 0 family inet6 address 2001:db8::1/64",
    "set interfaces xe-0/0/0 unit 5 family inet address 10.9.0.1/16",
  ].join("\n");

  test.each<[path: string, prefixes: string]>([
    ["interfaces <*> unit <*> family inet address <*>", "10.0.1.0/24 10.0.2.0/30 10.9.0.0/16"],
    ["interfaces <ge-*> unit <*> family inet address <*>", "10.0.1.0/24 10.0.2.0/30"],
    ["interfaces <*> unit 5 family inet address <*>", "10.9.0.0/16"],
    ["interfaces <*> unit <*> family inet6 address <*>", "2001:db8::/64"],
    ["interfaces <*> unit <*> family <*> address <10.0*>", "10.0.1.0/24 10.0.2.0/30"],
    ["system name-server <*>", "192.0.2.53/32"],
  ])("%s", (path, prefixes) => {
    const lines = `${interfaces}\nset system name-server 192.0.2.53\n${list} 192.0.2.0/24\n${list} apply-path "${path}"`;
    const found = expand(lines).flatMap((line) => /prefix-list own ([0-9a-f:.]+\/\d+)$/.exec(line)?.[1] ?? []);
    expect(found.filter((prefix) => prefix !== "192.0.2.0/24").toSorted()).toEqual(prefixes.split(" "));
  });

  test("sees what groups and ranges bring", () => {
    const lines = [
      "set groups g interfaces ge-0/0/3 unit 0 family inet address 10.3.0.1/24",
      "set interfaces interface-range r1 member ge-0/0/4",
      "set interfaces interface-range r1 unit 0 family inet address 10.4.0.1/24",
      "set apply-groups g",
      `${list} apply-path "interfaces <*> unit <*> family inet address <*>"`,
    ];
    const found = expand(lines.join("\n")).filter((line) => line.includes("prefix-list own 1"));
    expect(found).toEqual([`${list} 10.3.0.0/24`, `${list} 10.4.0.0/24`]);
  });
});

describe("what is wrong", () => {
  test.each<[name: string, lines: string, place: string, code: string, message: string, hint?: string]>([
    [
      "a group that is not there",
      "set groups servers system host-name x\nset system apply-groups server",
      "2:12",
      "inherit.unknown-group",
      'there is no group "server"',
      'did you mean "servers"?',
    ],
    [
      "a group that is not there, inside a group",
      "set groups g system apply-groups nope\nset apply-groups g\nset system host-name x",
      "1:21",
      "inherit.unknown-group",
      'there is no group "nope"',
      "add it: set groups nope …",
    ],
    [
      "a time with a date on one side only",
      "set groups g when time 22:00 to 2026-12-24.06:00\nset groups g system host-name x\nset apply-groups g",
      "1:19",
      "inherit.condition",
      'group "g" is not applied: the time has no start, or a date on one side only',
    ],
    [
      "a range that ends before it begins",
      "set interfaces interface-range r1 member-range ge-1/0/0 to ge-0/0/3",
      "1:35",
      "inherit.bad-range",
      '"ge-1/0/0 to ge-0/0/3" names no interfaces of a range',
    ],
    [
      "a path that finds nothing",
      'set policy-options prefix-list l apply-path "interfaces <*> address <*>"',
      "1:34",
      "inherit.empty-path",
      'the path "interfaces <*> address <*>" finds no address',
    ],
  ])("%s", (_, lines, place, code, message, hint) => {
    const { diagnostics } = inherit(load(lines));
    expect(diagnostics).toHaveLength(1);
    const [{ span, ...rest } = { span: undefined }] = diagnostics;
    expect(rest).toMatchObject({ code, message, ...(hint === undefined ? {} : { hint }) });
    expect(`${span?.line}:${span?.column}`).toBe(place);
  });

  test("one statement gives one error, however often it is met", () => {
    const zones = Array.from({ length: 50 }, (_, at) => `set security zones security-zone z${at}`).join("\n");
    const { diagnostics } = inherit(
      load(`set groups g security zones security-zone <*> apply-groups nope\nset apply-groups g\n${zones}`),
    );
    expect(diagnostics.map(({ code }) => code)).toEqual(["inherit.unknown-group"]);
  });
});

describe("origin", () => {
  test("an inherited statement knows its group, and its place in the text", () => {
    const { tree } = inherit(load("set groups g system host-name x\nset apply-groups g\nset system"));
    const node = nodeAt(tree, ["system", "host-name"]);
    expect(node?.inherited).toEqual({ from: "group", name: "g" });
    expect(node?.span?.line).toBe(1);
    expect(tree.inherited).toBeUndefined();
  });

  test("values of one list know their groups each", () => {
    const path = `${ab} policy p match source-address`;
    const { tree } = inherit(load(`set groups g ${path} y\nset apply-groups g\nset ${path} x`));
    const policy = ["security", "policies", "from-zone\u0000a\u0000b", "policy\u0000p", "match", "source-address"];
    const node = nodeAt(tree, policy);
    expect(node?.inherited).toBeUndefined();
    expect([...(node?.inheritedValues ?? [])]).toEqual([["y", { from: "group", name: "g" }]]);
  });
});

const runs = { numRuns: 20, endOnFailure: true };

describe("laws", () => {
  test("a tree without groups comes back as it is", () => {
    fc.assert(
      fc.property(arbitraryTree, (tree) => {
        const plain = withoutInheritance(tree);
        return inherit(plain).tree === plain;
      }),
      runs,
    );
  });

  test("a second time changes nothing, and the tree that was given stays as it was", () => {
    fc.assert(
      fc.property(arbitraryTree, (tree) => {
        const before = printSetLines(tree);
        const once = inherit(tree, { node: "node0" }).tree;
        expect(inherit(once, { node: "node0" }).tree).toBe(once);
        expect(printSetLines(tree)).toEqual(before);
      }),
      runs,
    );
  });

  test("a group applied to nothing else is what it says", () => {
    fc.assert(
      fc.property(arbitraryTree, (tree) => {
        const plain = cloneNode(activeAndBare(withoutInheritance(tree)), rootSchema);
        const group: ConfigNode = {
          ...emptyTree,
          kind: "list-entry",
          word: "groups",
          keys: ["g"],
          children: plain.children,
        };
        const apply: ConfigNode = { ...emptyTree, kind: "leaf-list", word: "apply-groups", values: ["g"] };
        const children = new Map([
          ["apply-groups", apply],
          ["groups\u0000g", group],
        ]);
        return sameTree(inherit({ ...emptyTree, children }).tree, plain);
      }),
      runs,
    );
  });
});

const inheritance = new Set(["groups", "apply-groups", "apply-groups-except", "interface-range", "apply-path"]);

function withoutInheritance(node: ConfigNode): ConfigNode {
  const kept = [...node.children].filter(([, { word }]) => !inheritance.has(word));
  return { ...node, children: new Map(kept.map(([id, child]) => [id, withoutInheritance(child)])) };
}

/** What a group can bring: no inactive statements, no protection, no annotations. */
function activeAndBare(node: ConfigNode): ConfigNode {
  const { comment: _, ...rest } = node;
  const kept = [...node.children].filter(([, { inactive }]) => !inactive);
  return { ...rest, protected: false, children: new Map(kept.map(([id, child]) => [id, activeAndBare(child)])) };
}
