// `.ci/run` with a fake npm: its last line and its exit code, for everything that may go wrong. The figures are what a
// machine believes without looking, so a step that failed, hung or never ran must show in them.

import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { runProcess } from "./fake-checkout.fixture.ts";

let root = "";
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "merlon-ci-"));
  mkdirSync(join(root, ".ci"));
  mkdirSync(join(root, "bin"));
  cpSync(join(import.meta.dirname, "../../.ci/run"), join(root, ".ci/run"));
});
afterEach(() => rmSync(root, { recursive: true }));

interface Steps {
  readonly check?: string;
  readonly test?: string;
  readonly start?: string;
  readonly fuzz?: string;
}

const totals = (passed: number, failed: number, skipped = 0) =>
  `echo '{"passed":${passed},"failed":${failed},"skipped":${skipped}}' > "$MERLON_TEST_TOTALS"`;

async function run({ check = "true", test: tests = totals(10, 0), start = "true", fuzz = "true" }: Steps) {
  const npm = `#!/bin/sh
echo "$*" >> ${root}/calls
case "$*" in
  "run check") ${check} ;;
  "test") ${tests} ;;
  "start -- --check") ${start} ;;
  *) echo "unexpected: $*"; exit 99 ;;
esac
`;
  writeFileSync(join(root, "bin/npm"), npm, { mode: 0o755 });
  mkdirSync(join(root, "node_modules/.bin"), { recursive: true });
  const node = `#!/bin/sh\necho "node $*" >> ${root}/calls\n${fuzz}\n`;
  writeFileSync(join(root, "node_modules/.bin/node"), node, { mode: 0o755 });
  const { code, output } = await runProcess(join(root, ".ci/run"), [], { PATH: `${root}/bin:/usr/bin:/bin` });
  const lines = output.trimEnd().split("\n");
  return { code, output, last: lines.at(-1) };
}

describe(".ci/run", () => {
  test("runs the checks, the tests, the demo and the fuzzer, in this order, with CI=true and nothing to read", async () => {
    const { code, last, output } = await run({ check: 'echo "CI is $CI"; read line || echo "no input"' });
    expect(readFileSync(join(root, "calls"), "utf8")).toBe(
      "run check\ntest\nstart -- --check\nnode junos/testing/fuzz-main.ts --runs 100000 --seed 1\n",
    );
    expect(output).toContain("CI is true\nno input\n");
    expect(last).toBe("10 passed, 0 failed");
    expect(code).toBe(0);
  });

  test.each<[string, Steps, string]>([
    ["skipped tests are shown", { test: totals(5, 0, 2) }, "5 passed, 0 failed, 2 skipped"],
    ["a failed test", { test: `${totals(9, 1)}; exit 1` }, "9 passed, 1 failed"],
    ["checks that fail count as one", { check: "exit 1" }, "10 passed, 1 failed"],
    ["a demo that fails counts as one", { start: "exit 1" }, "10 passed, 1 failed"],
    ["findings of the fuzzer count as one", { fuzz: "exit 1" }, "10 passed, 1 failed"],
    ["everything fails", { check: "exit 1", test: `${totals(0, 3)}; exit 1`, start: "exit 2" }, "0 passed, 5 failed"],
    ["tests that end badly although all passed", { test: `${totals(10, 0)}; exit 1` }, "10 passed, 1 failed"],
    ["tests that never began", { test: "exit 1" }, "0 passed, 1 failed"],
    ["a run without a test", { test: totals(0, 0) }, "0 passed, 1 failed"],
    ["totals that cannot be read", { test: 'echo "{" > "$MERLON_TEST_TOTALS"' }, "0 passed, 1 failed"],
    ["a success that left no totals", { test: "true" }, "0 passed, 1 failed"],
    ["a test run that is killed", { test: `${totals(7, 0)}; kill -9 $$` }, "7 passed, 1 failed"],
  ])("%s", async (_, steps, expected) => {
    const { code, last } = await run(steps);
    expect(last).toBe(expected);
    expect(code === 0).toBe(expected.includes(" 0 failed"));
  });

  test("a step that hangs is ended at its limit, and the others still run", async () => {
    const file = join(root, ".ci/run");
    writeFileSync(file, readFileSync(file, "utf8").replace('"checks" 300', '"checks" 1'));
    const { code, last, output } = await run({ check: "sleep 60" });
    expect(output).toContain("checks: ended after 1 s, its time limit");
    expect(last).toBe("10 passed, 1 failed");
    expect(code).toBe(1);
  });

  test("each step says how it ended", async () => {
    const { output } = await run({ start: "exit 3" });
    expect(output).toMatch(/── checks: passed in \d+ s/);
    expect(output).toMatch(/── demo: failed with exit code 3 after \d+ s/);
  });
});
