// What a shell outside the gateway stands on: the local socket for lines and completions, and the files of whoever sits
// at the machine, where his process may read and write them.

import { createReadStream } from "node:fs";
import type { Stats } from "node:fs";
import { open, readFile, rename, rm, stat } from "node:fs/promises";
import { resolve } from "node:path";
import type { Candidate } from "@merlon/junos/complete.ts";
import type { PromptState, ShellAnswer } from "@merlon/shell/shell-answer.ts";
import { ShellRefusal } from "@merlon/shell/shell-host.ts";
import type { LineOptions, ShellHost } from "@merlon/shell/shell-host.ts";
import { GatewayUnreachable } from "../../client.ts";
import type { GatewayClient, ClientSession } from "../../client.ts";
import { fileSizeBytesMax } from "./file-area.ts";

export interface SocketHostOptions {
  readonly client: GatewayClient;
  readonly session: ClientSession;
  readonly user: string;
  readonly write: (text: string) => Promise<void>;
  readonly setIdleTimeout: (minutes: number | undefined) => void;
}

export class SocketShellHost implements ShellHost {
  readonly user: string;
  readonly hostName: string;
  /** When the shell began. */
  readonly alarmCount: number;
  readonly write: ShellHost["write"];
  readonly setIdleTimeout: ShellHost["setIdleTimeout"];
  readonly #client: GatewayClient;
  readonly #session: ClientSession;

  private constructor(options: SocketHostOptions, prompt: PromptState | undefined) {
    this.user = options.user;
    this.hostName = prompt?.hostName ?? "merlon";
    this.alarmCount = prompt?.alarmCount ?? 0;
    this.write = options.write;
    this.setIdleTimeout = options.setIdleTimeout;
    this.#client = options.client;
    this.#session = options.session;
  }

  /** Asks how the gateway is called. Throws `GatewayUnreachable`. */
  static async open(options: SocketHostOptions): Promise<SocketShellHost> {
    const { prompt } = await options.session.run("");
    return new SocketShellHost(options, prompt);
  }

  readonly run = async (line: string, { signal, ...rest }: LineOptions): Promise<ShellAnswer> => {
    try {
      const { more, ...answer } = await this.#client.stream({ ...rest, line, session: this.#session.id }, signal);
      return more === undefined ? answer : { ...answer, more: refusing(more) };
    } catch (error) {
      if (signal.aborted) return { ok: false, text: "" };
      throw refusalOf(error);
    }
  };

  readonly complete = async (line: string, at: readonly string[] | undefined): Promise<readonly Candidate[]> => {
    try {
      return await this.#client.complete(line, { session: this.#session.id, ...(at !== undefined && { at }) });
    } catch (error) {
      throw refusalOf(error);
    }
  };

  readonly readFile = async (name: string): Promise<string> => {
    try {
      const path = resolve(name);
      await using file = await open(path);
      const found = await file.stat();
      if (!found.isFile()) throw new ShellRefusal(`${name} is no plain file`);
      if (found.size > fileSizeBytesMax) throw new ShellRefusal(`${name} is larger than ${fileSizeBytesMax} bytes`);
      return await readFile(path, "utf8");
    } catch (error) {
      throw fileRefusal(name, error);
    }
  };

  readonly writeFile: ShellHost["writeFile"] = async (name, text, how) => {
    const path = resolve(name);
    const beside = `${path}.new`;
    try {
      const file = await open(beside, "w", 0o600);
      try {
        if (how === "append") for await (const piece of bytesIfThere(path)) await file.writeFile(piece);
        for await (const piece of text) await file.writeFile(piece);
      } finally {
        await file.close();
      }
      await rename(beside, path);
    } catch (error) {
      await rm(beside, { force: true });
      throw fileRefusal(name, error);
    }
  };

  readonly nowMs = (): number => Date.now();
}

async function* bytesIfThere(path: string): AsyncGenerator<Uint8Array> {
  const stat = await statIfThere(path);
  if (stat === undefined) return;
  if (!stat.isFile()) throw new ShellRefusal(`${path} is no plain file`);
  yield* createReadStream(path) as AsyncIterable<Uint8Array>;
}

async function statIfThere(path: string): Promise<Stats | undefined> {
  try {
    return await stat(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

async function* refusing(more: AsyncIterable<string>): AsyncGenerator<string> {
  try {
    yield* more;
  } catch (error) {
    throw refusalOf(error);
  }
}

function refusalOf(error: unknown): unknown {
  return error instanceof GatewayUnreachable ? new ShellRefusal(error.message, { cause: error }) : error;
}

function fileRefusal(name: string, error: unknown): unknown {
  if (error instanceof ShellRefusal || !(error instanceof Error) || !("code" in error)) return error;
  const reason = error.code === "ENOENT" ? "there is no such file or folder" : error.message;
  return new ShellRefusal(`${name}: ${reason}`, { cause: error });
}
