// @ts-check
// The gateway's process: main.ts, with the compiled forms of earlier starts. Most of a start is reading source text: kept
// in compiled form beside the packages, which are trusted as the code is, it takes half the time. Plain JavaScript, because
// the first TypeScript file without that store costs some 80 ms. Where its folder cannot be written the start is only slower.

import { enableCompileCache } from "node:module";
import { join } from "node:path";

enableCompileCache(join(import.meta.dirname, "..", "node_modules", ".cache", "merlon"));
const { main } = await import("./main.ts");
process.exitCode = await main();
