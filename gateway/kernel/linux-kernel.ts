// The real kernel behind the door, in the network namespace that the calling thread is in: netlink and /proc/sys. This class only joins the parts; each part is a file of its own.

import type { ElementChange } from "@merlon/compiler/nft/dynamic-sets.ts";
import type { NftCommand, NftSet, NftTable } from "@merlon/compiler/nft/program.ts";
import { dumpSessions, endSessions, reviewSessions } from "./conntrack-table.ts";
import type {
  Capabilities,
  FilledChange,
  FilledElement,
  HitCount,
  Kernel,
  KernelEvent,
  KernelNeighbor,
  KernelNetwork,
  KernelSession,
  NetworkStep,
  RulesetStep,
  SessionInterest,
  SessionReview,
  SessionVerdict,
  Watch,
} from "./kernel.ts";
import type { EchoOptions, EchoSocket } from "./echo.ts";
import type { HostFilesystem, HostProcess, HostState } from "./host.ts";
import { IcmpSocket } from "./icmp-socket.ts";
import { readFastDevices } from "./fast-devices.ts";
import { readForeignRules } from "./foreign-rules.ts";
import type { ForeignRules } from "./foreign-rules.ts";
import { KernelWatch } from "./kernel-watch.ts";
import { readFilesystems, readHost, readProcesses } from "./linux-host.ts";
import { deleteNeighbors, readNeighbors } from "./neighbors.ts";
import { NetlinkSocket, netlinkProtocol } from "./netlink-socket.ts";
import { applyNetwork, readNetwork } from "./network.ts";
import { applyWithSetsAhead } from "./nf-tables/apply-ahead.ts";
import { changeElements } from "./nf-tables/change-elements.ts";
import { changeFilled, readFilled } from "./nf-tables/filled-sets.ts";
import { readHits } from "./nf-tables/read-hits.ts";
import { readTable } from "./nf-tables/read-table.ts";
import { probeKernel } from "./probe.ts";
import { readRulesetGeneration } from "./ruleset-generation.ts";
import { readFragmentOverlaps } from "./fragment-overlaps.ts";
import { readSessionFailures } from "./session-failures.ts";
import { readSysctl, writeSysctl } from "./sysctl.ts";
import { readWireTable, writeWireTable } from "./nf-tables/wire-table.ts";

export class LinuxKernel implements Kernel {
  probe(): Promise<Capabilities> {
    return probeKernel();
  }

  readTable(): Promise<NftTable | undefined> {
    return readTable();
  }

  readHits(set: string): Promise<ReadonlyMap<number, HitCount>> {
    return readHits(set);
  }

  applyTransaction(commands: readonly NftCommand[], planned?: NftTable): Promise<void> {
    return applyWithSetsAhead(commands, planned);
  }

  changeElements(changes: readonly ElementChange[]): Promise<RulesetStep> {
    return changeElements(changes);
  }

  readFilled(set: NftSet): Promise<readonly FilledElement[]> {
    return readFilled(set);
  }

  changeFilled(changes: readonly FilledChange[]): Promise<RulesetStep> {
    return changeFilled(changes);
  }

  async readRulesetGeneration(): Promise<number> {
    using socket = new NetlinkSocket({ protocol: netlinkProtocol.netfilter, batch: 1 });
    return readRulesetGeneration(socket);
  }

  readFastDevices(): Promise<ReadonlySet<string>> {
    return readFastDevices();
  }

  async readForeignRules(): Promise<ForeignRules> {
    return readForeignRules();
  }

  // Netlink answers inside the call. `async` turns a throw into a rejection, as callers of a `Kernel` expect.
  async readWirePorts(): Promise<ReadonlyMap<string, number>> {
    return readWireTable();
  }

  async writeWirePorts(marks: ReadonlyMap<string, number>): Promise<void> {
    await writeWireTable(marks);
  }

  async readNetwork(): Promise<KernelNetwork> {
    return readNetwork();
  }

  async applyNetwork(steps: readonly NetworkStep[]): Promise<void> {
    applyNetwork(steps);
  }

  async readNeighbors(): Promise<readonly KernelNeighbor[]> {
    return readNeighbors();
  }

  async deleteNeighbors(neighbors: readonly Pick<KernelNeighbor, "device" | "address">[]): Promise<number> {
    return deleteNeighbors(neighbors);
  }

  async openEcho(options: EchoOptions): Promise<EchoSocket> {
    return new IcmpSocket(options);
  }

  async readHost(): Promise<HostState> {
    return readHost();
  }

  async readProcesses(): Promise<readonly HostProcess[]> {
    return readProcesses();
  }

  async readFilesystems(): Promise<readonly HostFilesystem[]> {
    return readFilesystems();
  }

  async readSysctl(name: string): Promise<string | undefined> {
    return readSysctl(name);
  }

  async writeSysctl(name: string, value: string): Promise<void> {
    writeSysctl(name, value);
  }

  dumpSessions(): AsyncIterable<readonly KernelSession[]> {
    return dumpSessions();
  }

  async readSessionFailures(): Promise<number> {
    return readSessionFailures();
  }

  async readFragmentOverlaps(): Promise<number | undefined> {
    return readFragmentOverlaps();
  }

  endSessions(marks: ReadonlySet<number>): Promise<number | undefined> {
    return endSessions(marks);
  }

  reviewSessions(decide: (session: KernelSession) => SessionVerdict | undefined): Promise<SessionReview> {
    return reviewSessions(decide);
  }

  /** One watch at a time and network namespace: the log group belongs to one socket. Never keeps the process alive. */
  async watch(listener: (event: KernelEvent) => void, interest?: SessionInterest): Promise<Watch> {
    return new KernelWatch(listener, interest === undefined ? {} : { interest });
  }
}
