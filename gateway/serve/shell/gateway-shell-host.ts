// What a shell inside the gateway stands on: a session of its own, the commands, the stream to the operator.

import type { Candidate } from "@merlon/junos/complete.ts";
import { ShellRefusal } from "@merlon/shell/shell-host.ts";
import type { LineOptions, ShellHost } from "@merlon/shell/shell-host.ts";
import type { ShellAnswer } from "@merlon/shell/shell-answer.ts";
import type { Access } from "../../access/access.ts";
import { CandidateRefused } from "../../candidate/candidate-refused.ts";
import type { Session } from "../../candidate/edit-session.ts";
import type { Gateway } from "../../gateway.ts";
import { KernelFailure } from "../../kernel/kernel.ts";
import { OperationRefused } from "../../ops/operation.ts";
import { runCommand } from "../command.ts";
import { completeCommand } from "../complete-command.ts";
import { FileArea } from "./file-area.ts";

const lastWordsMs = 500;

export interface HostOptions {
  readonly gateway: Gateway;
  readonly session: Session;
  readonly access: Access;
  readonly write: (text: string) => Promise<void>;
  readonly setIdleTimeout: (minutes: number | undefined) => void;
}

export class GatewayShellHost implements ShellHost {
  readonly user: string;
  readonly write: ShellHost["write"];
  readonly setIdleTimeout: ShellHost["setIdleTimeout"];
  readonly #gateway: Gateway;
  readonly #session: Session;
  readonly #access: Access;
  readonly #files: FileArea;

  constructor({ gateway, session, access, write, setIdleTimeout }: HostOptions) {
    this.user = session.user;
    this.write = write;
    this.setIdleTimeout = setIdleTimeout;
    this.#gateway = gateway;
    this.#session = session;
    this.#access = access;
    this.#files = new FileArea(gateway.store.filesFolder);
  }

  get hostName(): string {
    return this.#gateway.hostName;
  }

  readonly run = async (line: string, options: LineOptions): Promise<ShellAnswer> => {
    const { more, ...answer } = await runCommand(this.#gateway, line, {
      user: this.user,
      via: this.#session.via,
      session: this.#session,
      access: this.#access,
      ...options,
    });
    if (more === undefined) return answer;
    return { ...answer, more: refusing(answer.concludes === true ? untilConcluded(more, options.signal) : more) };
  };

  readonly complete = async (line: string, at: readonly string[] | undefined): Promise<readonly Candidate[]> =>
    completeCommand(this.#gateway, line, {
      session: this.#session,
      access: this.#access,
      ...(at !== undefined && { at }),
    });

  /** A text that is loaded is cited where it is wrong: who may not look at files may not load them. */
  readonly readFile = (name: string): Promise<string> =>
    this.#access.mayRun(`file show ${name}`)
      ? this.#files.read(name)
      : Promise.reject(
          new ShellRefusal("permission denied: files may not be read; load … terminal reads what is typed"),
        );

  readonly writeFile: ShellHost["writeFile"] = (name, text, how) => {
    if (this.#access.mayRun("file copy") || this.#access.mayRun("file")) return this.#files.write(name, text, how);
    return Promise.reject(new ShellRefusal("permission denied: files may not be written"));
  };

  readonly nowMs = (): number => this.#gateway.nowMs();
}

/** What a command says when it was ended comes at once, or not at all. */
async function* untilConcluded(more: AsyncIterable<string>, signal: AbortSignal): AsyncGenerator<string> {
  const maker = more[Symbol.asyncIterator]();
  const over = new Promise<undefined>((resolve) => {
    const end = (): void => void setTimeout(resolve, lastWordsMs, undefined).unref();
    if (signal.aborted) end();
    else signal.addEventListener("abort", end, { once: true });
  });
  for (;;) {
    const step = await Promise.race([maker.next(), over]);
    if (step === undefined || step.done === true) return;
    yield step.value;
  }
}

/** An answer that fails on the way says so to whoever reads it. */
async function* refusing(more: AsyncIterable<string>): AsyncGenerator<string> {
  try {
    yield* more;
  } catch (error) {
    if (error instanceof OperationRefused || error instanceof KernelFailure || error instanceof CandidateRefused) {
      throw new ShellRefusal(error.message, { cause: error });
    }
    throw error;
  }
}
