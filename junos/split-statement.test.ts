// Statements over several lines, as editors, mail programs and people wrap them: what goes on is taken as one statement
// whatever its indentation, and what was forgotten is reported where it is missing. One table for each, and the two limits.

import { describe, expect, test } from "vitest";
import { loadConfiguration } from "./load.ts";
import { printSetLines } from "./set-lines.ts";
import { emptyTree } from "./tree.ts";

function load(text: string, keepUnknown = false): { readonly errors: string[]; readonly lines: string[] } {
  const { tree, diagnostics } = loadConfiguration(emptyTree, text, { action: "merge", source: "test", keepUnknown });
  const errors = diagnostics.map(({ span, code }) => `${span?.line}:${span?.column} ${code}`);
  return { errors, lines: printSetLines(tree) };
}

describe("statements that go on", () => {
  test.each<[name: string, text: string, lines: string[]]>([
    ["a value below its word", "system {\n    host-name\n    fw;\n}", ["system host-name fw"]],
    ["a value further left than its word", "system {\n    host-name\nfw;\n}", ["system host-name fw"]],
    ["no indentation at all", "system\n{\nhost-name\nfw\n;\n}", ["system host-name fw"]],
    [
      "any indentation",
      "   system {\n host-name\n        fw;\n   time-zone\nUTC;\n}",
      ["system host-name fw", "system time-zone UTC"],
    ],
    ["a name below its list", "security { zones {\nsecurity-zone\na;\n} }", ["security zones security-zone a"]],
    [
      "a block on the next line but one",
      "security {\nzones {\nsecurity-zone\na\n{\ntcp-rst;\n}\n}\n}",
      ["security zones security-zone a tcp-rst"],
    ],
    [
      "the words between two names",
      "security { policies {\nfrom-zone a\nto-zone b {\npolicy p {\nthen {\npermit;\n}\n}\n}\n} }",
      ["security policies from-zone a to-zone b policy p then permit"],
    ],
    [
      "each word on a line of its own",
      "security { policies {\nfrom-zone\na\nto-zone\nb\npolicy\np\nthen\npermit;\n} }",
      ["security policies from-zone a to-zone b policy p then permit"],
    ],
    [
      "a word that only its parent knows",
      "security { policies { global {\npolicy p\nmatch\nsource-address any;\n} } }",
      ["security policies global policy p match source-address any"],
    ],
    [
      "a container and its only leaf",
      "security { policies {\ndefault-policy\ndeny-all;\n} }",
      ["security policies default-policy deny-all"],
    ],
    [
      "a list of values on the next line",
      "security { policies { global { policy p { match {\nsource-address\n[ a b ];\n} } } } }",
      [
        "security policies global policy p match source-address a",
        "security policies global policy p match source-address b",
      ],
    ],
    [
      "a value in quotes",
      'interfaces { eth0 {\ndescription\n"two words";\n} }',
      ['interfaces eth0 description "two words"'],
    ],
    [
      "a value that is also a word of this level",
      "interfaces { eth0 {\ndescription\ndisable;\n} }",
      ["interfaces eth0 description disable"],
    ],
    ["at the top", "security\nzones\nsecurity-zone a;", ["security zones security-zone a"]],
    ["behind a comment", "system {\nhost-name /* the name */\n/* here */\nfw;\n}", ["system host-name fw"]],
    ["behind a tag", "system {\ninactive:\nhost-name\nfw;\n}", ["system host-name fw"]],
    ["with CRLF", "system {\r\nhost-name\r\nfw;\r\n}\r\n", ["system host-name fw"]],
    ["with tabs", "system {\n\t\thost-name\n\tfw;\n}", ["system host-name fw"]],
    [
      "further right, words that could be a statement of this level",
      "applications { application a {\nterm t protocol tcp\n     destination-port 80;\n} }",
      ["applications application a term t protocol tcp", "applications application a term t destination-port 80"],
    ],
    [
      "further right, followed by its neighbour as far right",
      "system {\n  host-name\n      fw;\n      time-zone UTC;\n}",
      ["system host-name fw", "system time-zone UTC"],
    ],
    [
      "further right, two words of one level",
      "system {\n    host-name fw\n        time-zone UTC;\n}",
      ["system host-name fw", "system time-zone UTC"],
    ],
    [
      "in the block of a list",
      "interfaces {\neth0\nunit 0\nfamily inet\naddress 10.0.0.1/24;\n}",
      ["interfaces eth0 unit 0 family inet address 10.0.0.1/24"],
    ],
    [
      "a key of several words",
      "routing-options { static { route\n10.0.0.0/8\nnext-hop\n10.1.1.1; } }",
      ["routing-options static route 10.0.0.0/8 next-hop 10.1.1.1"],
    ],
    [
      "in an open hierarchy, further right",
      "protocols {\n  ospf {\n    area 0\n      interface a;\n  }\n}",
      ["protocols ospf area 0 interface a"],
    ],
  ])("%s", (_, text, lines) => {
    const loaded = load(text);
    expect(loaded.errors).toEqual([]);
    expect(loaded.lines.filter((line) => line.startsWith("set ")).map((line) => line.slice(4))).toEqual(lines);
  });
});

