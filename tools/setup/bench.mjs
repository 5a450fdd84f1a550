// @ts-check
// `npm run bench`: what Merlon costs on this machine, against its peers, in namespaces of its own. Arguments go to
// bench/main.ts; `npm run bench -- --help` says which there are.

import { join } from "node:path";
import { prepare, runEntry } from "./prepare.mjs";
import { runEnclosed } from "./run-enclosed.mjs";

await runEntry(async () => {
  const { root, node, path } = await prepare({ enclosed: true });
  return runEnclosed(root, [node, join(root, "bench/main.ts"), ...process.argv.slice(2)], { path });
});
