// @ts-check
// `npm start`: the demo network of the lab, live, in namespaces of its own. Arguments go to lab/main.ts; `npm start --
// --check` runs it once without a terminal and compares what is with what should be.

import { join } from "node:path";
import { compileAhead } from "./compile-ahead.mjs";
import { prepare, runEntry } from "./prepare.mjs";
import { runEnclosed } from "./run-enclosed.mjs";

await runEntry(async () => {
  const { root, node, path } = await prepare({ enclosed: true });
  await compileAhead(root, { node, logFile: join(root, ".merlon", "log", "compile.log") });
  return runEnclosed(root, [node, join(root, "lab/main.ts"), ...process.argv.slice(2)], { path });
});
