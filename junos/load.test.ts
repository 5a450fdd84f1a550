// What loading makes of a text: tables of text → configuration as set lines, and of text → diagnostics.

import { describe, expect, test } from "vitest";
import { loadConfiguration } from "./load.ts";
import type { LoadOptions } from "./load.ts";
import { printTree } from "./print.ts";
import { readConfiguration } from "./read.ts";
import { printSetLines } from "./set-lines.ts";
import { emptyTree } from "./tree.ts";
import type { ConfigNode } from "./tree.ts";

function load(text: string, base: ConfigNode = emptyTree, action: LoadOptions["action"] = "merge") {
  return loadConfiguration(base, text, { action, source: "test" });
}

/** A tree from good text. */
function tree(text: string): ConfigNode {
  const loaded = load(text);
  expect(loaded.diagnostics).toEqual([]);
  return loaded.tree;
}

const policy = "security policies from-zone a to-zone b policy p";

describe("text to set lines", () => {
  test.each<[name: string, text: string, lines: string[]]>([
    ["nested blocks", "system { host-name fw; }", ["set system host-name fw"]],
    [
      "words of several levels before a block",
      "security zones { security-zone web { } }",
      ["set security zones security-zone web"],
    ],
    [
      "a whole path with a semicolon",
      "security zones security-zone web interfaces eth1.0;",
      ["set security zones security-zone web interfaces eth1.0"],
    ],
    [
      "a list as a block of entries",
      "interfaces { eth1; eth2 { mtu 1500; } }",
      ["set interfaces eth1", "set interfaces eth2 mtu 1500"],
    ],
    [
      "a list entry by entry",
      "interfaces eth1; interfaces eth2 { mtu 1500; }",
      ["set interfaces eth1", "set interfaces eth2 mtu 1500"],
    ],
    [
      "a list that is no block, as a block",
      "security { zones { security-zone { web; app; } } }",
      ["set security zones security-zone web", "set security zones security-zone app"],
    ],
    ["two keys", "security { policies { from-zone a to-zone b { policy p; } } }", [`set ${policy}`]],
    [
      "several leaves in one line",
      `${policy} match source-address any destination-address [ x y ] application any;`,
      [
        `set ${policy} match source-address any`,
        `set ${policy} match destination-address x`,
        `set ${policy} match destination-address y`,
        `set ${policy} match application any`,
      ],
    ],
    [
      "a list in brackets as entries",
      "security zones security-zone web host-inbound-traffic system-services [ ping ssh ];",
      [
        "set security zones security-zone web host-inbound-traffic system-services ping",
        "set security zones security-zone web host-inbound-traffic system-services ssh",
      ],
    ],
    [
      "brackets around one value",
      `${policy} { match { source-address [ any ]; } }`,
      [`set ${policy} match source-address any`],
    ],
    [
      "a positional leaf with and without its word",
      "security address-book global { address a 10.0.0.1/32; address b ip-prefix 10.0.0.2; }",
      ["set security address-book global address a 10.0.0.1/32", "set security address-book global address b 10.0.0.2"],
    ],
    [
      "one-line entries",
      "applications application x term t protocol tcp source-port 1-2 destination-port 80;",
      [
        "set applications application x term t protocol tcp",
        "set applications application x term t source-port 1-2",
        "set applications application x term t destination-port 80",
      ],
    ],
    [
      "duplicates merge",
      "security zones { security-zone a { tcp-rst; } security-zone a { description x; } }",
      ["set security zones security-zone a description x", "set security zones security-zone a tcp-rst"],
    ],
    ["a later leaf replaces an earlier one", "system { host-name a; host-name b; }", ["set system host-name b"]],
    [
      "values of a leaf-list add up, each once",
      `${policy} { match { source-address x; source-address [ y x ]; } }`,
      [`set ${policy} match source-address x`, `set ${policy} match source-address y`],
    ],
    ["a choice replaces its rivals", `${policy} { then { deny; permit; } }`, [`set ${policy} then permit`]],
    [
      "a choice of a leaf and a list",
      "security address-book global { address a 10.0.0.1/32; address a { range-address 10.0.0.1 { to 10.0.0.9; } } }",
      ["set security address-book global address a range-address 10.0.0.1 to 10.0.0.9"],
    ],
    [
      "statements come into the schema's order",
      `${policy} { then { log { session-close; } permit; } match { application any; source-address any; } }`,
      [
        `set ${policy} match source-address any`,
        `set ${policy} match application any`,
        `set ${policy} then permit`,
        `set ${policy} then log session-close`,
      ],
    ],
    [
      "entries keep the operator's order",
      "security zones { security-zone z; security-zone a; security-zone m; }",
      [
        "set security zones security-zone z",
        "set security zones security-zone a",
        "set security zones security-zone m",
      ],
    ],
    [
      "lists without order are sorted by number",
      "interfaces { eth10; eth2; ge-0/0/10; ge-0/0/2 { unit 5; unit 0; } }",
      [
        "set interfaces eth2",
        "set interfaces eth10",
        "set interfaces ge-0/0/2 unit 0",
        "set interfaces ge-0/0/2 unit 5",
        "set interfaces ge-0/0/10",
      ],
    ],
    ["empty containers vanish", "system { } security { zones; policies { } }", []],
    [
      "an empty presence container stays",
      "interfaces { eth1 { unit 0 { family { inet6; } } } }",
      ["set interfaces eth1 unit 0 family inet6"],
    ],
    [
      "quotes",
      'security zones security-zone "web" { description "a \\"b\\" c"; }',
      ['set security zones security-zone web description "a \\"b\\" c"'],
    ],
    [
      "marks and comments",
      "security { zones { /* why */ inactive: protect: security-zone web { inactive: tcp-rst; } } }",
      [
        "set security zones security-zone web tcp-rst",
        "deactivate security zones security-zone web tcp-rst",
        "deactivate security zones security-zone web",
        'annotate security zones security-zone web "why"'.replaceAll('"', ""),
        "protect security zones security-zone web",
      ],
    ],
    [
      "a tag on a one-line entry marks the entry",
      "security { address-book { global { inactive: address a 10.0.0.1/32; } } }",
      ["set security address-book global address a 10.0.0.1/32", "deactivate security address-book global address a"],
    ],
    [
      "a tag on a prefix word marks the inner statement",
      "interfaces { eth1 { unit 0 { inactive: family inet { mtu 1500; } } } }",
      ["set interfaces eth1 unit 0 family inet mtu 1500", "deactivate interfaces eth1 unit 0 family inet"],
    ],
    [
      "braces and set lines mixed",
      "system { host-name a; }\nset security zones security-zone web\nsecurity { zones { security-zone app; } }\ndeactivate security zones security-zone web\n",
      [
        "set system host-name a",
        "set security zones security-zone web",
        "deactivate security zones security-zone web",
        "set security zones security-zone app",
      ],
    ],
    [
      "levels",
      "edit security zones\nset security-zone web\nedit security-zone web\nset tcp-rst\nup\nset security-zone app\ntop\nset system host-name x\nedit system\nexit\nset security zones security-zone db",
      [
        "set system host-name x",
        "set security zones security-zone web tcp-rst",
        "set security zones security-zone app",
        "set security zones security-zone db",
      ],
    ],
    [
      "delete: takes a statement away",
      "system { host-name a; } security { zones { security-zone x; security-zone y; } } delete: system; security { zones { delete: security-zone x; } }",
      ["set security zones security-zone y"],
    ],
    ["active: gives the effect back", "inactive: system { host-name a; } active: system;", ["set system host-name a"]],
  ])("%s", (_, text, lines) => {
    expect(printSetLines(tree(text))).toEqual(lines);
  });
});

