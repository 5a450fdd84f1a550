// The gateway of the demo: the product's own process, started inside the gateway's namespace exactly as anybody would
// start it there, and stopped by SIGTERM. Its only ways to us are the ready line and the socket that the line names.

import { spawn } from "node:child_process";
import type { ChildProcessByStdio } from "node:child_process";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import type { ReadyLine } from "@merlon/gateway/api.ts";
import { inNetwork } from "./network-namespace.ts";

const mainFile = createRequire(import.meta.url).resolve("@merlon/gateway/main.mjs");
const startTimeoutMs = 20_000;
const stopTimeoutMs = 5_000;
const endNoticeMs = 500;
/** What is kept of standard error, for the message when the gateway fails. */
const errorTailLengthMax = 8_192;

export interface GatewayStart {
  /** The namespace. */
  readonly network: string;
  readonly configFile: string;
  readonly stateFolder: string;
}

/** The gateway did not start, or ended by itself; the message ends with what it printed. */
export class GatewayFailure extends Error {
  override readonly name = "GatewayFailure";
}

export class GatewayProcess implements AsyncDisposable {
  readonly ready: ReadyLine;
  /** Resolves with an error when the process ends without being stopped. */
  readonly ended: Promise<GatewayFailure>;
  readonly #child: ChildProcessByStdio<null, Readable, Readable>;

  private constructor(
    ready: ReadyLine,
    child: ChildProcessByStdio<null, Readable, Readable>,
    ended: Promise<GatewayFailure>,
  ) {
    this.ready = ready;
    this.ended = ended;
    this.#child = child;
  }

  /** Resolves when the policy is in force. */
  static async start({ network, configFile, stateFolder }: GatewayStart): Promise<GatewayProcess> {
    const words = [mainFile, "run", "--config", configFile, "--state", stateFolder];
    // A child inherits the network namespace of the thread that starts it.
    const child = inNetwork(network, () =>
      // In a session of its own: Ctrl-C at the terminal is for us, and we stop the gateway in good order.
      spawn(process.execPath, words, { stdio: ["ignore", "pipe", "pipe"], detached: true }),
    );
    let errorTail = "";
    child.stderr.setEncoding("utf8");
    child.stderr.on("data", (text: string) => {
      errorTail = (errorTail + text).slice(-errorTailLengthMax);
    });
    const ended = new Promise<GatewayFailure>((resolve) => {
      child.once("error", (cause) => resolve(new GatewayFailure("the gateway cannot be started", { cause })));
      child.once("close", (code, signal) =>
        resolve(new GatewayFailure(`the gateway ended with ${signal ?? `exit code ${code}`}:\n${errorTail.trim()}`)),
      );
    });
    try {
      return new GatewayProcess(await readyLine(child.stdout, ended), child, ended);
    } catch (error) {
      await stop(child);
      throw error;
    }
  }

  get pid(): number {
    return this.ready.pid;
  }

  /** The work's result; when it fails because the gateway has ended, the failure says so and not what broke first. */
  async explained<T>(work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (error) {
      // The socket breaks a moment before the end of the process is known.
      const patience = new Promise<undefined>((resolve) => setTimeout(resolve, endNoticeMs, undefined));
      throw (await Promise.race([this.ended, patience])) ?? error;
    }
  }

  /** Stops the process and waits for its end. The kernel goes on enforcing. */
  async [Symbol.asyncDispose](): Promise<void> {
    await stop(this.#child);
  }
}

async function readyLine(stdout: Readable, ended: Promise<GatewayFailure>): Promise<ReadyLine> {
  const lines = createInterface({ input: stdout });
  const first = new Promise<string>((resolve) => lines.once("line", resolve));
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => reject(new GatewayFailure(`the gateway enforces nothing after ${startTimeoutMs} ms`)),
    startTimeoutMs,
  );
  try {
    const line = await Promise.race([first, ended, late]);
    if (line instanceof GatewayFailure) throw line;
    return parseReadyLine(line);
  } finally {
    clearTimeout(timer);
    lines.close();
    // Nothing more is expected, but a full pipe must never stop the gateway.
    stdout.resume();
  }
}

/** Throws `GatewayFailure` when the line is no ready line. */
export function parseReadyLine(line: string): ReadyLine {
  let value: Partial<ReadyLine> | null = null;
  try {
    value = JSON.parse(line) as Partial<ReadyLine> | null;
  } catch {
    // Not JSON: refused below together with JSON of another shape.
  }
  if (
    value?.event !== "enforcing" ||
    typeof value.pid !== "number" ||
    typeof value.revision !== "number" ||
    typeof value.startToEnforcingMs !== "number" ||
    typeof value.waitedForProcessorMs !== "number" ||
    typeof value.socket !== "string"
  ) {
    throw new GatewayFailure(`the gateway's first line is no ready line: ${line.slice(0, 200)}`);
  }
  return value as ReadyLine;
}

async function stop(child: ChildProcessByStdio<null, Readable, Readable>): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const closed = new Promise((resolve) => child.once("close", resolve));
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), stopTimeoutMs);
  await closed;
  clearTimeout(timer);
}
