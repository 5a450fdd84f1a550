// Words that name nothing: those that only name nothing here are no mistake, those that cannot stand there are one.

import { expect, test } from "vitest";
import { locate, wrongPath } from "./locate.ts";
import { loadConfiguration } from "./load.ts";
import { emptyTree } from "./tree.ts";

const text = "system { host-name fw; } security { zones { security-zone a; security-zone b; } }";
const { tree } = loadConfiguration(emptyTree, text, { action: "override", source: "test" });

test.each<[words: string, nodes: readonly string[] | undefined]>([
  ["system", ["host-name"]],
  ["system host-name", ["host-name"]],
  ["security zones security-zone", ["security-zone", "security-zone"]],
  ["security zones security-zone a", []],
  ["security zones security-zone none", undefined],
  ["security nat", undefined],
  ["nonsense", undefined],
])("%s finds %j", (words, nodes) => {
  expect(locate(tree, words.split(" "))?.nodes.map(({ word }) => word)).toEqual(nodes);
});

test.each<[words: string, message: string | undefined, hint?: string]>([
  ["system host-name", undefined],
  ["security zones security-zone", undefined],
  ["security zones security-zone none", undefined],
  ["protocols bgp group isp", undefined],
  ["nonsense", 'unknown statement "nonsense"'],
  ["security zonse", 'unknown statement "zonse"', 'did you mean "zones"?'],
  ["security zones security-zone a b", 'unknown statement "b"'],
  ["security policies from-zone a", '"to-zone" is missing after "from-zone a"'],
])("%s: %s", (words, message, hint) => {
  const wrong = wrongPath(words.split(" "));
  expect(wrong.map((one) => one.message)).toEqual(message === undefined ? [] : [message]);
  if (hint !== undefined) expect(wrong[0]?.hint).toBe(hint);
  for (const one of wrong) expect(one.span).toBeUndefined();
});
