// A command line from its words to its exit code: 0 all is well, 1 something is wrong with what was given, 2 the command
// line itself is wrong. Everything that it does to the world it does through its argument.

import { commands } from "./commands.ts";
import { Refusal, WrongUsage } from "./command.ts";
import type { Command, World } from "./command.ts";
import { commandHelp, generalHelp, usageOf } from "./help.ts";
import manifest from "./package.json" with { type: "json" };
import { parseCommandLine } from "./parse-command-line.ts";

export async function runCommandLine(words: readonly string[], world: World): Promise<number> {
  const line = parseCommandLine(words, commands);
  switch (line.kind) {
    case "help":
      await world.write(line.command === undefined ? generalHelp(commands) : commandHelp(line.command));
      return 0;
    case "version":
      await world.write(`merlon ${manifest.version}\n`);
      return 0;
    case "wrong":
      return wrongUsage(line.message, line.command, world);
    case "run":
      try {
        return await line.command.run(line.call, world);
      } catch (error) {
        if (error instanceof WrongUsage) return wrongUsage(error.message, line.command, world);
        if (!(error instanceof Refusal)) throw error;
        world.complain(`error: ${error.message}\n`);
        return 1;
      }
  }
}

function wrongUsage(message: string, command: Command | undefined, world: World): number {
  const usage = command === undefined ? "merlon COMMAND [OPTIONS] FILE …" : usageOf(command);
  const help = command === undefined ? "merlon help" : `merlon help ${command.words.join(" ")}`;
  world.complain(`error: ${message}\nusage: ${usage}\nTry \`${help}\`.\n`);
  return 2;
}
