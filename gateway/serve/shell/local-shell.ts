// `merlon cli`: the shell of a gateway for whoever sits at its machine and may open its socket. On a terminal it is
// interactive; with lines on standard input, or one as arguments, it prints answers and ends with a status.

import { userInfo } from "node:os";
import { parseArgs } from "node:util";
import { cutLines } from "@merlon/shell/line-parts.ts";
import { Shell } from "@merlon/shell/shell.ts";
import type { TerminalSize } from "@merlon/shell/shell-host.ts";
import { GatewayClient, GatewayUnreachable } from "../../client.ts";
import { alarmsNote } from "./alarms-note.ts";
import { IdleWatch } from "./idle-watch.ts";
import { SocketShellHost } from "./socket-shell-host.ts";
import { terminalSize } from "./terminal-size.ts";

/** The gateway closes a session that asks nothing for so long: a day. */
const idleLimitMs = 24 * 3600 * 1000;

const usage = `usage: merlon cli [--socket PATH] [LINE …]

  --socket PATH  the gateway's socket, merlon.sock in its state directory; else what MERLON_SOCKET says
  LINE           carried out in place of a prompt; several are separated by ";"
`;

/** The exit status: that of the last line, 1 when there is no gateway, 2 for a wrong command line. */
export async function runLocalShell(words: readonly string[]): Promise<number> {
  const options = readOptions(words);
  if (typeof options === "string") {
    process.stderr.write(`error: ${options}\n\n${usage}`);
    return 2;
  }
  if (options.help) {
    process.stdout.write(usage);
    return 0;
  }
  try {
    return await shellAt(options.socket, options.line);
  } catch (error) {
    if (!(error instanceof GatewayUnreachable)) throw error;
    process.stderr.write(`error: ${error.message}; is the gateway running, and may you open its socket?\n`);
    return 1;
  }
}

interface Options {
  readonly help: boolean;
  readonly socket: string;
  readonly line: string | undefined;
}

function readOptions(words: readonly string[]): Options | string {
  try {
    const { values, positionals } = parseArgs({
      args: [...words],
      allowPositionals: true,
      options: { socket: { type: "string" }, help: { type: "boolean", short: "h" } },
    });
    const help = values.help === true;
    const socket = values.socket ?? process.env["MERLON_SOCKET"];
    if (socket === undefined && !help) return "--socket PATH is missing, and MERLON_SOCKET is not set";
    return { help, socket: socket ?? "", line: positionals.length === 0 ? undefined : positionals.join(" ") };
  } catch (error) {
    return (error as Error).message;
  }
}

async function shellAt(socket: string, line: string | undefined): Promise<number> {
  const client = new GatewayClient(socket);
  const user = userInfo().username;
  await using session = await client.openSession({ user, idleLimitMs });
  const size = line === undefined ? sizeOfTerminal() : noTerminal;
  using idle = new IdleWatch(
    (text) => void shell.notify(text),
    (text) => void shell.end(text),
  );
  const host = await SocketShellHost.open({
    client,
    session,
    user,
    write: writeOut,
    setIdleTimeout: (minutes) => idle.set(minutes),
  });
  const shell: Shell = new Shell(host, { terminal: size, onRoom: () => process.stdin.resume() });
  let isOver = false;
  void session.ended.then((reason) => {
    const why = reason === "idle" ? "Idle timeout exceeded: closing session" : "The gateway has ended the session";
    return isOver ? undefined : shell.end(`\n${why}\n`);
  });
  using _input = takeInput(shell, idle);
  try {
    if (line !== undefined) return (await executeAll(shell, line)) ? 0 : 1;
    if (size.kind !== "none") await writeOut(alarmsNote(host.alarmCount));
    return await shell.interact();
  } finally {
    isOver = true;
  }
}

async function executeAll(shell: Shell, line: string): Promise<boolean> {
  for (const one of cutLines(line)) if (!(await shell.execute(one))) return false;
  return true;
}

const noTerminal: TerminalSize = { kind: "none", columns: 80, rows: 0 };

/** A shell is interactive when a person types and reads. */
function sizeOfTerminal(): TerminalSize {
  const { stdin, stdout } = process;
  if (!stdin.isTTY || !stdout.isTTY) return noTerminal;
  return terminalSize({ columns: stdout.columns, rows: stdout.rows, name: process.env["TERM"] ?? "dumb" });
}

function takeInput(shell: Shell, idle: IdleWatch): Disposable {
  const { stdin, stdout } = process;
  const isTerminal = stdin.isTTY && stdout.isTTY;
  const take = (bytes: Buffer): void => {
    idle.used();
    if (!shell.feed(bytes)) stdin.pause();
  };
  const resized = (): void => void shell.resize(stdout.columns, stdout.rows);
  const restore = (): void => {
    if (isTerminal) stdin.setRawMode(false);
  };
  if (isTerminal) {
    stdin.setRawMode(true);
    // Also after an uncaught error.
    process.once("exit", restore);
  }
  stdin.on("data", take);
  stdin.once("end", () => shell.inputEnded());
  stdin.once("error", () => shell.inputEnded());
  stdout.on("resize", resized);
  // Nobody reads any more: `merlon cli … | head`.
  stdout.on("error", () => void shell.end(""));
  return {
    [Symbol.dispose]: () => {
      restore();
      process.removeListener("exit", restore);
      stdin.off("data", take);
      stdin.pause();
      stdout.off("resize", resized);
    },
  };
}

function writeOut(text: string): Promise<void> {
  return new Promise((resolve) => {
    if (text === "" || !process.stdout.writable) return resolve();
    process.stdout.write(text, () => resolve());
  });
}
