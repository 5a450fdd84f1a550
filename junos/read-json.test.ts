// JSON as devices print it and as people break it: what is read, and the exact error for what is not.

import { describe, expect, test } from "vitest";
import { printJson } from "./json-form.ts";
import { loadConfiguration } from "./load.ts";
import { printTree } from "./print.ts";
import { readJson } from "./read-json.ts";
import { emptyTree } from "./tree.ts";
import type { ConfigNode } from "./tree.ts";

const source = "a.json";

function treeOf(text: string): ConfigNode {
  const { tree, diagnostics } = loadConfiguration(emptyTree, text, { action: "override", source });
  expect(diagnostics).toEqual([]);
  return tree;
}

function textOf(json: string): string {
  const { tree, diagnostics } = readJson(json, { source });
  expect(diagnostics).toEqual([]);
  return printTree(tree);
}

/** `1:5 code message` for each diagnostic. */
function errorsOf(json: string): string[] {
  const { diagnostics } = readJson(json, { source });
  return diagnostics.map(({ code, span, message }) => `${span?.line}:${span?.column} ${code} ${message}`);
}

const inside = (members: string): string => `{ "configuration": {\n${members}\n} }`;
const host = (members: string): string => inside(`"system": { ${members} }`);
const hostText = (line: string): string => `system {\n    ${line}\n}\n`;

describe("what is read", () => {
  test.each<[what: string, json: string, text: string]>([
    ["an empty configuration", '{ "configuration": {} }', ""],
    ["blanks around", '\r\n\t{"configuration":{}} \n', ""],
    ["names and times of a device", '{ "configuration": { "@": { "junos:changed-seconds": "1", "xmlns": "x" } } }', ""],
    [
      "an array around one object",
      '{ "configuration": [ { "system": [ { "host-name": "a" } ] } ] }',
      hostText("host-name a;"),
    ],
    ["names with a module", '{ "m:configuration": { "m:system": { "m:host-name": "a" } } }', hostText("host-name a;")],
    ["escapes", host(String.raw`"host-name": "\u0061\u002d\u0062"`), hostText("host-name a-b;")],
    ["a number where a word is meant", host('"host-name": 12'), hostText("host-name 12;")],
    [
      "metadata before its statement",
      host('"@host-name": { "inactive": true }, "host-name": "a"'),
      hostText("inactive: host-name a;"),
    ],
    [
      "metadata as devices of old write it",
      host('"host-name": "a", "@host-name": { "inactive": "inactive" }'),
      hostText("inactive: host-name a;"),
    ],
    [
      "marks that are off",
      host('"host-name": "a", "@host-name": { "inactive": false, "protect": false }'),
      hostText("host-name a;"),
    ],
    ["metadata that is null", host('"host-name": "a", "@host-name": null'), hostText("host-name a;")],
    ["an annotation", host('"@": { "comment": "/* x */" }, "host-name": "a"'), `/* x */\n${hostText("host-name a;")}`],
    [
      "an annotation by its other name",
      host('"host-name": "a", "@host-name": { "annotate": "x" }'),
      hostText("/* x */\n    host-name a;"),
    ],
    [
      "one value that is no list, a flag, and a null as a flag",
      inside(
        '"security": { "policies": { "global": { "policy": { "name": "p", "match": { "application": "any", "source-address-excluded": [null], "destination-address-excluded": null } } } } }',
      ),
      `security {
    policies {
        global {
            policy p {
                match {
                    source-address-excluded;
                    destination-address-excluded;
                    application any;
                }
            }
        }
    }
}
`,
    ],
    [
      "metadata of values",
      inside(
        '"routing-options": { "static": { "route": [ { "name": "0.0.0.0/0", "next-hop": ["10.0.0.1", "10.0.0.2"], "@next-hop": [ { "inactive": true }, { "inactive": true } ] } ] } }',
      ),
      `routing-options {
    static {
        route 0.0.0.0/0 {
            inactive: next-hop [ 10.0.0.1 10.0.0.2 ];
        }
    }
}
`,
    ],
  ])("%s", (_, json, text) => {
    expect(textOf(json)).toBe(text);
  });

  test("merged into a base; a malformed document leaves it as it is", () => {
    const base = treeOf("system { host-name a; }");
    const merged = readJson(inside('"interfaces": { "interface": [ { "name": "eth1", "mtu": 1500 } ] }'), {
      source,
      base,
    });
    expect(merged.diagnostics).toEqual([]);
    expect([...merged.tree.children.keys()]).toEqual(["system", "interfaces"]);
    expect(printTree(readJson('{ "configuration": ', { source, base }).tree)).toBe(printTree(base));
  });
});