describe("statements that should have ended", () => {
  test.each<[name: string, text: string, errors: string[], lines: string[]]>([
    [
      "before a neighbour",
      "system {\n    host-name fw\n    time-zone UTC;\n}",
      ["2:17 syntax.missing-semicolon"],
      ["system host-name fw", "system time-zone UTC"],
    ],
    [
      "before a neighbour further left",
      "system {\n    host-name fw\ntime-zone UTC;\n}",
      ["2:17 syntax.missing-semicolon"],
      ["system host-name fw", "system time-zone UTC"],
    ],
    [
      "before a neighbour further right that cannot go on",
      "security { zones {\n  security-zone a\n      security-zone b;\n} }",
      ["2:18 syntax.missing-semicolon"],
      ["security zones security-zone a", "security zones security-zone b"],
    ],
    [
      "before a neighbour with a mistake of its own",
      "interfaces { eth0 {\ndisable\nmtu none;\n} }",
      ["2:8 syntax.missing-semicolon", "3:5 schema.wrong-value"],
      ["interfaces eth0 disable"],
    ],
    [
      "twice",
      "system {\n    host-name fw\n    time-zone UTC\n    services { ssh; }\n}",
      ["2:17 syntax.missing-semicolon", "3:18 syntax.missing-semicolon"],
      ["system host-name fw", "system services ssh", "system time-zone UTC"],
    ],
    ["before a brace", "system {\n    host-name\n    fw\n}", ["3:7 syntax.missing-semicolon"], ["system host-name fw"]],
    ["before the end of the text", "system\nhost-name\nfw", ["3:3 syntax.missing-semicolon"], ["system host-name fw"]],
    [
      "before a neighbour with a block",
      "security { zones {\nsecurity-zone a\nsecurity-zone b {\ntcp-rst;\n}\n} }",
      ["2:16 syntax.missing-semicolon"],
      ["security zones security-zone a", "security zones security-zone b tcp-rst"],
    ],
    [
      "before another hierarchy",
      "version 21.4R3\nsystem { host-name a; }",
      ["1:15 syntax.missing-semicolon"],
      ["version 21.4R3", "system host-name a"],
    ],
    [
      "before a tag",
      "system {\nhost-name fw\ninactive: time-zone UTC;\n}",
      ["2:13 syntax.missing-semicolon"],
      ["system host-name fw", "system time-zone UTC"],
    ],
    [
      "before a command",
      "system host-name fw\nset system time-zone UTC",
      ["1:20 syntax.missing-semicolon"],
      ["system host-name fw", "system time-zone UTC"],
    ],
    [
      "behind a flag",
      "interfaces { eth0 {\ndisable\nmtu 1500;\n} }",
      ["2:8 syntax.missing-semicolon"],
      ["interfaces eth0 disable", "interfaces eth0 mtu 1500"],
    ],
    [
      "behind a list",
      "security { policies { global { policy p { match {\nsource-address [ a b ]\ndestination-address c;\n} } } } }",
      ["2:23 syntax.missing-semicolon"],
      [
        "security policies global policy p match source-address a",
        "security policies global policy p match source-address b",
        "security policies global policy p match destination-address c",
      ],
    ],
    [
      "names in the block of a list",
      "interfaces {\neth0\neth1;\n}",
      ["2:5 syntax.missing-semicolon"],
      ["interfaces eth0", "interfaces eth1"],
    ],
    [
      "values without keyword",
      "policy-options { prefix-list p {\n10.0.0.0/8\n10.1.0.0/16;\n} }",
      ["2:11 syntax.missing-semicolon"],
      ["policy-options prefix-list p 10.0.0.0/8", "policy-options prefix-list p 10.1.0.0/16"],
    ],
    [
      "a word that lacks its value, before a neighbour",
      "system {\nhost-name\ntime-zone UTC;\n}",
      ["2:1 schema.missing-value", "2:10 syntax.missing-semicolon"],
      ["system time-zone UTC"],
    ],
    [
      "what nothing can be made of",
      "system {\nhost-name fw\nnonsense;\n}",
      ["2:13 syntax.missing-semicolon", "3:1 schema.unknown-statement"],
      ["system host-name fw"],
    ],
    [
      "the brace of a block",
      "security {\n    zones {\n        security-zone a\n            tcp-rst;\n        }\n    }\n}\n",
      ["3:24 syntax.missing-semicolon", "7:1 syntax.stray-brace"],
      [],
    ],
    [
      "the brace of a block of several lines",
      "system\n    host-name fw;\n    time-zone UTC;\n",
      ["1:7 syntax.missing-semicolon", "3:5 schema.unknown-statement"],
      [],
    ],
    [
      "in an open hierarchy",
      "protocols {\n  ospf {\n    area 0\n    area 1;\n  }\n}",
      ["3:11 syntax.missing-semicolon"],
      ["protocols ospf area 0", "protocols ospf area 1"],
    ],
    [
      "the comment and the tag of the first stay with it",
      "system {\n/* c */\nprotect: host-name fw\ntime-zone UTC;\n}",
      ["3:22 syntax.missing-semicolon"],
      ["system host-name fw", "system time-zone UTC"],
    ],
  ])("%s", (_, text, errors, lines) => {
    const loaded = load(text);
    expect(loaded.errors).toEqual(errors);
    expect(loaded.lines.filter((line) => line.startsWith("set ")).map((line) => line.slice(4))).toEqual(lines);
  });

  test("marks of the first statement are not those of the second", () => {
    const { lines } = load("system {\n/* c */\nprotect: host-name fw\ntime-zone UTC;\n}");
    expect(lines.filter((line) => !line.startsWith("set "))).toEqual([
      "annotate system host-name c",
      "protect system host-name",
    ]);
  });
});

