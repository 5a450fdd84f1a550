// `merlon cli`: the shell of a running gateway. It is a program of the gateway's folder, which knows its socket.

import type { Command } from "./command.ts";

export const cliCommand: Command = {
  words: ["cli"],
  summary: "The shell of a running gateway",
  arguments: "[OPTIONS] [LINE …]",
  about: [
    "On a terminal: prompts, completion with Tab, space and ?, history, pages. Lines on standard input are carried out",
    'without a prompt; a LINE in place of it once, or several between ";" up to the first that is refused.',
  ],
  options: {
    socket: { value: "PATH", help: "merlon.sock in the state directory of the gateway; else MERLON_SOCKET says it" },
  },
  examples: [
    "merlon cli --socket state/merlon.sock",
    "merlon cli 'show security policies | match web'",
    "merlon cli 'configure; set system host-name fw1; commit'",
  ],
  positionalCountMin: 0,
  positionalCountMax: 1_000,
  run: ({ positionals, values }, world) => {
    const socket = values["socket"];
    // Behind "--" nothing is an option: a line may begin with a dash.
    return world.runMain("gateway/main.mjs", [
      "cli",
      ...(socket === undefined ? [] : ["--socket", socket]),
      "--",
      ...positionals,
    ]);
  },
};