describe("what is not well formed", () => {
  test.each<[json: string, error: string]>([
    ["", "1:1 syntax.json a value is missing"],
    ["{", "1:2 syntax.json the name of a member is missing"],
    ['{ "a" }', '1:7 syntax.json a ":" is missing after "a"'],
    ['{ "a": }', "1:8 syntax.json a value is missing"],
    ['{ "a": 1 "b": 2 }', '1:10 syntax.json "," or "}" is missing here'],
    ['{ "a": 1, }', "1:11 syntax.json the name of a member is missing"],
    ['{ "a": 1,\n  "a": 2 }', '2:3 syntax.json "a" stands twice in this object'],
    ["{ a: 1 }", "1:3 syntax.json the name of a member is missing"],
    ["[1, ]", "1:5 syntax.json a value is missing"],
    ["[1 2]", '1:4 syntax.json "," or "]" is missing here'],
    ["[1", '1:3 syntax.json "," or "]" is missing here'],
    ["{} {}", "1:4 syntax.json something follows the value"],
    ["nul", '1:1 syntax.json "nul" is no value'],
    ["NaN", '1:1 syntax.json "NaN" is no value'],
    ["01", "1:2 syntax.json something follows the value"],
    ["-", "1:1 syntax.json a value is missing"],
    ["1.", "1:2 syntax.json something follows the value"],
    ["'a'", "1:1 syntax.json a value is missing"],
    ['{ "a": "b }', "1:8 syntax.json the string that starts here is not closed"],
    ['"a\nb"', "1:1 syntax.json a line end or control character stands in a string"],
    [String.raw`"a\x"`, "1:3 syntax.json this escape means no character"],
    [String.raw`"\u12"`, "1:2 syntax.json this escape means no character"],
    [String.raw`"\ud800"`, "1:1 syntax.json half of a character stands in this string"],
    ["\u0001", "1:1 syntax.binary a character that does not belong in a text stands here"],
  ])("%s", (json, error) => {
    expect(errorsOf(json)).toEqual([error]);
  });

  test("the same texts are refused and taken as by JSON.parse", () => {
    const texts = [
      "[]",
      "{}",
      "null",
      "true",
      "-0",
      "1e5",
      "1.5E-3",
      '"\\/\\b"',
      " [ 1 , { } ] ",
      "[,]",
      "+1",
      ".5",
      "1e",
      '"\t"',
      "// x\n1",
      "[1]]",
      "\u00a01",
    ];
    for (const text of texts) {
      const good = (() => {
        try {
          JSON.parse(text);
          return true;
        } catch {
          return false;
        }
      })();
      expect(errorsOf(text)[0]?.includes("syntax.json"), text).toBe(!good);
    }
  });

  test("too deep", () => {
    expect(errorsOf("[".repeat(100_000))).toEqual(["1:145 syntax.json values are nested more than 144 deep"]);
  });
});

describe("what makes no sense", () => {
  test.each<[json: string, ...errors: string[]]>([
    ["[]", '1:1 load.no-configuration the document holds no "configuration"'],
    ['{ "system": {} }', '1:1 load.no-configuration the document holds no "configuration"'],
    [inside('"sistem": {}'), '2:11 schema.unknown-statement unknown statement "sistem"'],
    [host('"host-name": ["a", "b"]'), '2:32 schema.repeated "host-name" stands twice here'],
    [host('"host-name": [["a"]]'), '2:27 schema.unexpected-list a list stands inside the list "host-name"'],
    [host('"host-name": {}'), '2:26 schema.wrong-value "" is not a host name'],
    [host('"host-name": { "a": 1 }'), '2:26 schema.no-block "host-name" holds a value and no statements'],
    [
      host('"@host-name": { "inactive": true }'),
      '2:13 load.unknown-attribute "@host-name" speaks of a statement that does not stand here',
    ],
    [host('"host-name": "a", "@host-name": true'), "2:45 load.unknown-attribute an attribute has a value that is none"],
    [
      host('"host-name": "a", "@host-name": { "inactive": {} }'),
      "2:59 load.unknown-attribute an attribute has a value that is none",
    ],
    [
      host('"host-name": "a", "@host-name": { "operation": "delete" }'),
      "2:47 load.unknown-attribute this asks for a change, and the document is a whole configuration",
    ],
    [inside('"interfaces": { "interface": [ {} ] }'), '2:32 schema.missing-key "interface" needs a "name"'],
    [
      inside('"interfaces": { "interface": [ { "name": 1.5e3, "mtu": 1e3 } ] }'),
      '2:56 schema.wrong-value "1e3" is not a number from 68 to 65535',
    ],
    [
      inside('"interfaces": { "interface": [ { "name": "a", "disable": true } ] }'),
      '2:58 schema.unexpected-word "disable" takes no value',
    ],
  ])("%s", (json, ...errors) => {
    expect(errorsOf(json)).toEqual(errors);
  });
});

describe("what is printed", () => {
  test("nothing", () => {
    expect(printJson(emptyTree)).toBe('{\n    "configuration": {}\n}\n');
  });

  test("every kind of statement, with marks", () => {
    const tree = treeOf(`
      /* top */ system { inactive: host-name "fw1"; }
      interfaces { eth1 { description "say \\"hi\\""; disable; mtu 1500; unit 0 { family { inet { address 10.0.0.1/24; } } } } }
      routing-options { static { route 0.0.0.0/0 { /* two */ protect: next-hop [ 10.0.0.1 10.0.0.2 ]; } } }
      security { policies { from-zone a to-zone b { inactive: policy p { then { permit; } } } } }
    `);
    const json: unknown = JSON.parse(printJson(tree));
    expect(json).toEqual({
      configuration: {
        system: { "@": { comment: "/* top */" }, "host-name": "fw1", "@host-name": { inactive: true } },
        security: {
          policies: {
            policy: [
              {
                "from-zone-name": "a",
                "to-zone-name": "b",
                policy: [{ "@": { inactive: true }, name: "p", then: { permit: {} } }],
              },
            ],
          },
        },
        interfaces: {
          interface: [
            {
              name: "eth1",
              description: 'say "hi"',
              disable: [null],
              mtu: 1500,
              unit: [{ name: 0, family: { inet: { address: [{ name: "10.0.0.1/24" }] } } }],
            },
          ],
        },
        "routing-options": {
          static: {
            route: [
              {
                name: "0.0.0.0/0",
                "next-hop": ["10.0.0.1", "10.0.0.2"],
                "@next-hop": [{ protect: true, comment: "/* two */" }, { protect: true }],
              },
            ],
          },
        },
      },
    });
  });
});
