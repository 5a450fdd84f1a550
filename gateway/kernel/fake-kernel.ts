// A kernel in memory, for tests of everything above the door. It keeps a table by the compiler's own model of an
// nftables transaction, and links, routes, settings and sessions as plain state. It passes the same contract suite as
// the real kernel, can be made to fail, can be vandalised as an operator with a shell would, and has no clock of its
// own.

import { elementCommands } from "@merlon/compiler/nft/dynamic-sets.ts";
import type { ElementChange } from "@merlon/compiler/nft/dynamic-sets.ts";
import { applyCommands } from "@merlon/compiler/nft/apply-commands.ts";
import { sameTable } from "@merlon/compiler/nft/canonical-table.ts";
import { sameIp } from "@merlon/model/ip/address.ts";
import { firstValue } from "@merlon/compiler/nft/first-value.ts";
import { printElement } from "@merlon/compiler/nft/print-statement.ts";
import type { NftCommand, NftSet, NftTable } from "@merlon/compiler/nft/program.ts";
import type { ForeignRules } from "./foreign-rules.ts";
import { FakeEcho } from "./fake-echo.ts";
import { fakeHost } from "./fake-host.ts";
import type { EchoAnswer, EchoOptions, EchoProbe, EchoSocket } from "./echo.ts";
import type { HostFilesystem, HostProcess, HostState } from "./host.ts";
import type {
  Capabilities,
  FilledChange,
  FilledElement,
  HitCount,
  Kernel,
  KernelEvent,
  KernelLink,
  KernelNeighbor,
  KernelNetwork,
  KernelProxy,
  KernelRoute,
  KernelSession,
  NetworkStep,
  RulesetStep,
  SessionInterest,
  SessionReview,
  SessionVerdict,
  Watch,
} from "./kernel.ts";
import { KernelFailure, changedSince, sessionMarkMask } from "./kernel.ts";
import { applyNetworkStep } from "./network-step.ts";
import { checkSysctlValue, sysctlPath } from "./sysctl.ts";

export type KernelOperation = keyof Kernel;

const sessionsPerBatch = 256;

export class FakeKernel implements Kernel {
  table: NftTable | undefined;
  links: readonly KernelLink[] = [fakeLink(1, "lo")];
  routes: readonly KernelRoute[] = [];
  proxies: readonly KernelProxy[] = [];
  wirePorts: ReadonlyMap<string, number> = new Map();
  sessions: readonly KernelSession[] = [];
  sessionFailureCount = 0;
  neighbors: readonly KernelNeighbor[] = [];
  /** Of those that are there; a kernel without flowtables has none. */
  fastDevices: ReadonlySet<string> = new Set();
  foreignRules: ForeignRules = { chains: [], flowtables: [], legacy: [], unread: [] };
  host: HostState = fakeHost;
  processes: readonly HostProcess[] = [];
  filesystems: readonly HostFilesystem[] = [];
  /** What comes back for an echo request; nothing by itself. */
  echo: (probe: EchoProbe, options: EchoOptions) => EchoAnswer | undefined = () => undefined;
  capabilities: Capabilities = [{ name: "nft-inet", available: true, note: "in memory" }];
  readonly sysctls = new Map<string, string>(freshSysctls);
  fragmentOverlaps: number | undefined = 0;
  /** Counts that `readHits` answers, by set and mark; elements without an entry have counted nothing. */
  readonly hits = new Map<string, Map<number, HitCount>>();
  /** What stands in sets that rules fill, by their names. */
  readonly filled = new Map<string, readonly FilledElement[]>();
  /** Every transaction that was applied, oldest first. */
  readonly transactions: (readonly NftCommand[])[] = [];

  readonly #calls = new Map<KernelOperation, number>();
  readonly #failures = new Map<KernelOperation, Error[]>();
  /** Of the state of all rules; grows when `ruleset-changed` is told. */
  #generation = 1;
  #listener: ((event: KernelEvent) => void) | undefined;
  #interest: SessionInterest | undefined;
  #tellsSessions = false;

