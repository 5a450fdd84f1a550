// What loading says about a bad text: each row is a text and its one error with place, code, sentence and hint.

import { describe, expect, test } from "vitest";
import { loadConfiguration } from "./load.ts";
import { printSetLines } from "./set-lines.ts";
import { emptyTree } from "./tree.ts";

function load(text: string): ReturnType<typeof loadConfiguration> {
  return loadConfiguration(emptyTree, text, { action: "merge", source: "test" });
}

const policy = "security policies from-zone a to-zone b policy p";

describe("diagnostics", () => {
  test.each<[name: string, text: string, place: string, code: string, message: string, hint?: string]>([
    [
      "unknown at the top",
      "secrity { zones { x; } }",
      "1:1",
      "schema.unknown-statement",
      'unknown statement "secrity"',
      'did you mean "security"?',
    ],
    [
      "unknown below",
      "security {\n  zones {\n    security-zon web;\n  }\n}",
      "3:5",
      "schema.unknown-statement",
      'unknown statement "security-zon"',
      'did you mean "security-zone"?',
    ],
    [
      "unknown and nothing near",
      "applications { zebra bar; }",
      "1:16",
      "schema.unknown-statement",
      'unknown statement "zebra"',
      "one of these may stand here: application, application-set",
    ],
    [
      "unknown in a set line",
      "set system hostname x",
      "1:12",
      "schema.unknown-statement",
      'unknown statement "hostname"',
      'did you mean "host-name"?',
    ],
    ["too many words", "system { host-name a b; }", "1:22", "schema.unknown-statement", 'unknown statement "b"'],
    [
      "nothing more expected",
      "security zones security-zone a host-inbound-traffic system-services ping except x;",
      "1:81",
      "schema.unknown-statement",
      'unknown statement "x"',
      "one of these may stand here: except",
    ],
    [
      "a word of the object prototype",
      "constructor x;",
      "1:1",
      "schema.unknown-statement",
      'unknown statement "constructor"',
    ],
    [
      "value missing",
      "system { host-name; }",
      "1:10",
      "schema.missing-value",
      '"host-name" needs a value',
      "add <host-name>",
    ],
    [
      "value of a leaf-list missing",
      `${policy} { match { application; } }`,
      "1:60",
      "schema.missing-value",
      '"application" needs a value',
    ],
    [
      "list for a single value",
      "system { host-name [ a b ]; }",
      "1:20",
      "schema.unexpected-list",
      '"host-name" takes one value, not a list',
    ],
    [
      "name missing",
      "security { zones { security-zone; } }",
      "1:20",
      "schema.missing-key",
      '"security-zone" needs a name',
      "add <zone-name>",
    ],
    [
      "second key missing",
      "security { policies { from-zone a b { } } }",
      "1:35",
      "schema.missing-key",
      '"to-zone" is missing after "from-zone a"',
      "write from-zone <zone-name> to-zone <zone-name>",
    ],
    [
      "second key cut off",
      "set security policies from-zone a",
      "1:33",
      "schema.missing-key",
      '"to-zone" is missing after "from-zone a"',
    ],
    [
      "second name missing",
      "set security policies from-zone a to-zone",
      "1:35",
      "schema.missing-key",
      'a <zone-name> is missing after "to-zone"',
    ],
    [
      "wrong number",
      "interfaces { eth1 { mtu 12; } }",
      "1:25",
      "schema.wrong-value",
      '"12" is not a number from 68 to 65535',
    ],
    [
      "wrong key",
      "security { zones { security-zone we$b; } }",
      "1:34",
      "schema.wrong-value",
      `"we$b" is not a zone name (1 to 63 letters, digits, '.', '_', '-')`,
    ],
    [
      "wrong word of a choice",
      "security { policies { default-policy { deny-al; } } }",
      "1:40",
      "schema.wrong-value",
      '"deny-al" is not one of permit-all, deny-all',
      'did you mean "deny-all"?',
    ],
    [
      "wrong word of a long choice",
      "set security zones security-zone a host-inbound-traffic system-services png",
      "1:73",
      "schema.wrong-value",
      '"png" is not a word that is known here',
      'did you mean "ping"?',
    ],
    [
      "wrong address",
      "security address-book global address a 10.0.0.300/32;",
      "1:40",
      "schema.wrong-value",
      '"10.0.0.300/32" is not an IP prefix (10.1.0.0/16, 2001:db8::/32)',
    ],
    [
      "route with host bits",
      "routing-options static route 10.0.0.1/8 discard;",
      "1:30",
      "schema.wrong-value",
      '"10.0.0.1/8" is not a network prefix without host bits (10.1.0.0/16, 0.0.0.0/0)',
    ],
    ["block of a leaf", "system { host-name a { b; } }", "1:10", "schema.no-block", '"host-name" takes no block'],
    [
      "block of a flag",
      "security zones security-zone a { tcp-rst { x; } }",
      "1:34",
      "schema.no-block",
      '"tcp-rst" takes no block',
    ],
    [
      "list where a statement begins",
      "system { [ a b ]; }",
      "1:10",
      "syntax.unexpected-mark",
      '"[" stands where a statement should begin',
    ],
    [
      "statement after a list of entries",
      "security zones security-zone a host-inbound-traffic system-services [ ping ssh ] except;",
      "1:82",
      "schema.unexpected-word",
      "nothing may follow the list",
    ],
    [
      "list of two-key entries",
      "security policies from-zone [ a b ];",
      "1:19",
      "schema.unexpected-list",
      '"from-zone" takes one entry at a time, not a list',
    ],
    [
      "delete: with a block",
      "system { host-name a; } delete: system { host-name; }",
      "1:33",
      "schema.no-block",
      '"delete:" takes no block',
    ],
    [
      "replaced rival that is protected",
      `${policy} { then { protect: permit; deny; } }`,
      "1:76",
      "edit.protected",
      '"permit" is protected and cannot be changed',
    ],
    [
      "escape sequences are shown, not sent",
      'system { host-name "\u009b1m"; }',
      "1:20",
      "schema.wrong-value",
      '"\\u009b1m" is not a host name',
    ],
    [
      "a long word is cut",
      `${"x".repeat(500)};`,
      "1:1",
      "schema.unknown-statement",
      `unknown statement "${"x".repeat(80)}…"`,
    ],
    ["edit of a leaf", "edit system host-name", "1:6", "edit.no-level", 'there is no level "host-name" to edit'],
    ["words after top", "top x", "1:5", "edit.not-a-command", '"top" stands alone on its line'],
  ])("%s", (_, text, place, code, message, hint) => {
    const errors = load(text).diagnostics.filter((diagnostic) => diagnostic.code === code);
    expect(errors).toHaveLength(1);
    const [{ span, ...rest } = { span: undefined }] = errors;
    expect(rest).toMatchObject({ severity: "error", message, ...(hint === undefined ? {} : { hint }) });
    expect(`${span?.line}:${span?.column}`).toBe(place);
  });

  test("the path leads to the statement", () => {
    const { diagnostics } = load("security { policies { from-zone a to-zone b { policy p { match { bad x; } } } } }");
    expect(diagnostics[0]?.path).toEqual([...policy.split(" "), "match"]);
  });

  test("one mistake gives one error, and the rest is loaded", () => {
    const text =
      "weather { community public { authorization read-only; } }\nsystem { host-name a; }\nplanets { x { vlan-id 3; } }";
    const { tree: result, diagnostics } = load(text);
    expect(diagnostics.map(({ message, span }) => `${span?.line} ${message}`)).toEqual([
      '1 unknown statement "weather"',
      '3 unknown statement "planets"',
    ]);
    expect(printSetLines(result)).toEqual(["set system host-name a"]);
  });

  test("below a block that is not closed nothing is called unknown", () => {
    const text =
      "security {\n    zones {\n        security-zone a;\n    policies {\n        default-policy {\n            deny-all;\n        }\n    }\n}\nsystem {\n    host-name x;\n}\n";
    expect(load(text).diagnostics.map(({ code, span }) => `${span?.line} ${code}`)).toEqual([
      "2 syntax.unclosed-brace",
    ]);
  });

  test("errors come in the order of the text", () => {
    const { diagnostics } = load("foo;\nsystem {\n host-name a\n bar;\n}\n");
    expect(diagnostics.map(({ span }) => span?.line)).toEqual([1, 3, 4]);
  });

  test("a file of another language ends after 100 errors", () => {
    const { diagnostics } = load(
      "hostname router\ninterface Gi0/0\n ip address 10.0.0.1 255.255.255.0\n!\n".repeat(500),
    );
    expect(diagnostics).toHaveLength(100);
  });

  test("delete of nothing warns", () => {
    const { diagnostics } = load("delete system host-name\ndelete security zones security-zone x tcp-rst");
    expect(diagnostics).toMatchObject([
      { code: "edit.not-found", severity: "warning", message: "statement not found" },
      { code: "edit.not-found", severity: "warning", path: ["security", "zones", "security-zone", "x"] },
    ]);
  });
});
