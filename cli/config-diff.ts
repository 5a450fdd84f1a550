// `merlon config diff`: what changes from one configuration to another, as `show | compare` prints it, or as the command
// lines that change the first into the second.

import { changeLines } from "@merlon/junos/change-lines.ts";
import { compareTrees } from "@merlon/junos/compare.ts";
import { sameTree } from "@merlon/junos/same-tree.ts";
import { keepUnknownOption, WrongUsage } from "./command.ts";
import type { Command } from "./command.ts";
import { loadFile } from "./load-file.ts";

export const configDiff: Command = {
  words: ["config", "diff"],
  summary: "Print what changes from one configuration to another",
  arguments: "FILE-A FILE-B",
  about: [
    "The files may have different forms: what they say is compared, not how they say it. Nothing is printed when they",
    "say the same.",
  ],
  options: {
    set: { help: "the set, delete, insert … lines that change A into B" },
    "exit-code": { help: "exit with 1 when there is a difference" },
    "keep-unknown": keepUnknownOption,
    json: { help: "diagnostics as JSON, one object per line" },
  },
  examples: ["merlon config diff old.conf new.conf", "merlon config diff --set running.xml wanted.conf > change.set"],
  positionalCountMin: 2,
  positionalCountMax: 2,
  run: async (call, world) => {
    const [before = "", after = ""] = call.positionals;
    if (before === "-" && after === "-") throw new WrongUsage("standard input can be one of the files, not both");
    const old = await loadFile(before, call, world);
    const fresh = await loadFile(after, call, world);
    if (old === undefined || fresh === undefined) return 1;
    const lines = call.switches.has("set")
      ? changeLines(old, fresh).map((line) => `${line}\n`)
      : [compareTrees(old, fresh)];
    await world.write(lines.join(""));
    return call.switches.has("exit-code") && !sameTree(old, fresh) ? 1 : 0;
  },
};
