// A continuous stream of packets that each begin a new flow, alternately to a port that the policy allows and to one that
// it denies, sent from a host's namespace by a thread of its own. While it runs the gateway is started, committed,
// restarted; afterwards the numbers must be equal: allowed sent = allowed arrived, denied arrived = 0.

import { Worker } from "node:worker_threads";

export interface TrafficStreamOptions {
  /** Namespace and device of the sender. */
  readonly network: string;
  readonly device: string;
  readonly sourceMac: string;
  /** The next hop's, which is the gateway's port. */
  readonly destinationMac: string;
  readonly sources: readonly string[];
  readonly destination: string;
  readonly allowedPort: number;
  readonly deniedPort: number;
  /** Packets a second, both ports together. */
  readonly ratePerSecond: number;
  /** The stream ends by itself after this long. */
  readonly durationMs: number;
}

export interface StreamReport {
  readonly allowedSent: number;
  readonly deniedSent: number;
  readonly tookMs: number;
  /** The longest time in which nothing was sent: how continuous the stream really was. */
  readonly longestGapMs: number;
}

/** Cells of the memory that both threads see. */
export const sharedCells = { stop: 0, allowedSent: 1, deniedSent: 2, count: 3 } as const;
const startTimeoutMs = 20_000;

export type StreamMessage = { readonly kind: "sending" } | { readonly kind: "done"; readonly report: StreamReport };

export class TrafficStream implements AsyncDisposable {
  readonly #worker: Worker;
  readonly #cells: Int32Array;
  readonly #sending = Promise.withResolvers<void>();
  readonly #report = Promise.withResolvers<StreamReport>();

  private constructor(options: TrafficStreamOptions) {
    this.#cells = new Int32Array(new SharedArrayBuffer(sharedCells.count * 4));
    this.#worker = new Worker(new URL("traffic-stream-main.ts", import.meta.url), {
      workerData: { options, cells: this.#cells },
    });
    this.#report.promise.catch(() => undefined);
    this.#worker.on("message", (message: StreamMessage) => {
      if (message.kind === "sending") this.#sending.resolve();
      else this.#report.resolve(message.report);
    });
    const fail = (cause: unknown) => {
      const error = new Error(`the stream from ${options.network} failed`, { cause });
      this.#sending.reject(error);
      this.#report.reject(error);
    };
    this.#worker.on("error", fail);
    this.#worker.on("exit", fail);
  }

  /** Resolves when the first packets are out. */
  static async start(options: TrafficStreamOptions): Promise<TrafficStream> {
    const stream = new TrafficStream(options);
    const timer = setTimeout(() => stream.#sending.reject(new Error("the stream does not start")), startTimeoutMs);
    try {
      await stream.#sending.promise;
      return stream;
    } catch (error) {
      await stream.#worker.terminate();
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  /** What was sent until now. */
  get sent(): { readonly allowed: number; readonly denied: number } {
    return {
      allowed: Atomics.load(this.#cells, sharedCells.allowedSent),
      denied: Atomics.load(this.#cells, sharedCells.deniedSent),
    };
  }

  /** Resolves when the stream has ended by itself. */
  get ended(): Promise<StreamReport> {
    return this.#report.promise;
  }

  /** Ends the stream now. */
  stop(): Promise<StreamReport> {
    Atomics.store(this.#cells, sharedCells.stop, 1);
    Atomics.notify(this.#cells, sharedCells.stop);
    return this.#report.promise;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop().catch(() => undefined);
    await this.#worker.terminate();
  }
}
