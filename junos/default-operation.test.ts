// Changes in XML where the default is to do nothing (RFC 6241, 7.2): only what is asked for happens, and the way to it
// must be there.

import { expect, test } from "vitest";
import { loadConfiguration } from "./load.ts";
import { printSetLines } from "./set-lines.ts";
import { readXml } from "./read-xml.ts";
import { emptyTree } from "./tree.ts";

const lines = [
  "set system host-name gw",
  "set system domain-name example.net",
  "set security zones security-zone web description w",
  "set security zones security-zone web interfaces eth1.0",
];

const base = loadConfiguration(emptyTree, `${lines.join("\n")}\n`, { action: "set", source: "base" }).tree;

function change(content: string): { readonly lines: readonly string[]; readonly said: readonly string[] } {
  const text = `<configuration xmlns:nc="urn:ietf:params:xml:ns:netconf:base:1.0">${content}</configuration>`;
  const { tree, diagnostics } = readXml(text, { source: "<rpc>", base, defaultOperation: "none" });
  return {
    lines: printSetLines(tree),
    said: diagnostics.map(({ severity, code, path }) => [severity, code, ...path].join(" ")),
  };
}

const zone = (inside: string): string =>
  `<security><zones><security-zone><name>web</name>${inside}</security-zone></zones></security>`;

test.each<readonly [string, string, readonly string[]]>([
  ["values alone change nothing", "<system><host-name>other</host-name></system>", lines],
  ["marks alone change nothing", '<system inactive="inactive"><host-name>other</host-name></system>', lines],
  [
    "a value that is asked for",
    '<system><host-name nc:operation="merge">other</host-name></system>',
    ["set system host-name other", ...lines.slice(1)],
  ],
  [
    "a deletion deep inside",
    zone('<description nc:operation="delete"/>'),
    lines.filter((line) => !line.includes("description")),
  ],
  [
    "what stands below an operation is merged",
    zone(
      '<host-inbound-traffic nc:operation="merge"><system-services><name>ssh</name></system-services></host-inbound-traffic>',
    ),
    [
      ...lines.slice(0, 3),
      "set security zones security-zone web host-inbound-traffic system-services ssh",
      ...lines.slice(3),
    ],
  ],
  [
    "a statement replaced",
    '<system nc:operation="replace"><host-name>new</host-name></system>',
    ["set system host-name new", ...lines.slice(2)],
  ],
  ["removing what is not there", '<system><time-zone nc:operation="remove">UTC</time-zone></system>', lines],
])("%s", (_, content, expected) => {
  const { lines: found, said } = change(content);
  expect([found.toSorted(), said]).toEqual([expected.toSorted(), []]);
});

test.each([
  ["an entry on the way", zone("").replace("web", "db"), "error edit.not-found security zones security-zone db"],
  ["a container on the way", "<access><profile><name>p</name></profile></access>", "error edit.not-found access"],
  ["the other errors stay", "<sytem/>", "error schema.unknown-statement"],
])("%s that is not there is an error, and nothing is made", (_, content, expected) => {
  const { lines: found, said } = change(content);
  expect(said).toEqual([expected]);
  expect(found).toEqual(lines);
});

test("an operation on the configuration itself counts below it", () => {
  const text = '<configuration operation="merge"><system><host-name>other</host-name></system></configuration>';
  const { tree } = readXml(text, { source: "<rpc>", base, defaultOperation: "none" });
  expect(printSetLines(tree)[0]).toBe("set system host-name other");
});
