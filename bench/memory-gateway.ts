// A gateway that is not started yet, over a kernel in memory and a state directory that goes with it: for figures of what
// the process itself costs.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Gateway } from "@merlon/gateway/gateway.ts";
import { FakeKernel } from "@merlon/gateway/kernel/fake-kernel.ts";
import { RevisionStore } from "@merlon/gateway/store/revision-store.ts";

export interface MemoryGateway extends AsyncDisposable {
  readonly folder: string;
  readonly gateway: Gateway;
}

/** With the ports that `generateConfiguration` names. */
export async function openMemoryGateway(): Promise<MemoryGateway> {
  const folder = await mkdtemp(join(tmpdir(), "merlon-bench-"));
  const gateway = new Gateway({
    kernel: FakeKernel.withDevices("eth0", "eth1", "eth2", "eth3", "eth4"),
    store: await RevisionStore.open(folder),
    nowMs: () => Date.now(),
    monotonicMs: () => performance.now(),
    onAlarm: () => undefined,
  });
  return { folder, gateway, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
}
