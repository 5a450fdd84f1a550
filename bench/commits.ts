// What passes and what does not while a gateway commits: a stream of new flows, half of which the policy in force denies at
// any time, goes on while the product's own process, asked by its socket as the shell asks it, commits a change of just
// that policy again and again. Every single packet is judged afterwards.

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { Ir } from "@merlon/compiler/ir.ts";
import { GatewayClient } from "@merlon/gateway/client.ts";
import { readNetwork } from "@merlon/gateway/kernel/network.ts";
import { GatewayProcess } from "@merlon/lab/gateway-process.ts";
import { inNetwork } from "@merlon/lab/network-namespace.ts";
import { runNft } from "@merlon/lab/run-nft.ts";
import { ArrivalRecorder, labelRules } from "./arrival-recorder.ts";
import { sink } from "./bench-gateway.ts";
import { createBenchNetwork, gatewayMac, receivedPackets } from "./bench-network.ts";
import type { BenchNetwork } from "./bench-network.ts";
import { gateChange, gateNames, gatePorts, withGates } from "./gate-policies.ts";
import { judgeArrivals, onTheWayMax } from "./judge-arrivals.ts";
import type { CommittedAt } from "./judge-arrivals.ts";
import type { LoadThread } from "./load-thread.ts";
import type { SuitePlan } from "./lookup.ts";
import type { Measurement } from "./measurement.ts";
import { streamCells } from "./numbered-stream.ts";
import { preparePolicy } from "./prepare-policy.ts";
import type { RuleSet, ZonePair } from "./rule-set.ts";
import { quantile } from "./statistics.ts";

const packetsPerSecond = 100_000;
/** 40 minutes of the stream: a machine that others use, too, takes 15 for 1,000 commits. */
const packetsMax = 240_000_000;
/** Between an answer and the next request: twice what may be on the way, and as much again with one policy alone. */
const packetsBetween = 3 * onTheWayMax;
const waitMs = 1;
/** Packets on their way to the recorder. */
const calmMs = 500;
const sayEvery = 100;
const manyCommits = 1_000;
/** With more policies a commit takes a second, and so there are fewer. */
const fewCommitsFrom = 1_000;
const fewCommits = 50;

export async function measureCommits(plan: SuitePlan, thread: LoadThread): Promise<readonly Measurement[]> {
  const ruleSet = withGates(plan.policy.ruleSet);
  const { text, ir } = preparePolicy(ruleSet);
  const [pair] = ruleSet.pairs;
  if (pair === undefined) throw new Error("a rule set without pairs of zones");
  await using network = await createBenchNetwork("bench-commits");
  await using stack = new AsyncDisposableStack();
  for (const zone of ruleSet.zones) await runNft(network.hostOf(zone), ["-f", "-"], sink);
  const folder = await mkdtemp("/run/merlon-bench-");
  stack.defer(() => rm(folder, { recursive: true }));
  const configFile = join(folder, "start.conf");
  await writeFile(configFile, text);
  const gateway = stack.use(
    await GatewayProcess.start({ network: network.gateway, configFile, stateFolder: join(folder, "state") }),
  );
  await runNft(network.gateway, ["-f", "-"], labelRules(gateRuleIds(ir)));
  const client = new GatewayClient(gateway.ready.socket);
  const run = new CommitRun(pair, network, client, plan);
  return measurementsOf(ruleSet, await gateway.explained(run.complete(thread)));
}

/** A fresh gateway gives the same numbers to the same configuration. */
function gateRuleIds(ir: Ir): readonly number[] {
  return gateNames.map((name) => {
    const rules = ir.contexts.flatMap((context) => context.rules);
    const found = rules.find(({ policy }) => policy.scope === "zone-pair" && policy.name === name);
    if (found === undefined) throw new Error(`the policy ${name} has no rule`);
    return found.id;
  });
}

interface CommitFigures {
  readonly commitMs: readonly number[];
  readonly sent: number;
  readonly perSecond: number;
  readonly leaked: number;
  readonly lost: number;
  readonly wrongPolicy: number;
}

class CommitRun {
  readonly #pair: ZonePair;
  readonly #network: BenchNetwork;
  readonly #client: GatewayClient;
  readonly #plan: SuitePlan;
  readonly #cells = new Int32Array(new SharedArrayBuffer(streamCells.length * 4));
  readonly #commits: CommittedAt[] = [];
  readonly #commitMs: number[] = [];

