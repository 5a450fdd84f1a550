// The real kernel behind the door, in the network namespace that the calling thread is in: netlink and /proc/sys. This class only joins the parts; each part is a file of its own.

import type { NftCommand, NftTable } from "@merlon/compiler/nft/program.ts";
import { dumpSessions, endSessions, reviewSessions } from "./conntrack-table.ts";
import type {
  Capabilities,
  HitCount,
  Kernel,
  KernelEvent,
  KernelNetwork,
  KernelSession,
  NetworkStep,
  SessionReview,
  SessionVerdict,
} from "./kernel.ts";
import { KernelWatch } from "./kernel-watch.ts";
import { applyNetwork, readNetwork } from "./network.ts";
import { applyPlanned } from "./nf-tables/apply-planned.ts";
import { applyTransaction } from "./nf-tables/apply-transaction.ts";
import { readHits } from "./nf-tables/read-hits.ts";
import { readTable } from "./nf-tables/read-table.ts";
import { probeKernel } from "./probe.ts";
import { readSysctl, writeSysctl } from "./sysctl.ts";

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
    return planned === undefined ? applyTransaction(commands) : applyPlanned(commands, planned);
  }

  // Netlink answers inside the call. `async` turns a throw into a rejection, as callers of a `Kernel` expect.
  async readNetwork(): Promise<KernelNetwork> {
    return readNetwork();
  }

  async applyNetwork(steps: readonly NetworkStep[]): Promise<void> {
    applyNetwork(steps);
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

  endSessions(marks: ReadonlySet<number>): Promise<number> {
    return endSessions(marks);
  }

  reviewSessions(decide: (session: KernelSession) => SessionVerdict | undefined): Promise<SessionReview> {
    return reviewSessions(decide);
  }

  /** One watch at a time and network namespace: the log group belongs to one socket. Never keeps the process alive. */
  async watch(listener: (event: KernelEvent) => void): Promise<Disposable> {
    return new KernelWatch(listener);
  }
}
