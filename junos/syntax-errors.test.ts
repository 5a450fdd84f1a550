// Broken texts by row, as they come from editors, terminals and other systems: each with all that is said about it, at its
// place. What is not reported is as important as what is: one mistake should give one error.

import { describe, expect, test } from "vitest";
import { loadConfiguration } from "./load.ts";
import { printSetLines } from "./set-lines.ts";
import { emptyTree } from "./tree.ts";

function load(text: string): ReturnType<typeof loadConfiguration> {
  return loadConfiguration(emptyTree, text, { action: "merge", source: "test" });
}

describe("broken texts", () => {
  test.each<[text: string, errors: string[]]>([
    ["system {\n    host-name fw\n}\n", ['2:17 syntax.missing-semicolon: a ";" or a block is missing here']],
    [
      "system {\n    host-name fw\n    time-zone UTC;\n}\n",
      ['2:17 syntax.missing-semicolon: a ";" or a block is missing here'],
    ],
    [
      "system {\n    host-name fw;\n    services {\n        ssh\n    }\n}\n",
      ['4:12 syntax.missing-semicolon: a ";" or a block is missing here'],
    ],
    [
      "system {\n    host-name fw;\n    services {\n        ssh;\n}\n",
      ['3:14 syntax.unclosed-brace: the block that this "{" opens is not closed'],
    ],
    ["system {\n    host-name fw;\n}}\n", ['3:2 syntax.stray-brace: this "}" closes nothing']],
    ["}\nsystem { host-name a; }\n", ['1:1 syntax.stray-brace: this "}" closes nothing']],
    ["system host-name fw\n", ['1:20 syntax.missing-semicolon: a ";" or a block is missing here']],
    ["set system host-name fw;\n", ['1:24 syntax.unexpected-mark: ";" does not belong in a command']],
    [
      'set system host-name "fw\nset system time-zone UTC\n',
      ["1:22 syntax.unterminated-string: the string that starts here is not closed"],
    ],
    ["root# set system host-name a\n", ['1:1 syntax.prompt: the prompt "root#" of a device stands here']],
    ["{master:0}\nset system host-name a\n", ['1:1 syntax.prompt: the prompt "{master:0}" of a device stands here']],
    [
      "{primary:node0}[edit]\nset system host-name a\n",
      ['1:1 syntax.prompt: the prompt "{primary:node0}[edit]" of a device stands here'],
    ],
    ["root@fw# set system host-name a\n", ['1:1 syntax.prompt: the prompt "root@fw#" of a device stands here']],
    [
      "root@fw-1> show configuration\nset system host-name a\n",
      ['1:1 syntax.prompt: the prompt "root@fw-1>" of a device stands here'],
    ],
    ["[edit]\nset system host-name a\n", ['1:1 syntax.prompt: the prompt "[edit]" of a device stands here']],
    [
      "[edit security zones]\nsystem { host-name a; }\n",
      ['1:1 syntax.prompt: the prompt "[edit security zones]" of a device stands here'],
    ],
    ["user@srx% cat x\n", ['1:1 syntax.prompt: the prompt "user@srx%" of a device stands here']],
    [
      "system {\n    host-name [ a b ;\n}\n",
      [
        '2:15 syntax.unclosed-list: the "[" here is not closed',
        '2:15 schema.unexpected-list: "host-name" takes one value, not a list',
      ],
    ],
    ["system {\n    host-name a ];\n}\n", ['2:17 syntax.unexpected-mark: this "]" closes nothing']],
    ["system { host-name a; } }\n", ['1:25 syntax.stray-brace: this "}" closes nothing']],
    ["system { { host-name a; } }\n", ['1:10 syntax.unexpected-mark: "{" stands where a statement should begin']],
    ["inactive: ;\n", ['1:11 syntax.missing-statement: a statement is missing after "inactive:"']],
    [
      "inactive: }\n",
      [
        '1:11 syntax.missing-statement: a statement is missing after "inactive:"',
        '1:11 syntax.stray-brace: this "}" closes nothing',
      ],
    ],
    ["{ }\n", ['1:1 syntax.unexpected-mark: "{" stands where a statement should begin']],
    ["[ a b ]\n", ['1:1 syntax.unexpected-mark: "[" stands where a statement should begin']],
    [
      "/* never closed\nsystem { host-name a; }\n",
      ["1:1 syntax.unterminated-comment: the comment that starts here is not closed"],
    ],
    [
      'system { host-name "a"b; }\n',
      [
        "1:20 syntax.text-after-string: a word follows the closing quote without a space",
        '1:23 schema.unknown-statement: unknown statement "b"',
      ],
    ],
    [
      "system { host-name a\u0000b; }\n",
      [
        "1:21 syntax.binary: a character that does not belong in a text stands here",
        '1:22 schema.unknown-statement: unknown statement "b"',
      ],
    ],
    [
      "system { host-name a�; }\n",
      [
        '1:20 schema.wrong-value: "a�" is not a host name',
        "1:21 syntax.binary: a character that does not belong in a text stands here",
      ],
    ],
    [
      "interfaces {\n    ge-0/0/0 {\n        unit 0 {\n            family inet {\n                address 10.0.0.1/24\n            }\n        }\n    }\n}\n",
      ['5:36 syntax.missing-semicolon: a ";" or a block is missing here'],
    ],
    [
      "interfaces {\n    ge-0/0/0 {\n        unit 0 {\n            family inet {\n                address 10.0.0.1/24;\n            }\n        }\n    }\n\nsecurity {\n    zones {\n        security-zone a;\n    }\n}\n",
      ['1:12 syntax.unclosed-brace: the block that this "{" opens is not closed'],
    ],
    [
      "security {\n    zones {\n        security-zone a {\n            interfaces {\n                ge-0/0/0.0;\n        }\n    }\n}\nsystem {\n    host-name a;\n}\n",
      ['4:24 syntax.unclosed-brace: the block that this "{" opens is not closed'],
    ],
    [
      "security { policies { from-zone a { } } }\n",
      ['1:33 schema.missing-key: "to-zone" is missing after "from-zone a"'],
    ],
    [
      "security { policies { from-zone a to-zone { } } }\n",
      ['1:35 schema.missing-key: a <zone-name> is missing after "to-zone"'],
    ],
    [
      "security policies from-zone a to-zone b policy p match source-address [ a b\nthen permit;\n",
      ['1:71 syntax.unclosed-list: the "[" here is not closed'],
    ],
    [
      "set security policies from-zone a to-zone b policy p match source-address [ a b\nset security policies from-zone a to-zone b policy p then permit\n",
      ['1:75 syntax.unclosed-list: the "[" here is not closed'],
    ],
    ["delete: ;\n", ['1:9 syntax.missing-statement: a statement is missing after "delete:"']],
    ["system { delete: host-name { a; } }\n", ['1:18 schema.no-block: "delete:" takes no block']],
    ["set\n", ['1:1 edit.missing-statement: a statement is missing after "set"']],
    ["delete\n", ['1:1 edit.missing-statement: a statement is missing after "delete"']],
    [
      "edit system host-name\nset host-name a\n",
      [
        '1:6 edit.no-level: there is no level "host-name" to edit',
        '2:5 schema.unknown-statement: unknown statement "host-name"',
      ],
    ],
    ["set system host-name a b\n", ['1:24 schema.unknown-statement: unknown statement "b"']],
    [
      "set system { host-name a; }\n",
      [
        '1:12 syntax.unexpected-mark: "{" does not belong in a command',
        '1:25 syntax.unexpected-mark: ";" does not belong in a command',
        '1:27 syntax.unexpected-mark: "}" does not belong in a command',
      ],
    ],
    [
      "system { host-name a; time-zone }\n",
      [
        '1:23 schema.missing-value: "time-zone" needs a value',
        '1:32 syntax.missing-semicolon: a ";" or a block is missing here',
      ],
    ],
    [
      "security { zones { security-zone a { tcp-rst } } }\n",
      ['1:45 syntax.missing-semicolon: a ";" or a block is missing here'],
    ],
    [
      "<configuration><system/></configuration>\n",
      [
        '1:1 schema.unknown-statement: unknown statement "<configuration><system/></configuration>"',
        '1:41 syntax.missing-semicolon: a ";" or a block is missing here',
      ],
    ],
    [
      '{ "configuration": { } }\n',
      [
        '1:1 syntax.unexpected-mark: "{" stands where a statement should begin',
        "1:3 syntax.text-after-string: a word follows the closing quote without a space",
      ],
    ],
    [
      "set system host-name a # comment\nset system host-nam b\n",
      ['2:12 schema.unknown-statement: unknown statement "host-nam"'],
    ],
    ["system {\r\n    host-name fw\r\n}\r\n", ['2:17 syntax.missing-semicolon: a ";" or a block is missing here']],
    ["system {\n\thost-name fw\n}\n", ['2:14 syntax.missing-semicolon: a ";" or a block is missing here']],
    [
      "version 21.4R3.15\nsystem { host-name a; }\n",
      ['1:18 syntax.missing-semicolon: a ";" or a block is missing here'],
    ],
    [
      "security {\n    zones {\n        security-zone a\n            tcp-rst;\n        }\n    }\n}\n",
      [
        '3:24 syntax.missing-semicolon: a ";" or a block is missing here',
        '7:1 syntax.stray-brace: this "}" closes nothing',
      ],
    ],
    [
      "system\n    host-name fw;\n    time-zone UTC;\n",
      [
        '1:7 syntax.missing-semicolon: a ";" or a block is missing here',
        '3:5 schema.unknown-statement: unknown statement "time-zone"',
      ],
    ],
    [
      "   [edit system]\nset system host-name a\n",
      ['1:4 syntax.prompt: the prompt "[edit system]" of a device stands here'],
    ],
    ["admin@fw:node0> show\n", ['1:1 syntax.prompt: the prompt "admin@fw:node0>" of a device stands here']],
    [
      "## Last commit: 2024-01-01 10:00:00 UTC by root\nversion 21.4R3;\nsystem { host-name a }\n",
      ['3:21 syntax.missing-semicolon: a ";" or a block is missing here'],
    ],
    [
      'system { root-authentication { encrypted-password "$6$x" ## SECRET-DATA\n } }\n',
      ['1:57 syntax.missing-semicolon: a ";" or a block is missing here'],
    ],
    [
      "system { host-name a;\n/* c */ }\nsystem { /* d }\n",
      [
        '3:8 syntax.unclosed-brace: the block that this "{" opens is not closed',
        "3:10 syntax.unterminated-comment: the comment that starts here is not closed",
      ],
    ],
  ])("%j", (text, errors) => {
    const { diagnostics } = load(text);
    const shown = diagnostics.map(({ span, code, message }) => `${span?.line}:${span?.column} ${code}: ${message}`);
    expect(shown).toEqual(errors);
  });

  test("every one is reported at the same place with CRLF", () => {
    const text = "system {\n    host-name fw\n    time-zone UTC\n}\n";
    const places = (one: string): unknown[] =>
      load(one).diagnostics.map(({ span, code }) => [span?.line, span?.column, code]);
    expect(places(text.replaceAll("\n", "\r\n"))).toEqual(places(text));
  });
});

