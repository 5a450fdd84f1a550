// Several threads send their frames in the same instant, round by round, so that first packets meet in the kernel on all
// processors at once.

import { Worker } from "node:worker_threads";

export interface RacerOptions {
  /** Namespace and device of the senders. */
  readonly network: string;
  readonly device: string;
  /** The processor that this thread stays on. */
  readonly core: number;
  /** The frames of this thread, round by round. */
  readonly rounds: readonly (readonly Uint8Array[])[];
  readonly racers: number;
  readonly cells: Int32Array;
}

/** Cells of the memory that all threads see. */
export const raceCells = { round: 0, awake: 1, count: 2 } as const;

export type RaceMessage =
  /** `apart`: it has a processor of its own. */
  | { readonly kind: "ready"; readonly apart: boolean }
  /** `met`: all set off together. */
  | { readonly kind: "sent"; readonly count: number; readonly met: boolean };

export interface RaceReport {
  /** Frames that the kernel took. */
  readonly sent: number;
  /** Rounds in which all set off together, on a processor each. */
  readonly metCount: number;
}

const stepTimeoutMs = 20_000;

/** `frames` has a list for each thread, of a list for each round. `before` is called when no thread sends. */
export async function raceSenders(
  where: Pick<RacerOptions, "network" | "device">,
  frames: readonly (readonly (readonly Uint8Array[])[])[],
  before: (round: number) => Promise<void>,
): Promise<RaceReport> {
  const cells = new Int32Array(new SharedArrayBuffer(raceCells.count * 4));
  const racers = frames.length;
  const threads = frames.map((rounds, core) => {
    const options: RacerOptions = { ...where, core, rounds, racers, cells };
    return new Racer(new Worker(new URL("racing-sender-main.ts", import.meta.url), { workerData: options }));
  });
  let [sent, metCount] = [0, 0];
  try {
    const ready = await Promise.all(threads.map((thread) => thread.next()));
    const apart = ready.every((message) => message.kind === "ready" && message.apart);
    for (let round = 0; round < (frames[0]?.length ?? 0); round++) {
      await before(round);
      Atomics.store(cells, raceCells.round, round + 1);
      Atomics.notify(cells, raceCells.round);
      const told = await Promise.all(threads.map((thread) => thread.next()));
      const done = told.flatMap((message) => (message.kind === "sent" ? [message] : []));
      sent += done.reduce((sum, { count }) => sum + count, 0);
      if (apart && done.every(({ met }) => met)) metCount++;
    }
    return { sent, metCount };
  } finally {
    await Promise.all(threads.map((thread) => thread[Symbol.asyncDispose]()));
  }
}

class Racer implements AsyncDisposable {
  readonly #worker: Worker;
  #told = Promise.withResolvers<RaceMessage>();

  constructor(worker: Worker) {
    this.#worker = worker;
    worker.on("message", (message: RaceMessage) => this.#told.resolve(message));
    worker.on("error", (cause) => this.#told.reject(new Error("a sender failed", { cause })));
  }

  /** What the thread tells next; it tells one thing for each round. */
  async next(): Promise<RaceMessage> {
    const told = this.#told;
    const timer = setTimeout(() => told.reject(new Error("a sender says nothing")), stepTimeoutMs);
    try {
      return await told.promise;
    } finally {
      clearTimeout(timer);
      this.#told = Promise.withResolvers();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#worker.terminate();
  }
}
