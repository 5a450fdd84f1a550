// The world of a command that runs as a process: files, standard input and output, with a bound on everything that is
// read. A reader that closes its end of a pipe (`| head`) is no error: what it wanted it has.

import { spawn } from "node:child_process";
import { createReadStream } from "node:fs";
import { join } from "node:path";
import { StringDecoder } from "node:string_decoder";
import { Refusal } from "./command.ts";
import type { World } from "./command.ts";
import { printDiagnostics } from "./print-diagnostics.ts";

/** That of a gateway's configuration file. */
export const textSizeBytesMax = 64 * 1024 * 1024;
export const lineLengthMax = 64 * 1024;

export function processWorld(): World {
  // Without listeners a broken pipe would be an uncaught exception; `write` hears of it by its callback.
  process.stdout.on("error", () => {});
  process.stderr.on("error", () => {});
  return {
    read,
    readLines,
    nowMs: () => Date.now(),
    write,
    runMain,
    report: (diagnostics, { json }) => {
      if (diagnostics.length === 0) return;
      process.stderr.write(printDiagnostics(diagnostics, json ? "json" : wantsColour() ? "colour" : "plain"));
    },
    complain: (text) => process.stderr.write(text),
  };
}

/** A terminal, unless its user does not want colours (no-color.org). */
function wantsColour(): boolean {
  return process.stderr.isTTY && (process.env["NO_COLOR"] ?? "") === "" && process.env["TERM"] !== "dumb";
}

async function read(name: string): Promise<string> {
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const chunk of bytesOf(name)) {
    // Devices store their configurations so (RFC 1952).
    if (sizeBytes === 0 && chunk[0] === 0x1f && chunk[1] === 0x8b)
      throw new Refusal(`${shown(name)} is compressed; unpack it with gunzip -c and give it as standard input`);
    sizeBytes += chunk.length;
    if (sizeBytes > textSizeBytesMax)
      throw new Refusal(
        `${shown(name)} is larger than ${textSizeBytesMax / 1024 / 1024} MiB, which is no configuration`,
      );
    chunks.push(chunk);
  }
  // A byte that is not UTF-8 becomes U+FFFD, and whoever reads the text names its place.
  return Buffer.concat(chunks).toString("utf8");
}

async function* readLines(name: string): AsyncGenerator<string> {
  const decoder = new StringDecoder("utf8");
  let rest = "";
  let lineNumber = 0;
  for await (const chunk of bytesOf(name)) {
    const lines = (rest + decoder.write(Buffer.from(chunk))).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      lineNumber += 1;
      yield checked(line, lineNumber, name);
    }
    checked(rest, lineNumber + 1, name);
  }
  rest += decoder.end();
  if (rest !== "") yield rest;
}

function checked(line: string, lineNumber: number, name: string): string {
  if (line.length <= lineLengthMax) return line;
  throw new Refusal(`${shown(name)}:${lineNumber}: the line is longer than ${lineLengthMax} characters`);
}

/** The bytes of a file or of standard input, in pieces. */
async function* bytesOf(name: string): AsyncGenerator<Uint8Array> {
  try {
    const stream: AsyncIterable<Uint8Array> = name === "-" ? process.stdin : createReadStream(name);
    yield* stream;
  } catch (error) {
    throw new Refusal(`${shown(name)}: ${reasonOf(error as NodeJS.ErrnoException)}`, { cause: error });
  }
}

function reasonOf({ code, message }: NodeJS.ErrnoException): string {
  switch (code) {
    case "ENOENT":
      return "there is no such file";
    case "EISDIR":
      return "this is a folder; name a file in it";
    case "EACCES":
      return "the file may not be read";
    case "ENOTDIR":
      return "a part of the path is no folder";
    default:
      return message;
  }
}

function shown(name: string): string {
  return name === "-" ? "standard input" : name;
}

function write(text: string): Promise<boolean> {
  if (text === "") return Promise.resolve(true);
  if (!process.stdout.writable) return Promise.resolve(false);
  return new Promise((resolve, reject) => {
    process.stdout.write(text, (error: NodeJS.ErrnoException | null | undefined) => {
      if (error === null || error === undefined) resolve(true);
      else if (error.code === "EPIPE" || error.code === "ERR_STREAM_DESTROYED") resolve(false);
      else reject(new Refusal(`standard output: ${error.message}`, { cause: error }));
    });
  });
}

/** A program that a terminal's Ctrl-C ends gets it itself; this one waits for its end. */
async function runMain(main: "gateway/main.mjs" | "lab/main.ts", words: readonly string[]): Promise<number> {
  const child = spawn(process.execPath, [join(import.meta.dirname, "..", main), ...words], {
    stdio: "inherit",
  });
  const pass = (signal: NodeJS.Signals): void => void child.kill(signal);
  const wait = (): void => undefined;
  process.on("SIGINT", wait);
  process.on("SIGTERM", pass);
  try {
    return await new Promise((resolve, reject) => {
      child.once("error", reject);
      child.once("exit", (code) => resolve(code ?? 1));
    });
  } finally {
    process.off("SIGINT", wait);
    process.off("SIGTERM", pass);
  }
}
