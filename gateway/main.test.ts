// The command line of the gateway process, as far as it can be wrong: what is said, and the exit code.

import { execFile } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";

function run(...words: readonly string[]): Promise<{ readonly code: number; readonly errors: string }> {
  const main = join(import.meta.dirname, "main.mjs");
  return new Promise((resolve) => {
    execFile(process.execPath, [main, ...words], (error, _, errors) => {
      resolve({ code: typeof error?.code === "number" ? error.code : 0, errors });
    });
  });
}

test("a node that no cluster has", async () => {
  const { code, errors } = await run("run", "--state", "unused", "--node", "node2");
  expect(code).toBe(2);
  expect(errors).toMatch(/^error: --node is node0 or node1, not "node2"\n\nMerlon gateway: /);
});
