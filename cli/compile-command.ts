// `merlon compile`: the ruleset that a gateway would install for a configuration.

import { lowerTable } from "@merlon/compiler/nft/lower.ts";
import { printTable } from "@merlon/compiler/nft/print.ts";
import { integer } from "@merlon/model/schema/value.ts";
import { keepUnknownOption, WrongUsage } from "./command.ts";
import type { Command } from "./command.ts";
import { enforceFile } from "./enforce.ts";
import { settingOptions } from "./setting.ts";

const generationMax = 999_999_999;

export const compileCommand: Command = {
  words: ["compile"],
  summary: "Print the nftables ruleset of a configuration",
  arguments: "FILE",
  about: [
    "The table as `nft list table inet merlon` shows it on a gateway that has committed nothing else. Domain names have no",
    "addresses here. Policies with a scheduler, and groups with a time, count as the time says; --at sets it.",
  ],
  options: {
    ...settingOptions,
    generation: { value: "N", help: "the number in the names of chains and sets (default 1)" },
    "keep-unknown": keepUnknownOption,
    json: { help: "diagnostics as JSON, one object per line" },
  },
  examples: [
    "merlon compile srx.conf",
    "merlon compile srx.conf | diff golden.nft -",
    "merlon compile --at 2026-12-24T18:00 --node node0 srx.conf",
  ],
  positionalCountMin: 1,
  positionalCountMax: 1,
  run: async (call, world) => {
    const generation = integer(1, generationMax).parse(call.values["generation"] ?? "1");
    if ("error" in generation) throw new WrongUsage(`--generation: ${generation.error}`);
    const ir = await enforceFile(call.positionals[0] ?? "", call, world);
    if (ir === undefined) return 1;
    await world.write(printTable(lowerTable(ir, generation.value)));
    return 0;
  },
};
