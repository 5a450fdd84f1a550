// A guest with Debian's kernel, emulated in a process of ours: it needs no rights of the machine and no network, and
// what is done in it touches nothing outside. It is slow (a twentieth of the machine's speed): for what the machine's
// own kernel cannot do, and never for measuring how fast Merlon is.

import { spawn } from "node:child_process";
import type { ChildProcessByStdio } from "node:child_process";
import { closeSync, openSync, writeSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { cpioArchive } from "./cpio-archive.ts";
import type { ArchiveEntry } from "./cpio-archive.ts";
import type { GuestKernel } from "./guest-kernel.ts";

export const emulator = "qemu-system-x86_64";
const memoryMiB = 1_024;
const bootTimeoutMs = 300_000;
const outputLengthMax = 4_000_000;

/** The guest did not start, ended, or ran out of time; the message ends with what it printed. */
export class GuestFailure extends Error {
  override readonly name = "GuestFailure";
}

export interface GuestResult {
  readonly exitCode: number;
  /** What was printed to standard output and standard error, as it came. */
  readonly output: string;
}

/** What time is in the guest: the machine's, or a nanosecond for each instruction that the guest has carried out. */
export type GuestClock = "machine" | "instructions";

interface Waiting {
  readonly resolve: (result: GuestResult) => void;
  readonly reject: (failure: GuestFailure) => void;
}

export class Guest implements AsyncDisposable {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  #output = "";
  #waiting: Waiting | undefined;
  #ended: string | undefined;

  private constructor(child: ChildProcessByStdio<Writable, Readable, null>) {
    this.#child = child;
    child.stdout.setEncoding("latin1");
    child.stdout.on("data", (text: string) => this.#take(text));
    // What cannot be written is told by the end of the process.
    child.stdin.on("error", () => {});
    child.once("error", (error) => this.#fail(`the guest cannot be started: ${error.message}`));
    child.once("close", (code, signal) => this.#fail(`the guest ended with ${signal ?? `exit code ${code}`}`));
  }

  /** Resolves when the guest takes commands. The files go into its memory. */
  static async boot(kernel: GuestKernel, files: Iterable<ArchiveEntry>, clock: GuestClock = "machine"): Promise<Guest> {
    const folder = await mkdtemp(join(tmpdir(), "merlon-guest-"));
    try {
      const image = join(folder, "files.cpio");
      writeImage(image, files);
      return await Guest.start(emulation(kernel.kernel, image, clock), bootTimeoutMs);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  /** The same over any program that speaks like `init.sh` on its standard input and output. */
  static async start([program, ...words]: readonly [string, ...string[]], timeoutMs: number): Promise<Guest> {
    // `setpriv --pdeathsig` is what ends the guest when this process is killed.
    const mortal = ["--pdeathsig", "KILL", program, ...words];
    const guest = new Guest(spawn("setpriv", mortal, { stdio: ["pipe", "pipe", "inherit"] }));
    try {
      await guest.#next("the guest is not ready", timeoutMs);
      return guest;
    } catch (error) {
      await guest[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Runs a line of shell in the guest's checkout; one at a time. */
  async run(command: string, timeoutMs: number): Promise<GuestResult> {
    if (command.includes("\n")) throw new Error("a command of the guest is one line");
    const next = this.#next(`the guest's command has not ended: ${command}`, timeoutMs);
    this.#child.stdin.write(`${command}\n`);
    return await next;
  }

  /** Kills the guest; what runs in it ends with it. */
  async [Symbol.asyncDispose](): Promise<void> {
    const child = this.#child;
    if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) {
      const exited = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGKILL");
      await exited;
    }
    child.stdout.destroy();
  }

  #next(what: string, timeoutMs: number): Promise<GuestResult> {
    if (this.#waiting) throw new Error("the guest runs one command at a time");
    if (this.#ended !== undefined) throw new GuestFailure(this.#ended);
    const { promise, resolve, reject } = Promise.withResolvers<GuestResult>();
    this.#waiting = { resolve, reject };
    const timer = setTimeout(() => this.#fail(`${what} after ${timeoutMs / 1_000} s`), timeoutMs);
    return promise.finally(() => clearTimeout(timer));
  }

  #take(text: string): void {
    this.#output += text;
    const end = /\0(\d+)\0/.exec(this.#output);
    if (end === null) {
      if (this.#output.length > outputLengthMax) this.#fail(`a command printed more than ${outputLengthMax} bytes`);
      return;
    }
    const output = Buffer.from(this.#output.slice(0, end.index), "latin1").toString("utf8");
    this.#output = this.#output.slice(end.index + end[0].length);
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.resolve({ exitCode: Number(end[1]), output });
  }

  #fail(reason: string): void {
    this.#ended ??= reason;
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.reject(new GuestFailure(`${reason}\n${this.#output.slice(-8_192)}`));
  }
}

function writeImage(file: string, files: Iterable<ArchiveEntry>): void {
  const descriptor = openSync(file, "w");
  try {
    for (const bytes of cpioArchive(files)) writeSync(descriptor, bytes);
  } finally {
    closeSync(descriptor);
  }
}

/** Kilohertz of the processor's counter. With instructions counted it goes on by one a nanosecond. */
const counterRate: Readonly<Record<GuestClock, number>> = { machine: 2_445_000, instructions: 1_000_000 };
const clockWords: Readonly<Record<GuestClock, readonly string[]>> = {
  machine: [],
  instructions: ["-icount", "shift=0,sleep=off"],
};

function emulation(kernel: string, image: string, clock: GuestClock): readonly [string, ...string[]] {
  // A machine under load cannot find out the speed of its clock by itself, and hangs. Nobody attacks the guest.
  const settings = `tsc_early_khz=${counterRate[clock]} no_timer_check mitigations=off nosmap nosmep nopti`;
  const hardware = `-accel tcg -machine microvm -cpu max -smp 1 -m ${memoryMiB}`.split(" ");
  const devices = "-nodefaults -no-user-config -display none -no-reboot -serial stdio".split(" ");
  const words = `console=ttyS0 quiet panic=-1 loglevel=2 ${settings}`;
  return [
    emulator,
    ...hardware,
    ...clockWords[clock],
    ...devices,
    "-kernel",
    kernel,
    "-initrd",
    image,
    "-append",
    words,
  ];
}
