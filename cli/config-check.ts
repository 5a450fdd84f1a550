// `merlon config check`: would a commit accept this configuration, and what would it say?

import { hasErrors } from "@merlon/model/diagnostic.ts";
import { jsonOption, keepUnknownOption } from "./command.ts";
import type { Command } from "./command.ts";
import { enforce } from "./enforce.ts";
import { loadFile } from "./load-file.ts";
import { settingOf, settingOptions } from "./setting.ts";

export const configCheck: Command = {
  words: ["config", "check"],
  summary: "Check a configuration as a commit would",
  arguments: "FILE",
  about: ["Syntax, types, ranges, references, and everything that the compiler refuses. Warnings are no errors."],
  options: { ...settingOptions, "keep-unknown": keepUnknownOption, json: jsonOption },
  examples: [
    "merlon config check srx.conf",
    "merlon config check --node node1 srx.conf",
    "merlon config check --json - < srx.conf",
  ],
  positionalCountMin: 1,
  positionalCountMax: 1,
  run: async (call, world) => {
    const json = call.switches.has("json");
    const setting = settingOf(call, world);
    const tree = await loadFile(call.positionals[0] ?? "", call, world);
    const diagnostics = tree === undefined ? [] : enforce(tree, setting).diagnostics;
    world.report(diagnostics, { json });
    const ok = tree !== undefined && !hasErrors(diagnostics);
    const word = ok ? "succeeds" : "fails";
    await world.write(json ? `${JSON.stringify({ ok })}\n` : `configuration check ${word}\n`);
    return ok ? 0 : 1;
  },
};
