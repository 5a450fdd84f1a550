// One subject with its policy in force in a network of its own, and the traffic that is sent through it.

import { setTimeout as pause } from "node:timers/promises";
import { inNetwork } from "@merlon/lab/network-namespace.ts";
import { createBenchNetwork, gatewayMac, receivedPackets } from "./bench-network.ts";
import type { BenchNetwork } from "./bench-network.ts";
import { flushSessions } from "./flush-sessions.ts";
import type { ConnectionEntry, FlowEntry, LoadJob, LoadReport, LoadRunner } from "./load-job.ts";
import { loadProgram } from "./load-program.ts";
import { kernelMemoryBytes } from "./machine-facts.ts";
import type { RuleSet, ZonePair } from "./rule-set.ts";
import type { LoadedPolicy, Subject } from "./subject.ts";
import { withinNetwork } from "./within-network.ts";

/** Time for the kernel to free what a flush has taken out of its tables. */
const settleMs = 30;
const proofFrames = 384;
const proofLimit = { durationMs: 2_000, countMax: proofFrames };
/** Below the size of a connection table with its usual limit, which holds for all namespaces together. */
const flowsMax = 120_000;

/** Hosts throw UDP away before anything answers: one packet for each flow. */
export const sink = `
table inet sink {
  chain discard {
    type filter hook prerouting priority raw; policy accept;
    meta l4proto udp drop
  }
}
`;

export interface Rate {
  readonly perSecond: number;
  /** Others had more than a fifth of the core's time. */
  readonly disturbed: boolean;
}

export interface Loaded {
  readonly ms: number;
  /** Kernel memory before and after. The whole machine's: what others do meanwhile is in it. */
  readonly kernelBytes: number;
}

async function timed(load: () => Promise<void>): Promise<Loaded> {
  const beforeBytes = kernelMemoryBytes();
  const startMs = performance.now();
  await load();
  const ms = performance.now() - startMs;
  return { ms, kernelBytes: kernelMemoryBytes() - beforeBytes };
}

export class BenchGateway implements AsyncDisposable {
  readonly subject: Subject;
  /** What it took to bring the policy into force. */
  readonly loaded: Loaded;
  readonly network: BenchNetwork;
  readonly #ruleSet: RuleSet;
  readonly #thread: LoadRunner;

  private constructor(subject: Subject, ruleSet: RuleSet, thread: LoadRunner, network: BenchNetwork, loaded: Loaded) {
    this.subject = subject;
    this.#ruleSet = ruleSet;
    this.#thread = thread;
    this.network = network;
    this.loaded = loaded;
  }