  constructor(pair: ZonePair, network: BenchNetwork, client: GatewayClient, plan: SuitePlan) {
    this.#pair = pair;
    this.#network = network;
    this.#client = client;
    this.#plan = plan;
  }

  async complete(thread: LoadThread): Promise<CommitFigures> {
    const { from, to, worst } = this.#pair;
    const [host, receiver] = [this.#network.hostOf(from), this.#network.hostOf(to)];
    using recorder = new ArrivalRecorder(receiver, packetsMax);
    const arrivedBefore = receivedPackets(receiver);
    const enteredBefore = this.#entered();
    const gateway = { family: 4, host, gatewayMac: gatewayMac(from), addresses: worst.addresses } as const;
    const even = { ...gateway, destinationPort: gatePorts[0] };
    const stream = { even, oddPort: gatePorts[1], packetsPerSecond, countMax: packetsMax, cells: this.#cells };
    const sending = thread.run({ kind: "numbered", stream });
    try {
      await this.#commitAll();
    } finally {
      Atomics.store(this.#cells, streamCells.stop, 1);
      await sending;
    }
    const { count, wallNs } = await sending;
    await pause(calmMs);
    const arrived = receivedPackets(receiver) - arrivedBefore;
    const entered = this.#entered() - enteredBefore;
    if (entered !== count) throw new Error(`${count} packets were sent, and ${entered} came to the gateway`);
    if (recorder.count !== arrived || recorder.strange > 0)
      throw new Error(`${arrived} packets arrived, ${recorder.count} were recorded, ${recorder.strange} make no sense`);
    const judgement = judgeArrivals(recorder.arrivals.subarray(0, count), this.#commits);
    return { ...judgement, commitMs: this.#commitMs, sent: count, perSecond: (count / wallNs) * 1e9 };
  }

  async #commitAll(): Promise<void> {
    const { say } = this.#plan;
    const commits = this.#commitCount();
    for (let done = 0; done < commits; done++) {
      for (const line of gateChange(this.#pair, done)) await this.#type(line);
      await this.#untilSent((this.#commits.at(-1)?.answered ?? 0) + packetsBetween);
      const requested = this.#sent;
      const startMs = performance.now();
      await this.#type("commit");
      this.#commitMs.push(performance.now() - startMs);
      this.#commits.push({ requested, answered: this.#sent });
      if ((done + 1) % sayEvery === 0) say(`${done + 1} of ${commits} commits`);
    }
    await this.#untilSent(this.#sent + packetsBetween);
  }

  #commitCount(): number {
    const { commits, policy } = this.#plan;
    return commits ?? (policy.ruleSet.policyCount > fewCommitsFrom ? fewCommits : manyCommits);
  }

  async #type(line: string): Promise<void> {
    const { ok, text } = await this.#client.run(line);
    if (!ok) throw new Error(`the gateway refuses "${line}": ${text}`);
  }

  async #untilSent(count: number): Promise<void> {
    if (count > packetsMax) throw new Error(`the stream has ended before all commits: more than ${packetsMax} packets`);
    while (this.#sent < count) await pause(waitMs);
  }

  get #sent(): number {
    return Atomics.load(this.#cells, streamCells.sent);
  }

  /** Packets that the gateway's device has received. */
  #entered(): number {
    const { links } = inNetwork(this.#network.gateway, readNetwork);
    const link = links.find(({ device }) => device === this.#pair.from.device);
    return link?.statistics.receivedPackets ?? 0;
  }
}

function measurementsOf({ policyCount }: RuleSet, figures: CommitFigures): readonly Measurement[] {
  const { commitMs } = figures;
  const one = (subject: string, value: number, unit: string): Measurement => ({
    subject,
    gateway: "merlon",
    policies: policyCount,
    unit,
    values: [value],
  });
  return [
    one("commits", commitMs.length, "commits"),
    one("commit-time", quantile(commitMs, 0.5), "ms"),
    one("commit-time-p99", quantile(commitMs, 0.99), "ms"),
    one("commits-stream", figures.perSecond, "packets/s"),
    one("commits-packets", figures.sent, "packets"),
    one("commits-leaked", figures.leaked, "packets"),
    one("commits-lost", figures.lost, "packets"),
    one("commits-wrong-policy", figures.wrongPolicy, "packets"),
  ];
}
