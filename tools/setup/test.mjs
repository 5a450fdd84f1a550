// @ts-check
// `npm test`: every test, those that need a network in namespaces of their own. Arguments go to vitest, so
// `npm test -- junos` runs the tests whose file names hold `junos`.

import { join } from "node:path";
import { prepare, runEntry } from "./prepare.mjs";
import { runEnclosed } from "./run-enclosed.mjs";

await runEntry(async () => {
  const { root, node, path } = await prepare({ enclosed: true, forTests: true });
  const vitest = join(root, "node_modules/vitest/vitest.mjs");
  // The enclosure's own memory: a test that writes durably waits for no disk, and leaves nothing behind.
  const env = { ...process.env, TMPDIR: "/run" };
  return runEnclosed(root, [node, vitest, "run", ...process.argv.slice(2)], { path, env });
});
