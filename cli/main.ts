// The process behind `merlon`: its arguments, its files and pipes, and its exit code. Most of a start is reading source
// text: kept in compiled form beside the packages, which are trusted as the code is, it takes a third of the time.

import { enableCompileCache } from "node:module";
import { join } from "node:path";

enableCompileCache(join(import.meta.dirname, "..", "node_modules", ".cache", "merlon"));
const { processWorld } = await import("./process-world.ts");
const { runCommandLine } = await import("./run-command-line.ts");

process.exitCode = await runCommandLine(process.argv.slice(2), processWorld());