describe("the same, where unknown statements are kept", () => {
  test.each<[name: string, text: string, errors: string[], lines: string[]]>([
    ["a known word goes on", "system {\nhost-name\nfw;\n}", [], ["system host-name fw"]],
    [
      "a known block goes on",
      "security { zones {\nsecurity-zone a\ninterfaces {\neth0.0;\n}\n} }",
      [],
      ["security zones security-zone a interfaces eth0.0"],
    ],
    [
      "an unknown neighbour",
      "system {\nhost-name fw\nweather good;\n}",
      ["2:13 syntax.missing-semicolon", "3:1 load.kept-unknown"],
      ["system host-name fw", "system weather good"],
    ],
  ])("%s", (_, text, errors, lines) => {
    const loaded = load(text, true);
    expect(loaded.errors).toEqual(errors);
    expect(loaded.lines.map((line) => line.slice(4))).toEqual(lines);
  });
});

describe("limits", () => {
  test.each<[name: string, text: string]>([
    ["one statement over 50,000 lines", `system {\n${"host-name\n".repeat(50_000)};\n}`],
    ["one statement over 50,000 lines, further right", `system {\n${"  a\n    b\n".repeat(25_000)};\n}`],
    ["20,000 statements over three lines", `system {\n${"host-name\nfw\n;\n".repeat(20_000)}}`],
    ["one statement over 60 long lines", `system {\n${`${"a ".repeat(10_000)}\n`.repeat(60)};\n}`],
  ])("%s", (_, text) => {
    const start = performance.now();
    load(text);
    expect(performance.now() - start).toBeLessThan(5000);
  });
});
