// Lines on their way to one collector. Writing never waits: a queue with a limit stands between, and what the limit, the
// rate or the collector costs is counted and told to the collector itself as soon as it takes lines again. A collector
// that is away is tried again after a second, then after more, at most half a minute.

import { setTimeout as sleep } from "node:timers/promises";
import type { Collector, OpenTransport, Transport } from "./transport.ts";

export interface LogStreamOptions {
  readonly collector: Collector;
  readonly open: OpenTransport;
  /** Lines in a second at most; more are counted as held back. */
  readonly ratePerSecond?: number;
  /** What the collector is told about lines that it did not get. */
  readonly lossLine: (count: number) => string;
  readonly monotonicMs: () => number;
  /** Told when the state changes, with the reason of a failure. */
  readonly onState?: (state: LogStreamState, reason: string | undefined) => void;
  readonly queueLinesMax?: number;
  /** Ends early, without an error, when the signal says so. */
  readonly wait?: (ms: number, signal: AbortSignal) => Promise<void>;
}

export type LogStreamState = "idle" | "connected" | "waiting";

export interface LogStreamCounts {
  readonly sentCount: number;
  /** Because the queue was full. */
  readonly lostCount: number;
  /** Because of the rate limit. */
  readonly heldBackCount: number;
  readonly waitingCount: number;
}

const queueLinesMaxDefault = 100_000;
/** Lines that are handed on at once. */
const batchLinesMax = 256;
const retryMsFirst = 1_000;
const retryMsMax = 30_000;

export class LogStream implements AsyncDisposable {
  readonly #options: LogStreamOptions;
  readonly #queueLinesMax: number;
  readonly #stopped = new AbortController();
  /** What waits begins at `#head`; what is before it has gone. */
  #queue: string[] = [];
  #head = 0;
  #transport: Transport | undefined;
  #working: Promise<void> | undefined;
  #state: LogStreamState = "idle";
  #sentCount = 0;
  #lostCount = 0;
  #heldBackCount = 0;
  /** Of both kinds, since the collector was told. */
  #untoldCount = 0;
  #tokens: number;
  #refilledMs: number;

  constructor(options: LogStreamOptions) {
    this.#options = options;
    this.#queueLinesMax = options.queueLinesMax ?? queueLinesMaxDefault;
    this.#tokens = options.ratePerSecond ?? 0;
    this.#refilledMs = options.monotonicMs();
  }

  get counts(): LogStreamCounts {
    return {
      sentCount: this.#sentCount,
      lostCount: this.#lostCount,
      heldBackCount: this.#heldBackCount,
      waitingCount: this.#queue.length - this.#head,
    };
  }

  get state(): LogStreamState {
    return this.#state;
  }

  /** Takes the line (without its line end) and returns at once. */
  write(line: string): void {
    if (this.#stopped.signal.aborted) return;
    if (!this.#mayPass()) {
      this.#heldBackCount++;
      this.#untoldCount++;
      return;
    }
    if (this.#queue.length - this.#head >= this.#queueLinesMax) {
      this.#lostCount++;
      this.#untoldCount++;
      return;
    }
    this.#queue.push(line);
    this.#working ??= this.#work();
  }

  /** Gives what waits a moment to leave; what is left then is counted as lost. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#working !== undefined && this.#state === "connected") {
      await Promise.race([this.#working, sleep(partingMs, undefined, { ref: false })]);
    }
    this.#stopped.abort();
    await this.#working;
    this.#lostCount += this.#queue.length - this.#head;
    this.#queue = [];
    this.#head = 0;
    this.#transport?.close();
  }

  #mayPass(): boolean {
    const { ratePerSecond, monotonicMs } = this.#options;
    if (ratePerSecond === undefined) return true;
    const nowMs = monotonicMs();
    this.#tokens = Math.min(ratePerSecond, this.#tokens + ((nowMs - this.#refilledMs) * ratePerSecond) / 1000);
    this.#refilledMs = nowMs;
    if (this.#tokens < 1) return false;
    this.#tokens--;
    return true;
  }

  async #work(): Promise<void> {
    // A burst of events becomes one batch.
    await Promise.resolve();
    let retryMs = retryMsFirst;
    while (this.#head < this.#queue.length && !this.#stopped.signal.aborted) {
      try {
        this.#transport ??= await this.#options.open(this.#options.collector, this.#stopped.signal);
        this.#enter("connected", undefined);
        await this.#sendBatch(this.#transport);
        retryMs = retryMsFirst;
      } catch (error) {
        this.#transport?.close();
        this.#transport = undefined;
        if (this.#stopped.signal.aborted) break;
        this.#enter("waiting", error instanceof Error ? error.message : String(error));
        await (this.#options.wait ?? pause)(retryMs, this.#stopped.signal);
        retryMs = Math.min(retryMs * 2, retryMsMax);
      }
    }
    this.#working = undefined;
  }

  /** What could not be sent stays at the head of the queue: a line may come twice, which is better than never. */
  async #sendBatch(transport: Transport): Promise<void> {
    const untold = this.#untoldCount;
    const batch = this.#queue.slice(this.#head, this.#head + batchLinesMax);
    await transport.send(untold === 0 ? batch : [this.#options.lossLine(untold), ...batch]);
    this.#head += batch.length;
    // To close the gap costs as much as the queue is long, so it is done when half of it is gap.
    if (this.#head * 2 >= this.#queue.length) {
      this.#queue = this.#queue.slice(this.#head);
      this.#head = 0;
    }
    this.#untoldCount -= untold;
    this.#sentCount += batch.length;
  }

  #enter(state: LogStreamState, reason: string | undefined): void {
    if (this.#state === state) return;
    this.#state = state;
    this.#options.onState?.(state, reason);
  }
}

const partingMs = 2_000;

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal, ref: false }).catch(() => undefined);
}
