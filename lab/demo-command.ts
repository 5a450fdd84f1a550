// The demo as a command: `npm start` runs it inside `tools/setup/enclose.sh`, where networks can be made freely and vanish
// with the process. Here stand only the command line, the signals and the exit code.

import { constants } from "node:os";
import { parseArguments, usage } from "./arguments.ts";
import { runCheck, tally } from "./check.ts";
import { renderReport } from "./check-report.ts";
import { runLive } from "./live/live.ts";
import { paintColour, paintPlain } from "./paint.ts";

class Interrupted extends Error {
  override readonly name = "Interrupted";
  readonly signal: NodeJS.Signals;

  constructor(signal: NodeJS.Signals) {
    super(`stopped by ${signal}`);
    this.signal = signal;
  }
}

export async function demoCommand(words: readonly string[]): Promise<number> {
  const chosen = parseArguments(words);
  switch (chosen.kind) {
    case "help":
      process.stdout.write(usage);
      return 0;
    case "wrong":
      process.stderr.write(`error: ${chosen.message}\n\n${usage}`);
      return 2;
    case "check":
      return enclosed() ? guarded((signal) => check(chosen.json, signal)) : 2;
    case "live":
      return enclosed() && hasTerminal() ? guarded((signal) => runLive(signal)) : 2;
  }
}

/** The demo makes networks and firewalls: outside an enclosure they would be the machine's own. */
function enclosed(): boolean {
  if (process.env["MERLON_ENCLOSED"] === "1") return true;
  process.stderr.write(
    "error: the demo runs only inside namespaces of its own.\nRun `npm start`, or `tools/setup/enclose.sh node lab/main.ts`.\n",
  );
  return false;
}

function hasTerminal(): boolean {
  if (process.stdin.isTTY && process.stdout.isTTY) return true;
  process.stderr.write("error: the live view needs a terminal. Without one, run `npm start -- --check`.\n");
  return false;
}

/** Runs the work with a signal that SIGINT, SIGTERM and SIGHUP abort; failures become a sentence and exit code 1. */
async function guarded(work: (signal: AbortSignal) => Promise<number>): Promise<number> {
  const abort = new AbortController();
  const interrupt = (name: NodeJS.Signals) => {
    // Who asks twice does not want to wait; the enclosure takes down what is left.
    if (abort.signal.aborted) process.exit(exitCodeOf(name));
    abort.abort(new Interrupted(name));
  };
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(name, interrupt);
  try {
    return await work(abort.signal);
  } catch (error) {
    const { reason } = abort.signal;
    if (reason instanceof Interrupted) {
      process.stderr.write(`stopped by ${reason.signal}; everything is taken down\n`);
      return exitCodeOf(reason.signal);
    }
    process.stderr.write(`error: ${describe(error)}\n`);
    return 1;
  }
}

/** As shells count: 128 and the signal's number. */
function exitCodeOf(signal: NodeJS.Signals): number {
  return 128 + constants.signals[signal];
}

async function check(json: boolean, signal: AbortSignal): Promise<number> {
  const progress = json ? process.stderr : process.stdout;
  const colour = process.stdout.isTTY && process.env["NO_COLOR"] === undefined;
  const paint = colour && !json ? paintColour : paintPlain;
  const report = await runCheck((line) => progress.write(`${paint("dim", `· ${line}`)}\n`), signal);
  const { held, total } = tally(report);
  process.stdout.write(
    json ? `${JSON.stringify({ held, total, ...report }, null, 2)}\n` : `${renderReport(report, paint).join("\n")}\n`,
  );
  return held === total ? 0 : 1;
}

/** The message and those of its causes. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : `${error.message}\n  because: ${describe(error.cause)}`;
}
