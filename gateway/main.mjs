// @ts-check
// The gateway's process: main.ts, with the compiled forms of earlier starts. Most of a start is reading source text: kept
// in compiled form beside the packages, which are trusted as the code is, it takes half the time. Plain JavaScript, because
// the first TypeScript file without that store costs some 80 ms. Where its folder cannot be written the start is only slower.

import { enableCompileCache, registerHooks } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const root = join(import.meta.dirname, "..");
const rootUrl = `${pathToFileURL(root).href}/`;
const ownPackage = "@merlon/";

enableCompileCache(join(root, "node_modules", ".cache", "merlon"));
// Where our own files stand is clear from their names. To ask the disk for each of 500 takes a third of the start.
registerHooks({
  resolve(specifier, context, next) {
    const isOwn = specifier.startsWith(ownPackage);
    const isBeside = specifier.startsWith(".") && context.parentURL?.startsWith(rootUrl) === true;
    if (!specifier.endsWith(".ts") || !(isOwn || (isBeside && !context.parentURL?.includes("/node_modules/"))))
      return next(specifier, context);
    const url = isOwn ? `${rootUrl}${specifier.slice(ownPackage.length)}` : new URL(specifier, context.parentURL).href;
    return { url, format: "module-typescript", shortCircuit: true };
  },
});
const { main } = await import("./main.ts");
process.exitCode = await main();
