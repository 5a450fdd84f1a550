// What is asked before much is deleted, of whom, and what the answers do.

import { rm } from "node:fs/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { GatewayCase } from "../testing/test-gateway.ts";
import { freshGateway, typeAs } from "../testing/test-gateway.ts";
import { superUser } from "../access/access.ts";
import { runCommand } from "./command.ts";
import type { CommandCaller } from "./command-caller.ts";

let story: GatewayCase;
const pair = ["security", "policies", "from-zone", "a", "to-zone", "b"];

beforeAll(async () => {
  story = await freshGateway("ask-before-delete");
});
afterAll(() => rm(story.folder, { recursive: true }));

beforeEach(async () => {
  await typeAs(
    story.gateway,
    "ana",
    "rollback 0",
    ...["a", "b"].map((zone) => `set security zones security-zone ${zone}`),
    ...["p1", "p2", "q"].map((name) => `set ${pair.join(" ")} policy ${name} then permit`),
  );
});

const type = (line: string, rest: Partial<CommandCaller> = {}) =>
  runCommand(story.gateway, line, { user: "ana", via: "cli", asks: true, at: [], ...rest });
const policies = async (): Promise<readonly string[]> => {
  const { text } = await type("show security policies from-zone a to-zone b | display set");
  return [...text.matchAll(/policy (\w+) then/g)].map(([, name = ""]) => name);
};

const everything = "Delete everything under this level? [yes,no] (no) ";

describe("delete at a level", () => {
  test("asks, and yes deletes what stands there", async () => {
    expect(await type("delete", { at: pair })).toMatchObject({ text: "", questions: [{ text: everything }] });
    expect(await policies()).toEqual(["p1", "p2", "q"]);
    expect(await type("delete", { at: pair, text: "yes" })).toMatchObject({ ok: true, text: "" });
    expect(await policies()).toEqual([]);
  });

  test.each(["", "no", "n", "perhaps", "yess"])("%j leaves everything as it is", async (text) => {
    expect(await type("delete", { at: pair, text })).toMatchObject({ ok: true, text: "" });
    expect(await policies()).toEqual(["p1", "p2", "q"]);
  });

  test("at the top says that it is everything", async () => {
    expect(await type("delete")).toMatchObject({
      text: "This will delete the entire configuration\n",
      questions: [{ text: everything }],
    });
    await type("delete", { text: "y" });
    expect((await type("show")).text).toBe("");
  });

  test("programs are not asked, and cannot delete everything by it", async () => {
    expect(await type("delete", { asks: false })).toMatchObject({ ok: false });
    expect(await type("delete", { asks: false, at: pair })).toMatchObject({ ok: true });
    expect(await policies()).toEqual([]);
  });
});

describe("wildcard delete", () => {
  const line = `wildcard delete ${pair.join(" ")} policy p*`;

  test("tells what it means before it does it", async () => {
    const path = pair.join(" ");
    expect(await type(line)).toMatchObject({
      text: `  matched: ${path} policy p1\n  matched: ${path} policy p2\n`,
      questions: [{ text: "Delete 2 objects? [yes,no] (no) " }],
    });
    expect(await policies()).toEqual(["p1", "p2", "q"]);
    await type(line, { text: "yes" });
    expect(await policies()).toEqual(["q"]);
  });

  test("names them from the level on", async () => {
    const asked = await type("wildcard delete policy q*", { at: pair });
    expect(asked).toMatchObject({
      text: "  matched: policy q\n",
      questions: [{ text: "Delete 1 object? [yes,no] (no) " }],
    });
  });

  test("does not show what its reader may not see", async () => {
    const access = { ...superUser("ana"), mayView: (path: readonly string[]) => !path.includes("p1") };
    expect((await type(line, { access })).text).toMatch(/policy p2\n {2}\.\.\. 1 more\n$/);
  });

  test.each([
    [`wildcard delete ${pair.join(" ")} policy z*`, "statement not found"],
    ["wildcard delete nonsense x*", "statement not found"],
    ["wildcard", "missing"],
  ])("%s asks nothing", async (text, said) => {
    const answer = await type(text);
    expect(answer.questions).toBeUndefined();
    expect(answer.text).toContain(said);
  });
});
