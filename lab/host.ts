// One host of the demo, as the rest of the lab sees it: a worker thread inside the host's namespace that serves and asks.

import { Worker } from "node:worker_threads";
import type { HostReply, HostRequest } from "./host-message.ts";
import type { ProbeRequest, ProbeResult } from "./probes/probe.ts";

const startTimeoutMs = 20_000;
/** Beyond the probes' own limit; a thread that takes longer hangs. */
const replyGraceMs = 20_000;
/** All hosts together stay far below: this bounds a mistake. */
const heapSizeMbMax = 128;

export class Host implements AsyncDisposable {
  readonly name: string;
  readonly #worker: Worker;
  readonly #ready = Promise.withResolvers<void>();
  readonly #waiting = new Map<number, PromiseWithResolvers<readonly ProbeResult[]>>();
  #lastId = 0;
  #failure: Error | undefined;

  private constructor(name: string) {
    this.name = name;
    this.#worker = new Worker(new URL("host-main.ts", import.meta.url), {
      workerData: name,
      name,
      resourceLimits: { maxOldGenerationSizeMb: heapSizeMbMax },
    });
    this.#worker.on("message", (reply: HostReply) => this.#take(reply));
    this.#worker.on("error", (error) => this.#fail(new Error(`the host ${name} failed`, { cause: error })));
    this.#worker.on("exit", () => this.#fail(new Error(`the host ${name} has ended`)));
    // Whoever asks sees the failure; a host that fails while nobody asks must not end the process.
    this.#ready.promise.catch(() => undefined);
  }

  /** Resolves when the host serves. The namespace must stand. */
  static async start(name: string): Promise<Host> {
    const host = new Host(name);
    const timer = setTimeout(() => host.#fail(new Error(`the host ${name} does not start`)), startTimeoutMs);
    try {
      await host.#ready.promise;
      return host;
    } catch (error) {
      await host.#worker.terminate();
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Runs the probes at once; results come in the order of the requests. */
  probe(probes: readonly ProbeRequest[]): Promise<readonly ProbeResult[]> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    if (probes.length === 0) return Promise.resolve([]);
    const id = ++this.#lastId;
    const waiter = Promise.withResolvers<readonly ProbeResult[]>();
    this.#waiting.set(id, waiter);
    this.#worker.postMessage({ kind: "probe", id, probes } satisfies HostRequest);
    const limitMs = Math.max(...probes.map(({ timeoutMs }) => timeoutMs)) + replyGraceMs;
    const timer = setTimeout(() => this.#settle(id)?.reject(new Error(`the host ${this.name} hangs`)), limitMs);
    return waiter.promise.finally(() => clearTimeout(timer));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#fail(new Error(`the host ${this.name} was stopped`));
    await this.#worker.terminate();
  }

  #take(reply: HostReply): void {
    switch (reply.kind) {
      case "ready":
        this.#ready.resolve();
        break;
      case "probed":
        this.#settle(reply.id)?.resolve(reply.results);
        break;
    }
  }

  #settle(id: number): PromiseWithResolvers<readonly ProbeResult[]> | undefined {
    const waiter = this.#waiting.get(id);
    this.#waiting.delete(id);
    return waiter;
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    this.#ready.reject(this.#failure);
    for (const id of this.#waiting.keys()) this.#settle(id)?.reject(this.#failure);
  }
}
