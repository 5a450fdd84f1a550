// The process behind `merlon`: its arguments, its files and pipes, and its exit code.

import { processWorld } from "./process-world.ts";
import { runCommandLine } from "./run-command-line.ts";

process.exitCode = await runCommandLine(process.argv.slice(2), processWorld());
