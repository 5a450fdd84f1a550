// Gives every message to those who want to hear it: files in the state directory and collectors. A commit changes who they
// are; one that stays as it was keeps its queue and its connection.

import { isDeepStrictEqual } from "node:util";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { LogFile } from "./log-file.ts";
import { logLine } from "./log-message.ts";
import type { LogMessage } from "./log-message.ts";
import type { FilePlan, LogPlan, StreamPlan } from "./log-plan.ts";
import { LogStream } from "./stream/log-stream.ts";
import type { LogStreamCounts, LogStreamState } from "./stream/log-stream.ts";
import type { OpenTransport } from "./stream/transport.ts";

export interface LogRouterOptions {
  /** Files that `system syslog file` names stand here. */
  readonly folder: string;
  /** Certificates that profiles trust: `NAME.pem`. */
  readonly trustFolder: string;
  readonly open: OpenTransport;
  readonly hostName: () => string;
  readonly nowMs: () => number;
  readonly monotonicMs: () => number;
  /** A sentence while something does not reach a destination, undefined when it does again. */
  readonly onTrouble: (destination: string, trouble: string | undefined) => void;
}

export interface DestinationState {
  readonly name: string;
  readonly state: LogStreamState;
  /** Why it waits. */
  readonly reason?: string;
  readonly counts: LogStreamCounts;
}

interface OpenStream {
  plan: StreamPlan;
  readonly stream: LogStream;
  reason: string | undefined;
}

interface OpenFile {
  readonly plan: FilePlan;
  readonly file: LogFile;
}

/** Of a message that is not about the gateway's own traffic: daemon, warning. */
const lossPriority = { facility: 3, severity: 4 } as const;

export class LogRouter implements AsyncDisposable {
  readonly #options: LogRouterOptions;
  #streams: readonly OpenStream[] = [];
  #files: readonly OpenFile[] = [];

  constructor(options: LogRouterOptions) {
    this.#options = options;
  }

  /** Formats only what somebody hears; returns at once. */
  write(message: LogMessage): void {
    const host = this.#options.hostName();
    for (const { plan, stream } of this.#streams) {
      if (!plan.hears(message)) continue;
      const line = logLine(message, host, plan.form);
      if (plan.shows?.(line) !== false) stream.write(line);
    }
    for (const { plan, file } of this.#files) {
      if (!plan.hears(message)) continue;
      // A file has no use for the number in front.
      const line = logLine(message, host, plan.form).replace(/^<\d+>/, plan.form.kind === "plain" ? "" : "$&");
      if (plan.shows?.(line) !== false) file.write(line);
    }
  }

  /** True where somebody hears messages of sessions that begin, and so on: making them has a price. */
  get isSilent(): boolean {
    return this.#streams.length === 0 && this.#files.length === 0;
  }

  async configure(plan: LogPlan): Promise<void> {
    const streams = plan.streams.map((wanted): OpenStream => {
      const standing = standingFor(this.#streams, wanted, streamPlace);
      return standing === undefined ? this.#openStream(wanted) : replan(standing, wanted);
    });
    const files = plan.files.map((wanted): OpenFile => {
      const standing = standingFor(this.#files, wanted, filePlace);
      return { plan: wanted, file: standing?.file ?? this.#openFile(wanted) };
    });
    const gone = this.#streams.filter((open) => !streams.includes(open));
    const goneFiles = this.#files.filter((open) => files.every(({ file }) => file !== open.file));
    this.#streams = streams;
    this.#files = files;
    for (const { plan: { name } } of gone) this.#options.onTrouble(name, undefined); // prettier-ignore
    await Promise.all([...gone.map(close), ...goneFiles.map(({ file }) => file[Symbol.asyncDispose]())]);
  }

  destinations(): readonly DestinationState[] {
    return this.#streams.map(({ plan, stream, reason }) => ({
      name: plan.name,
      state: stream.state,
      ...(reason === undefined ? {} : { reason }),
      counts: stream.counts,
    }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.configure({ streams: [], files: [] });
  }

  #openStream(plan: StreamPlan): OpenStream {
    const { open, monotonicMs, nowMs, hostName, onTrouble } = this.#options;
    const lossLine = (count: number) => {
      const sentence = `${count} messages were lost on their way here`;
      const fields = [["count", count]] as const;
      const head = { ...lossPriority, atMs: nowMs(), program: "merlon", name: "MERLON_LOG_LOST" };
      return logLine({ ...head, fields, sentence }, hostName(), plan.form);
    };
    const stream = new LogStream({
      collector: plan.collector,
      open: async (collector, signal) => {
        const trusted = collector.protocol === "tls" ? { trusted: await this.#trusted(plan.trustProfiles) } : {};
        return open({ ...collector, ...trusted }, signal);
      },
      lossLine,
      monotonicMs,
      ...(plan.ratePerSecond === undefined ? {} : { ratePerSecond: plan.ratePerSecond }),
      onState: (state, reason) => {
        opened.reason = state === "waiting" ? reason : undefined;
        onTrouble(plan.name, state === "waiting" ? `${plan.name} does not get its messages: ${reason}` : undefined);
      },
    });
    const opened: OpenStream = { plan, stream, reason: undefined };
    return opened;
  }

  async #trusted(profiles: readonly string[]): Promise<string> {
    if (profiles.length === 0) throw new Error("no certificates are named that TLS could trust");
    const texts = await Promise.all(
      profiles.map(async (name) => {
        const path = join(this.#options.trustFolder, `${name}.pem`);
        try {
          return await readFile(path, "utf8");
        } catch (cause) {
          throw new Error(`the certificates of profile ${name} cannot be read (${path})`, { cause });
        }
      }),
    );
    return texts.join("\n");
  }

  #openFile({ name, sizeBytesMax, filesMax, worldReadable }: FilePlan): LogFile {
    const trouble = (error: unknown) =>
      this.#options.onTrouble(`system syslog file ${name}`, `log file ${name} cannot be written: ${String(error)}`);
    return new LogFile(join(this.#options.folder, name), trouble, {
      fileSizeBytesMax: sizeBytesMax,
      rotatedCountMax: filesMax - 1,
      mode: worldReadable ? 0o644 : 0o600,
    });
  }
}

/** What is open and leads to the same place in the same way. */
function standingFor<Plan, Open extends { readonly plan: Plan }>(
  open: readonly Open[],
  wanted: Plan,
  placeOf: (plan: Plan) => unknown,
): Open | undefined {
  return open.find(({ plan }) => isDeepStrictEqual(placeOf(plan), placeOf(wanted)));
}

/** Where messages go, how and in what form; which ones may change while it is open. */
function streamPlace({ name, collector, trustProfiles, ratePerSecond, form }: StreamPlan): unknown {
  return [name, collector, trustProfiles, ratePerSecond, form];
}

function filePlace({ name, sizeBytesMax, filesMax, worldReadable }: FilePlan): unknown {
  return [name, sizeBytesMax, filesMax, worldReadable];
}

function replan(open: OpenStream, plan: StreamPlan): OpenStream {
  open.plan = plan;
  return open;
}

async function close({ stream }: OpenStream): Promise<void> {
  await stream[Symbol.asyncDispose]();
}
