// Words that do not belong, and words that only look like them.

import { describe, expect, test } from "vitest";
import { checkForbiddenWords } from "./forbidden-words.ts";
import { treeOf } from "./source-tree.ts";

const findings = (text: string, path = "docs/a.md") =>
  checkForbiddenWords(treeOf({ [path]: text })).map(({ message }) => message);

describe("checkForbiddenWords", () => {
  test.each([
    ["written with an LLM", "LLM"],
    ["AI-made", "AI"],
    ["ask Claude", "Claude"],
    ["a subagent did it", "subagent"],
    ["https://registry.npmjs.org/zod", "registry.npmjs.org"],
    ["see /work/shared/x.md", "/work/s"],
    ["/root/.npm", "/root/."],
    ["/home/alice/merlon", "/home/alice/m"],
    ["mail bob@gmail.com", "bob@gmail.com"],
  ])("%s", (text, word) => {
    expect(findings(text)).toEqual([expect.stringContaining(`"${word}": `)]);
  });

  test.each([
    ["the gateway is the agent of the director"],
    ["CHAIN, MAIN, FAIR, AIX"],
    ["a container registry"],
    ["network/work/shared is a path inside something"],
    ["admin@example.com and root@gw.example and a@b.test"],
    ["import x from '@merlon/model/zone.ts'"],
    ["/home/user/merlon"],
    ["ssh operator@192.0.2.1"],
  ])("not: %s", (text) => {
    expect(findings(text)).toEqual([]);
  });

  test("the line is named", () => {
    expect(checkForbiddenWords(treeOf({ "model/a.ts": "a\nb // Claude" }))).toEqual([
      expect.objectContaining({ file: "model/a.ts", line: 2 }),
    ]);
  });
});
