// The guest's stories with all of the house that they use as one program: the guest would take a minute to read them
// from hundreds of files and to strip their types.

import { join } from "node:path";
import { rolldown } from "rolldown";

const entry = join(import.meta.dirname, "testing/main.ts");
/** Where the house ends: what has machine code or is the tests' own frame stays a package. */
const packages: (string | RegExp)[] = [/^node:/, "koffi", "ssh2", "vitest"];

/** The text of the program. `only` is another file than all stories, for whoever works on one of them. */
export async function bundleStories(only = entry): Promise<string> {
  await using bundle = await rolldown({ input: only, external: packages, platform: "node", logLevel: "warn" });
  const { output } = await bundle.generate({ format: "esm", codeSplitting: false });
  return output[0].code;
}