describe("actions", () => {
  const base =
    "system { host-name a; } security { zones { security-zone x { tcp-rst; description d; } security-zone y; } }";

  test.each<[name: string, action: LoadOptions["action"], text: string, lines: string[]]>([
    ["merge adds", "merge", "security { zones { security-zone z; } }", ["a", "x description d", "x tcp-rst", "y", "z"]],
    ["override forgets", "override", "system { host-name b; }", ["b"]],
    [
      "replace clears what is tagged",
      "replace",
      "security { zones { replace: security-zone x { description e; } } }",
      ["a", "x description e", "y"],
    ],
    [
      "replace merges the rest",
      "replace",
      "security { zones { security-zone y { tcp-rst; } } }",
      ["a", "x description d", "x tcp-rst", "y tcp-rst"],
    ],
    ["replace on a higher level", "replace", "security { replace: zones { security-zone q; } }", ["a", "q"]],
    ["set", "set", "delete security zones security-zone x\nset system host-name c", ["c", "y"]],
  ])("%s", (_, action, text, lines) => {
    const { tree: result, diagnostics } = load(text, tree(base), action);
    expect(diagnostics).toEqual([]);
    const short = printSetLines(result).map((line) =>
      line.replace(/^set (system host-name|security zones security-zone) /, ""),
    );
    expect(short).toEqual(lines);
  });

  test("replace: in a merge warns and merges", () => {
    const { tree: result, diagnostics } = load("replace: system { host-name b; }", tree(base));
    expect(diagnostics).toMatchObject([{ code: "load.replace-tag", severity: "warning" }]);
    expect(printSetLines(result)[0]).toBe("set system host-name b");
  });

  test("replace: leaves what is protected", () => {
    const before = tree(`${base} protect: system;`);
    const { tree: result, diagnostics } = load("replace: system { host-name z; }", before, "replace");
    expect(diagnostics).toMatchObject([{ code: "edit.protected" }]);
    expect(printSetLines(result)[0]).toBe("set system host-name a");
  });

  test("delete: of nothing warns", () => {
    const { diagnostics } = load("delete: system; security { zones { delete: security-zone q; } }");
    expect(diagnostics.map(({ code, severity }) => `${severity} ${code}`)).toEqual([
      "warning edit.not-found",
      "warning edit.not-found",
    ]);
  });

  test("replace clears a leaf-list to the new values", () => {
    const before = tree(`${policy} match source-address [ a b ];`);
    const { tree: result } = load(`${policy} { match { replace: source-address c; } }`, before, "replace");
    expect(printSetLines(result)).toEqual([`set ${policy} match source-address c`]);
  });

  test("the base is never changed", () => {
    const before = tree(base);
    const text = printTree(before);
    load("delete security\nset system host-name z\nset security zones security-zone x description q", before, "set");
    load(
      "delete: system; security { zones { inactive: security-zone x; /* c */ security-zone y { tcp-rst; } } }",
      before,
    );
    expect(printTree(before)).toBe(text);
  });

  test("what is not touched is shared", () => {
    const before = tree(base);
    const { tree: after } = load("set system host-name z", before, "set");
    expect(after.children.get("security")).toBe(before.children.get("security"));
  });
});