  /** `load` is what the subject has built. Throws when the policy cannot be loaded, or does not do what it says. */
  static async start(
    subject: Subject,
    policy: LoadedPolicy,
    thread: LoadRunner,
    load?: () => Promise<void>,
  ): Promise<BenchGateway> {
    const network = await createBenchNetwork(`bench-${subject.name}`, policy.ruleSet.family);
    try {
      for (const zone of policy.ruleSet.zones) {
        await inNetwork(network.hostOf(zone), () => loadProgram("nft", ["-f", "-"], sink, "nftables"));
      }
      const located = await withinNetwork(network.gateway, async () => (await subject.locate?.(policy)) ?? policy);
      const toLoad = load ?? subject.build(located);
      const loaded = await withinNetwork(network.gateway, () => timed(toLoad));
      const gateway = new BenchGateway(subject, policy.ruleSet, thread, network, loaded);
      await gateway.#prove();
      return gateway;
    } catch (error) {
      await network[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** New flows that only the last policies permit, counted where they arrive. */
  async newFlows(durationMs: number): Promise<Rate> {
    const limit = { durationMs, countMax: flowsMax };
    const { report, arrived } = await this.#countArrivals({ kind: "new-flows", entries: this.flowEntries(), limit });
    await this.#flush();
    return rateOf(report, arrived);
  }

  /** Connections opened and closed, and how long each connect() took. */
  async connections(durationMs: number): Promise<Rate & { readonly connectNs: readonly number[] }> {
    const limit = { durationMs, countMax: flowsMax };
    const report = await this.#thread.run({ kind: "connections", entries: this.connectionEntries(), limit });
    await this.#flush();
    return { ...rateOf(report, report.count), connectNs: report.connectNs ?? [] };
  }

  /** Packets of one flow whose session is established. */
  async establishedPackets(durationMs: number): Promise<Rate> {
    const [entry] = this.flowEntries();
    const [pair] = this.#ruleSet.pairs;
    const [addresses] = pair?.worst.addresses ?? [];
    if (entry === undefined || pair === undefined || addresses === undefined) throw new Error("no flow to send");
    const one = { ...entry, addresses: [addresses], sourcePort: establishedPort };
    const answer: FlowEntry = {
      family: this.#ruleSet.family,
      host: this.network.hostOf(pair.to),
      gatewayMac: gatewayMac(pair.to),
      addresses: [{ source: addresses.destination, destination: addresses.source }],
      sourcePort: pair.worst.udpPort,
      destinationPort: establishedPort,
    };
    const few = { durationMs: 1_000, countMax: 64 };
    await this.#thread.run({ kind: "same-flows", entries: [one], limit: few });
    await this.#thread.run({ kind: "same-flows", entries: [answer], limit: few });
    const limit = { durationMs, countMax: Number.MAX_SAFE_INTEGER };
    const { report, arrived } = await this.#countArrivals({ kind: "same-flows", entries: [one], limit });
    await this.#flush();
    return rateOf(report, arrived);
  }

  /** Bytes of one TCP connection in packets of 1,500 bytes. */
  async streamBytes(durationMs: number): Promise<Rate> {
    const [entry] = this.connectionEntries();
    if (entry === undefined) throw new Error("no pair of zones to connect through");
    const limit = { durationMs, countMax: Number.MAX_SAFE_INTEGER };
    const report = await this.#thread.run({ kind: "stream", entry, limit });
    await this.#flush();
    return rateOf(report, report.count);
  }

  flowEntries(portOf: (pair: ZonePair) => number = ({ worst }) => worst.udpPort): readonly FlowEntry[] {
    return this.#ruleSet.pairs.map((pair) => ({
      family: this.#ruleSet.family,
      host: this.network.hostOf(pair.from),
      gatewayMac: gatewayMac(pair.from),
      addresses: pair.worst.addresses,
      destinationPort: portOf(pair),
    }));
  }

  connectionEntries(): readonly ConnectionEntry[] {
    return this.#ruleSet.pairs.map(({ from, to, worst }) => ({
      family: this.#ruleSet.family,
      fromHost: this.network.hostOf(from),
      toHost: this.network.hostOf(to),
      addresses: worst.addresses,
      port: worst.tcpPort,
    }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.network[Symbol.asyncDispose]();
  }

  /** A gateway that lets everything pass, or nothing, would measure well: both are asked before anything is measured. */
  async #prove(): Promise<void> {
    const job = { kind: "new-flows", entries: this.flowEntries(), limit: proofLimit } as const;
    const permitted = await this.#countArrivals(job);
    if (permitted.arrived !== permitted.report.count) {
      const { arrived, report } = permitted;
      throw new Error(`${this.subject.title} let ${arrived} of ${report.count} permitted packets pass`);
    }
    const denied = await this.#countArrivals({ ...job, entries: this.flowEntries(({ worst }) => worst.deniedPort) });
    const expected = this.subject.filters ? 0 : denied.report.count;
    if (denied.arrived !== expected) {
      throw new Error(`${this.subject.title} let ${denied.arrived} denied packets pass; ${expected} were expected`);
    }
    await this.#flush();
  }

  async #countArrivals(job: LoadJob) {
    const before = this.#arrived();
    const report = await this.#thread.run(job);
    return { report, arrived: this.#arrived() - before };
  }

  /** Nothing but the measured packets is on the links, so the devices' own counters are exact. */
  #arrived(): number {
    return this.#ruleSet.zones.reduce((sum, zone) => sum + receivedPackets(this.network.hostOf(zone)), 0);
  }

  async #flush(): Promise<void> {
    flushSessions(this.network.gateway);
    await pause(settleMs);
  }
}

const establishedPort = 5_000;
const disturbedShare = 0.8;

function rateOf({ threadNs, wallNs }: LoadReport, count: number): Rate {
  return { perSecond: (count / threadNs) * 1e9, disturbed: threadNs < wallNs * disturbedShare };
}
