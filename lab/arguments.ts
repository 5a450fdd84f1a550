// The command line of the demo. Pure: what was asked for, or what is wrong with it.

import { parseArgs } from "node:util";

export const usage = `Merlon's demo: four network segments and the internet around one gateway, with real traffic.

usage: npm start [-- OPTIONS]

  (nothing)   the live view: what may reach what right now, and a prompt to change the policy
  --check     try every connection once, also after a policy change and a rollback, and compare with what must be
  --json      with --check: the report as JSON on standard output, progress on standard error
  --help      this text

Exit codes: 0 all as expected, 1 something is not, 2 wrong command line, 130 or 143 interrupted.
`;

export type Arguments =
  | { readonly kind: "live" }
  | { readonly kind: "check"; readonly json: boolean }
  | { readonly kind: "help" }
  | { readonly kind: "wrong"; readonly message: string };

export function parseArguments(words: readonly string[]): Arguments {
  try {
    const { values } = parseArgs({
      args: [...words],
      options: { check: { type: "boolean" }, json: { type: "boolean" }, help: { type: "boolean", short: "h" } },
    });
    if (values.help === true) return { kind: "help" };
    if (values.check === true) return { kind: "check", json: values.json === true };
    if (values.json === true) return { kind: "wrong", message: "--json goes with --check" };
    return { kind: "live" };
  } catch (error) {
    return { kind: "wrong", message: (error as Error).message.split("\n")[0] ?? "" };
  }
}