describe("texts that are not broken", () => {
  test.each<[name: string, text: string, lines: string[]]>([
    [
      "words on several lines",
      "system {\n    host-name\n        fw;\n    time-zone UTC;\n}\n",
      ["set system host-name fw", "set system time-zone UTC"],
    ],
    [
      "a name and a list on several lines",
      "security {\n  zones {\n    security-zone\n        a {\n      interfaces\n        [ eth0.0\n          eth1.0 ];\n    }\n  }\n}\n",
      ["set security zones security-zone a interfaces eth0.0", "set security zones security-zone a interfaces eth1.0"],
    ],
    ["a brace on a line of its own", "system\n{\n    host-name fw;\n}\n", ["set system host-name fw"]],
    [
      "several statements on one line",
      "system { host-name fw; time-zone UTC; } security { zones { security-zone a; } }",
      ["set system host-name fw", "set system time-zone UTC", "set security zones security-zone a"],
    ],
    [
      "tabs, a byte order mark, and comments everywhere",
      "\ufeff# head\n## Last commit: 2024-01-01\nsystem\t{\t/* a */\n\thost-name\tfw;\t# behind\n\t/* alone */\n}\n",
      ["set system host-name fw"],
    ],
    [
      "secrets",
      'system { root-authentication { encrypted-password "$6$abc"; ## SECRET-DATA\n } }',
      ['set system root-authentication encrypted-password "$6$abc"'],
    ],
    [
      "names of the world in descriptions",
      'interfaces { eth0 { description "Büro 東京"; } }',
      ['set interfaces eth0 description "Büro 東京"'],
    ],
    [
      "braces and set lines mixed",
      "system {\n    host-name fw;\n}\nset system time-zone UTC\nsecurity {\n    zones {\n        security-zone a;\n    }\n}\ndelete system host-name\n",
      ["set system time-zone UTC", "set security zones security-zone a"],
    ],
  ])("%s", (_, text, lines) => {
    const { tree, diagnostics } = load(text);
    expect(diagnostics).toEqual([]);
    expect(printSetLines(tree).filter((line) => !line.startsWith("annotate"))).toEqual(lines);
  });

  test("a text with many lines and no error is read in linear time", () => {
    const text = `system {\n${"    host-name\n        fw;\n".repeat(20_000)}}\n`;
    const start = performance.now();
    expect(load(text).diagnostics).toEqual([]);
    expect(performance.now() - start).toBeLessThan(3000);
  });
});