  /** A kernel with these devices, all of them up and without addresses. */
  static withDevices(...devices: readonly string[]): FakeKernel {
    const kernel = new FakeKernel();
    kernel.links = ["lo", ...devices].map((device, index) => fakeLink(index + 1, device));
    return kernel;
  }

  /** The next call of the operation throws this and changes nothing; several queue up. */
  failNext(operation: KernelOperation, error: Error = new KernelFailure(`${operation} was told to fail`, "")): void {
    const queue = this.#failures.get(operation);
    if (queue === undefined) this.#failures.set(operation, [error]);
    else queue.push(error);
  }

  callsOf(operation: KernelOperation): number {
    return this.#calls.get(operation) ?? 0;
  }

  get watched(): boolean {
    return this.#listener !== undefined;
  }

  /** Tells the watcher, if there is one. */
  emit(event: KernelEvent): void {
    const session = event.kind === "session-opened" || event.kind === "session-closed" ? event.session : undefined;
    const isWanted = session === undefined || (this.#tellsSessions && this.#interest?.wants(session.mark) !== false);
    if (isWanted) this.#listener?.(event);
  }

  /** Changes the table behind Merlon's back, as somebody with the `nft` program would. */
  tamper(change: (table: NftTable | undefined) => NftTable | undefined): void {
    this.table = change(this.table);
    this.#emitLater({ kind: "ruleset-changed" });
  }

  async probe(): Promise<Capabilities> {
    this.#begin("probe");
    return this.capabilities;
  }

  async readTable(): Promise<NftTable | undefined> {
    this.#begin("readTable");
    return this.table;
  }

  async readHits(set: string): Promise<ReadonlyMap<number, HitCount>> {
    this.#begin("readHits");
    const found = this.table?.sets.find((candidate) => candidate.name === set);
    if (found === undefined) throw new KernelFailure(`there is no set ${set} in table inet merlon`, "");
    const counts = new Map<number, HitCount>();
    for (const element of found.elements) {
      const key = firstValue(element);
      if (key?.kind !== "number") continue;
      counts.set(key.value, this.hits.get(set)?.get(key.value) ?? { packets: 0, bytes: 0 });
    }
    return counts;
  }

  async applyTransaction(commands: readonly NftCommand[], planned?: NftTable): Promise<void> {
    this.#begin("applyTransaction");
    if (commands.length === 0) return;
    const changed = planned !== undefined && planned !== this.table;
    if (changed && (this.table === undefined || !sameTable(planned, this.table))) {
      throw new KernelFailure(`the kernel refused the ruleset: ${changedSince}`, "");
    }
    try {
      this.table = applyCommands(this.table, commands);
    } catch (cause) {
      const words = cause instanceof Error ? cause.message : String(cause);
      throw new KernelFailure(`the kernel refused the ruleset: ${words}`, words, { cause });
    }
    for (const command of commands) if (command.kind === "delete-elements") this.#forgetHits(command);
    this.transactions.push(commands);
    this.#emitLater({ kind: "ruleset-changed" });
  }

  async changeElements(changes: readonly ElementChange[]): Promise<RulesetStep> {
    this.#begin("changeElements");
    const before = this.#generation;
    await this.applyTransaction(elementCommands(changes));
    return { before, after: this.#generation };
  }

  async readFilled({ name }: NftSet): Promise<readonly FilledElement[]> {
    this.#begin("readFilled");
    return this.#isThere(name) ? (this.filled.get(name) ?? []) : [];
  }

  async changeFilled(changes: readonly FilledChange[]): Promise<RulesetStep> {
    this.#begin("changeFilled");
    const before = this.#generation;
    const next = new Map(this.filled);
    const keyOf = ({ key }: FilledElement) => printElement({ key });
    for (const { set, remove, add, timeoutMs } of changes) {
      const elements = new Map((next.get(set.name) ?? []).map((element) => [keyOf(element), element]));
      const isComplete = this.#isThere(set.name) && remove.every((element) => elements.delete(keyOf(element)));
      if (!isComplete) throw new KernelFailure(`the kernel refused to change what stands in ${set.name}: ENOENT`, "");
      for (const element of add) elements.set(keyOf(element), { ...element, remainingMs: timeoutMs });
      next.set(set.name, [...elements.values()]);
    }
    if (changes.every(({ remove, add }) => remove.length + add.length === 0)) return { before, after: before };
    for (const [name, elements] of next) this.filled.set(name, elements);
    this.#emitLater({ kind: "ruleset-changed" });
    return { before, after: this.#generation };
  }

  #isThere(set: string): boolean {
    return this.table?.sets.some(({ name }) => name === set) === true;
  }

  async readRulesetGeneration(): Promise<number> {
    this.#begin("readRulesetGeneration");
    return this.#generation;
  }

  async readFastDevices(): Promise<ReadonlySet<string>> {
    this.#begin("readFastDevices");
    return new Set(this.links.map(({ device }) => device).filter((device) => this.fastDevices.has(device)));
  }

  async readForeignRules(): Promise<ForeignRules> {
    this.#begin("readForeignRules");
    return this.foreignRules;
  }

  async readWirePorts(): Promise<ReadonlyMap<string, number>> {
    this.#begin("readWirePorts");
    return this.wirePorts;
  }

  async writeWirePorts(marks: ReadonlyMap<string, number>): Promise<void> {
    this.#begin("writeWirePorts");
    this.wirePorts = new Map(marks);
    this.#emitLater({ kind: "ruleset-changed" });
  }

  async readNetwork(): Promise<KernelNetwork> {
    this.#begin("readNetwork");
    return { links: this.links, routes: this.routes, ...(this.proxies.length > 0 && { proxies: this.proxies }) };
  }

  async applyNetwork(steps: readonly NetworkStep[]): Promise<void> {
    this.#begin("applyNetwork");
    for (const step of steps) {
      const { links, routes, proxies } = this;
      const next = applyNetworkStep({ links, routes, proxies }, step);
      this.links = next.links;
      this.routes = next.routes;
      this.proxies = next.proxies ?? [];
      this.#emitLater({ kind: "network-changed" });
    }
  }

  async readNeighbors(): Promise<readonly KernelNeighbor[]> {
    this.#begin("readNeighbors");
    return this.neighbors;
  }

  async deleteNeighbors(neighbors: readonly Pick<KernelNeighbor, "device" | "address">[]): Promise<number> {
    this.#begin("deleteNeighbors");
    const gone = (it: KernelNeighbor): boolean =>
      neighbors.some(({ device, address }) => device === it.device && sameIp(address, it.address));
    const kept = this.neighbors.filter((it) => !gone(it));
    const count = this.neighbors.length - kept.length;
    this.neighbors = kept;
    return count;
  }

  async openEcho(options: EchoOptions): Promise<EchoSocket> {
    this.#begin("openEcho");
    return new FakeEcho((probe) => this.echo(probe, options));
  }

  async readHost(): Promise<HostState> {
    this.#begin("readHost");
    return this.host;
  }

  async readProcesses(): Promise<readonly HostProcess[]> {
    this.#begin("readProcesses");
    return this.processes;
  }

  async readFilesystems(): Promise<readonly HostFilesystem[]> {
    this.#begin("readFilesystems");
    return this.filesystems;
  }

  async readSysctl(name: string): Promise<string | undefined> {
    this.#begin("readSysctl");
    sysctlPath(name);
    return this.sysctls.get(name);
  }

  async writeSysctl(name: string, value: string): Promise<void> {
    this.#begin("writeSysctl");
    sysctlPath(name);
    checkSysctlValue(name, value);
    if (!this.sysctls.has(name)) throw new KernelFailure(`this kernel has no setting ${name}`, "");
    this.sysctls.set(name, value);
  }

  async *dumpSessions(): AsyncGenerator<readonly KernelSession[]> {
    this.#begin("dumpSessions");
    const sessions = this.sessions;
    for (let first = 0; first < sessions.length; first += sessionsPerBatch) {
      yield sessions.slice(first, first + sessionsPerBatch);
    }
  }

  async readSessionFailures(): Promise<number> {
    this.#begin("readSessionFailures");
    return this.sessionFailureCount;
  }

  async readFragmentOverlaps(): Promise<number | undefined> {
    this.#begin("readFragmentOverlaps");
    return this.fragmentOverlaps;
  }

  async endSessions(marks: ReadonlySet<number>): Promise<number> {
    this.#begin("endSessions");
    const ended = this.sessions.filter((session) => marks.has(session.mark & sessionMarkMask));
    this.sessions = this.sessions.filter((session) => !marks.has(session.mark & sessionMarkMask));
    for (const session of ended) this.#emitLater({ kind: "session-closed", session });
    return ended.length;
  }

  async reviewSessions(decide: (session: KernelSession) => SessionVerdict | undefined): Promise<SessionReview> {
    this.#begin("reviewSessions");
    const ended: KernelSession[] = [];
    let remarkedCount = 0;
    this.sessions = this.sessions.flatMap((session): readonly KernelSession[] => {
      const verdict = decide(session);
      switch (verdict?.kind) {
        case undefined:
          return [session];
        case "end":
          ended.push(session);
          return [];
        case "remark":
          remarkedCount++;
          return [{ ...session, mark: ((session.mark & ~sessionMarkMask) | verdict.ruleId) >>> 0 }];
      }
    });
    for (const session of ended) this.#emitLater({ kind: "session-closed", session });
    return { endedCount: ended.length, remarkedCount };
  }

  async watch(listener: (event: KernelEvent) => void, interest?: SessionInterest): Promise<Watch> {
    this.#begin("watch");
    if (this.#listener !== undefined) throw new KernelFailure("this kernel is being watched already", "");
    this.#listener = listener;
    this.#interest = interest;
    const reconsider = (): void => {
      this.#tellsSessions = interest?.any ?? true;
    };
    reconsider();
    return {
      reconsider,
      [Symbol.dispose]: () => {
        if (this.#listener === listener) this.#listener = undefined;
      },
    };
  }

  /** An element that is added again counts from zero. */
  #forgetHits({ set, elements }: Extract<NftCommand, { kind: "delete-elements" }>): void {
    for (const element of elements) {
      const key = firstValue(element);
      if (key?.kind === "number") this.hits.get(set)?.delete(key.value);
    }
  }

  #begin(operation: KernelOperation): void {
    this.#calls.set(operation, this.callsOf(operation) + 1);
    const failure = this.#failures.get(operation)?.shift();
    if (failure !== undefined) throw failure;
  }

  /** As in the real kernel, nobody hears of a change before the call that made it has returned. */
  #emitLater(event: KernelEvent): void {
    if (event.kind === "ruleset-changed") this.#generation += 1;
    queueMicrotask(() => this.emit(event));
  }
}

/** A device that is up, has a carrier and no address; `change` overrides any of it. */
export function fakeLink(index: number, device: string, change: Partial<KernelLink> = {}): KernelLink {
  return {
    index,
    device,
    up: true,
    carrier: true,
    mtu: 1500,
    macAddress: `02:00:00:00:00:${index.toString(16).padStart(2, "0")}`,
    addresses: [],
    statistics: { receivedPackets: 0, receivedBytes: 0, sentPackets: 0, sentBytes: 0 },
    ...change,
  };
}

/** What a new network namespace has. */
const freshSysctls: readonly (readonly [string, string])[] = [
  ["net.ipv4.ip_forward", "0"],
  ["net.ipv4.conf.all.forwarding", "0"],
  ["net.ipv4.conf.all.rp_filter", "0"],
  ["net.ipv4.conf.default.rp_filter", "0"],
  ["net.ipv6.conf.all.forwarding", "0"],
  ["net.ipv6.conf.default.forwarding", "0"],
  ["net.netfilter.nf_conntrack_acct", "0"],
  ["net.netfilter.nf_conntrack_events", "2"],
  ["net.netfilter.nf_conntrack_timestamp", "0"],
  ["net.netfilter.nf_conntrack_count", "0"],
  ["net.netfilter.nf_conntrack_max", "65536"],
];
