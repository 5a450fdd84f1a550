// A gateway whose sessions are held to account: what the kernel tells of each when it ends must be what the devices of
// the hosts have received. So a way of forwarding that forgets to count, or that is not taken, is never measured.

import { setTimeout as pause } from "node:timers/promises";
import type { KernelSession } from "@merlon/gateway/kernel/kernel.ts";
import { LinuxKernel } from "@merlon/gateway/kernel/linux-kernel.ts";
import { BenchGateway } from "./bench-gateway.ts";
import { receivedPackets } from "./bench-network.ts";
import { carryOut } from "./carry-out.ts";
import { sampleEstablished } from "./established.ts";
import type { LoadJob, LoadReport, LoadRunner } from "./load-job.ts";
import { threadClockSeesPackets } from "./thread-time.ts";
import type { Sample } from "./round-robin.ts";
import type { RuleSet } from "./rule-set.ts";
import type { LoadedPolicy, Subject } from "./subject.ts";
import { withinNetwork } from "./within-network.ts";

export interface CountedSubject {
  readonly subject: Subject;
  /** Whether established sessions of UDP take the kernel's fast path. */
  readonly fast: boolean;
}

/** The kernel tells of an end within milliseconds; an emulated one takes its time. */
const patienceMs = 5_000;
const pollMs = 10;

export class CountedGateway implements AsyncDisposable {
  readonly #stack: AsyncDisposableStack;
  readonly #gateway: BenchGateway;
  readonly #zones: RuleSet["zones"];
  readonly #counted: CountedSubject;
  readonly #runner: WatchingRunner;
  readonly #ended: KernelSession[];

  private constructor(
    stack: AsyncDisposableStack,
    gateway: BenchGateway,
    zones: RuleSet["zones"],
    counted: CountedSubject,
    runner: WatchingRunner,
    ended: KernelSession[],
  ) {
    this.#stack = stack;
    this.#gateway = gateway;
    this.#zones = zones;
    this.#counted = counted;
    this.#runner = runner;
    this.#ended = ended;
  }

  /** All traffic is made by the calling thread. */
  static async start(counted: CountedSubject, policy: LoadedPolicy): Promise<CountedGateway> {
    await using stack = new AsyncDisposableStack();
    const runner = new WatchingRunner();
    const gateway = stack.use(await BenchGateway.start(counted.subject, policy, runner));
    const ended: KernelSession[] = [];
    const watch = await withinNetwork(gateway.network.gateway, () =>
      new LinuxKernel().watch((event) => {
        if (event.kind === "session-closed") ended.push(event.session);
      }),
    );
    stack.use(watch);
    runner.gateway = gateway.network.gateway;
    return new CountedGateway(stack.move(), gateway, policy.ruleSet.zones, counted, runner, ended);
  }

  /** As the suite `established` takes it. Throws when a session's last word is not what its hosts have received. */
  async sample(durationMs: number): Promise<Sample> {
    this.#ended.length = 0;
    this.#runner.offloadedMax = 0;
    const before = this.#received();
    const sample = await sampleEstablished(this.#gateway, durationMs);
    const received = this.#received() - before;
    const { subject, fast } = this.#counted;
    const wasFast = this.#runner.offloadedMax > 0;
    if (wasFast !== fast) throw new Error(`${subject.title} had sessions ${wasFast ? "on" : "off"} the fast path`);
    // Without rules no session is tracked.
    if (subject.filters) await this.#proveCounted(received);
    return sample;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack[Symbol.asyncDispose]();
  }

  async #proveCounted(received: number): Promise<void> {
    const counted = (): number =>
      this.#ended.reduce((sum, it) => sum + (it.packetsOriginal ?? 0) + (it.packetsReply ?? 0), 0);
    for (let waitedMs = 0; counted() < received && waitedMs < patienceMs; waitedMs += pollMs) await pause(pollMs);
    if (counted() !== received)
      throw new Error(`${this.#gateway.subject.title} told of ${counted()} packets where ${received} were received`);
  }

  #received(): number {
    return this.#zones.reduce((sum, zone) => sum + receivedPackets(this.#gateway.network.hostOf(zone)), 0);
  }
}

/** Looks at the connection table behind each job, before a measurement empties it. */
class WatchingRunner implements LoadRunner {
  /** Its namespace; before there is one nothing is looked at. */
  gateway: string | undefined;
  offloadedMax = 0;
  readonly #exact = threadClockSeesPackets();

  async run(job: LoadJob): Promise<LoadReport> {
    const report = carryOut(job, this.#exact);
    if (this.gateway !== undefined) {
      const sessions = await withinNetwork(this.gateway, () => Array.fromAsync(new LinuxKernel().dumpSessions()));
      const offloaded = sessions.flat().filter((session) => session.offloaded === true);
      this.offloadedMax = Math.max(this.offloadedMax, offloaded.length);
    }
    return report;
  }
}
