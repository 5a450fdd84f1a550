// `replace pattern` at the prompt: what it changes, what it refuses, and that a wrong result changes nothing.

import { rm } from "node:fs/promises";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import type { GatewayCase } from "../testing/test-gateway.ts";
import { freshGateway, typeAs } from "../testing/test-gateway.ts";
import { liveAccess } from "../access/live-access.ts";
import { runCommand } from "./command.ts";
import { completeCommand } from "./complete-command.ts";

let story: GatewayCase;

beforeAll(async () => {
  story = await freshGateway("replace");
  await typeAs(
    story.gateway,
    "ana",
    "set system login class netops permissions [ view configure interface-control ]",
    "set system login user bo class netops",
    "set system host-name gw-west",
    "set security zones security-zone west",
    "set security address-book global address srv 10.0.0.1/32",
    "set security policies from-zone west to-zone west policy in match source-address srv destination-address srv application any",
    "set security policies from-zone west to-zone west policy in then permit",
    "commit",
  );
});
afterAll(() => rm(story.folder, { recursive: true }));
beforeEach(() => typeAs(story.gateway, "ana", "rollback 0"));

const type = (line: string, at: readonly string[] = [], user = "ana") => {
  const access = liveAccess(() => story.gateway.running?.prepared.configuration, user);
  const rest = user === "ana" || access === undefined ? {} : { access };
  return runCommand(story.gateway, line, { user, via: "cli", at, ...rest });
};
const compared = async (): Promise<string> => (await type("show | compare")).text;

test("changes names and values everywhere, and says how many", async () => {
  expect((await type('replace pattern west with "east"')).text).toBe("4 places replaced\n");
  expect(await compared()).toMatch(/\+ {2}host-name gw-east;/);
  expect((await type("show security policies")).text).toContain("from-zone east to-zone east");
});

test("changes what stands at a level alone, and the first places alone", async () => {
  expect((await type("replace pattern west with east", ["system"])).text).toBe("1 place replaced\n");
  expect((await type("show security zones")).text).toContain("security-zone west");
  expect((await type("replace pattern srv with mail upto 1")).text).toBe("1 place replaced\n");
});

test.each([
  ["replace", "replace takes a pattern"],
  ["replace pattern a", "replace takes a pattern"],
  ["replace pattern a with b upto", "replace takes a pattern"],
  ["replace pattern a with b upto 0", "replace takes a pattern"],
  ["replace pattern a with b c d", "replace takes a pattern"],
  ['replace pattern "" with b', "replace takes a pattern"],
  ['replace pattern "(" with b', '"("'],
  ["replace pattern nowhere with b", 'nothing here matches "nowhere"'],
  [`replace pattern ${"a".repeat(2_000)} with b`, "longer than 1000"],
  ["replace pattern 10.0.0.1 with 10.0.0.300", "nothing was replaced"],
])("%s is refused, and nothing changes", async (line, message) => {
  const { ok, text } = await type(line);
  expect(ok).toBe(false);
  expect(text).toContain(message);
  expect(await compared()).toBe("");
});

test("changes nothing that its user may not", async () => {
  expect((await type("replace pattern west with east", [], "bo")).text).toContain("permission denied");
  expect(await compared()).toBe("");
});

test("is completed step by step", async () => {
  const next = async (line: string): Promise<readonly string[]> =>
    (await completeCommand(story.gateway, line, { at: [] })).map(({ word }) => word);
  expect(await next("repl")).toEqual(["replace"]);
  expect(await next("replace ")).toEqual(["pattern"]);
  expect(await next("replace pattern a ")).toEqual(["with"]);
  expect(await next("replace pattern a with b ")).toEqual(["upto"]);
});
