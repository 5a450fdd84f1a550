// The command line by table: what each word means, and the sentence for each mistake.

import { describe, expect, test } from "vitest";
import { help, readOptions, suites } from "./options.ts";
import { subjects } from "./subjects.ts";

const parts = (family: 4 | 6, ...named: readonly string[]) => named.map((suite) => ({ suite, family }));
const whole = {
  parts: [...parts(4, ...suites), ...parts(6, "lookup", "established")],
  policies: undefined,
  rounds: undefined,
  commits: undefined,
  durationMs: undefined,
  subjects: undefined,
  shape: "realistic",
  json: false,
  output: "bench/results",
};

describe("options", () => {
  test.each<[string, object]>([
    ["", {}],
    ["--json", { json: true }],
    ["--output elsewhere", { output: "elsewhere" }],
    ["lookup", { parts: parts(4, "lookup"), output: ".merlon/bench" }],
    ["sessions lookup", { parts: parts(4, "lookup", "sessions"), output: ".merlon/bench" }],
    ["--policies 10,300", { policies: [10, 300], output: ".merlon/bench" }],
    ["--rounds 7 --duration 50", { rounds: 7, durationMs: 50, output: ".merlon/bench" }],
    ["--subjects merlon,conntrack", { subjects: ["merlon", "conntrack"], output: ".merlon/bench" }],
    ["--subjects linear,merlon,linear", { subjects: ["merlon", "linear"], output: ".merlon/bench" }],
    ["--commits 20 commits", { parts: parts(4, "commits"), commits: 20, output: ".merlon/bench" }],
    ["--family 6", { parts: parts(6, "lookup", "established"), output: ".merlon/bench" }],
    ["--family 6 established", { parts: parts(6, "established"), output: ".merlon/bench" }],
    ["--family 4", { parts: parts(4, ...suites), output: ".merlon/bench" }],
    ["--shape adversarial --output x", { shape: "adversarial", output: "x" }],
  ])("%s", (text, change) => expect(readOptions(text.split(" ").filter(Boolean))).toEqual({ ...whole, ...change }));

  test.each(["--help", "-h", "lookup --help"])("%s asks for help", (text) =>
    expect(readOptions(text.split(" "))).toBeUndefined(),
  );

  test.each([
    [
      "speed",
      "there is no suite speed; the suites are lookup, established, changes, sessions, commits, nat, screens, fast-path",
    ],
    ["--family 5", '--family takes 4 or 6, not "5"'],
    ["--family 6 lookup nat", "nat has no figures over IPv6"],
    ["--commits 0", '--commits takes whole numbers from 1 to 10000, not "0"'],
    ["--policies ten", '--policies takes whole numbers from 1 to 200000, not "ten"'],
    ["--policies 10,,20", '--policies takes whole numbers from 1 to 200000, not ""'],
    ["--rounds 0", '--rounds takes whole numbers from 1 to 1000, not "0"'],
    ["--rounds 1e3", '--rounds takes whole numbers from 1 to 1000, not "1e3"'],
    ["--subjects merlon,pf", "there is no subject pf; there are merlon, plain, conntrack"],
    ["--shape round", "there is no shape round; there are realistic, one-pair, adversarial"],
    ["--fast", "Unknown option '--fast'"],
  ])("%s: %s", (text, message) => expect(() => readOptions(text.split(" "))).toThrow(message));

  test("help names every suite and subject, and its examples are understood", () => {
    for (const word of [...suites, ...subjects.map(({ name }) => name)]) expect(help).toContain(word);
    const examples = help.split("\n").flatMap((line) => /^ {2}npm run bench(?: -- (.*))?$/.exec(line) ?? []);
    const commands = examples.filter((_, index) => index % 2 === 1);
    expect(commands).toHaveLength(6);
    for (const command of commands) expect(readOptions((command ?? "").split(" ").filter(Boolean))).toBeDefined();
  });
});