describe("addresses of an address book", () => {
  test.each<[written: string, address: number | undefined, length?: number]>([
    ["10.0.0.1", 0x0a000001, 32],
    ["10.0.0.1/32", 0x0a000001, 32],
    ["10.0.0.0/8", 0x0a000000, 8],
    ["10/8", 0x0a000000, 8],
    ["0.0.0.0/0", 0, 0],
    ["10.0.0", undefined],
    ["10.0.0.256", undefined],
    ["10.0.0.1/33", undefined],
    ["web", undefined],
  ])("%s", (written, address, length) => {
    const { tree: made, diagnostics } = load(`security { address-book { global { address web ${written}; } } }`);
    expect(diagnostics.map(({ code }) => code)).toEqual(address === undefined ? ["schema.wrong-value"] : []);
    const [entry] = readConfiguration(made).configuration.security?.addressBook[0]?.address ?? [];
    expect(entry?.ipPrefix).toEqual(
      address === undefined ? undefined : { address: { family: 4, value: address }, length },
    );
    if (address !== undefined) expect(printTree(made)).toContain(`address web ${written};`);
  });

  test("an address of IPv6 without a length is a host, too", () => {
    const { tree: made } = load("security { address-book { global { address web 2001:db8::1; } } }");
    expect(readConfiguration(made).configuration.security?.addressBook[0]?.address[0]?.ipPrefix?.length).toBe(128);
  });
});
