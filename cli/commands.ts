// All commands, in the order in which the help shows them. A new one is a file beside this one and a line below.

import { cliCommand } from "./cli-command.ts";
import type { Command } from "./command.ts";
import { compileCommand } from "./compile-command.ts";
import { configCheck } from "./config-check.ts";
import { configConvert } from "./config-convert.ts";
import { configDiff } from "./config-diff.ts";
import { configShow } from "./config-show.ts";
import { labGateway } from "./lab-gateway.ts";
import { matchCommand } from "./match-command.ts";

export const commands: readonly Command[] = [
  configConvert,
  configCheck,
  configDiff,
  configShow,
  matchCommand,
  compileCommand,
  cliCommand,
  labGateway,
];
