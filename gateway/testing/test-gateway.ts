// A gateway over a kernel in memory and a state directory of its own, with clocks that a test sets: what the tests of
// commits, candidates and confirmation share.

import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import { diffTables } from "@merlon/compiler/nft/canonical-table.ts";
import { lowerTable } from "@merlon/compiler/nft/lower.ts";
import type { ClusterNode } from "@merlon/junos/group-conditions.ts";
import { boot } from "../boot.ts";
import { Gateway } from "../gateway.ts";
import { FakeKernel } from "../kernel/fake-kernel.ts";
import type { Kernel } from "../kernel/kernel.ts";
import { runCommand } from "../serve/command.ts";
import type { CommandCaller } from "../serve/command-caller.ts";
import { RevisionStore } from "../store/revision-store.ts";

export const initial = {
  source: "test.conf",
  text: `
    interfaces {
      eth1 { unit 0 { family inet { address 10.1.0.1/24; } } }
      eth2 { unit 0 { family inet { address 10.2.0.1/24; } } }
    }
    security {
      zones {
        security-zone web { interfaces { eth1; } }
        security-zone data { interfaces { eth2; } }
      }
      policies {
        from-zone web to-zone data {
          policy sql {
            match { source-address any; destination-address any; application junos-ms-sql; }
            then { permit; log { session-close; } }
          }
        }
      }
    }`,
};

/** Both clocks go on together unless a test moves one alone. */
export class TestClocks {
  wallMs = Date.UTC(2026, 10, 22, 6, 30);
  evenMs = 5000;
  readonly nowMs = (): number => this.wallMs;
  readonly monotonicMs = (): number => this.evenMs;

  pass(ms: number): void {
    this.wallMs += ms;
    this.evenMs += ms;
  }
}

export function freshKernel(): FakeKernel {
  const fresh = FakeKernel.withDevices("eth1", "eth2");
  for (const name of ["accept_redirects", "send_redirects", "accept_source_route", "promote_secondaries"]) {
    fresh.sysctls.set(`net.ipv4.conf.all.${name}`, "1");
  }
  fresh.sysctls.set("net.ipv6.conf.all.accept_redirects", "1");
  fresh.sysctls.set("net.netfilter.nf_conntrack_tcp_loose", "1");
  return fresh;
}

/** Not started yet. */
export async function openGateway(
  kernel: Kernel,
  stateFolder: string | RevisionStore,
  clocks: TestClocks = new TestClocks(),
  node?: ClusterNode,
): Promise<Gateway> {
  const store = typeof stateFolder === "string" ? await RevisionStore.open(stateFolder) : stateFolder;
  const { nowMs, monotonicMs } = clocks;
  return new Gateway({ kernel, store, node, nowMs, monotonicMs, graceMs: 0, onAlarm: () => undefined });
}

export async function bootedGateway(kernel: Kernel, stateFolder: string, clocks?: TestClocks): Promise<Gateway> {
  const gateway = await openGateway(kernel, stateFolder, clocks);
  await boot(gateway, initial);
  return gateway;
}

/** A booted gateway and what it stands on; the caller removes the folder. */
export interface GatewayCase {
  readonly folder: string;
  readonly kernel: FakeKernel;
  readonly clocks: TestClocks;
  readonly gateway: Gateway;
}

export async function freshGateway(name: string): Promise<GatewayCase> {
  const folder = await mkdtemp(join(tmpdir(), `merlon-${name}-`));
  const [kernel, clocks] = [freshKernel(), new TestClocks()];
  return { folder, kernel, clocks, gateway: await bootedGateway(kernel, folder, clocks) };
}

/** A new process on the same state directory. */
export async function restartedGateway(kernel: Kernel, stateFolder: string, clocks: TestClocks): Promise<Gateway> {
  const gateway = await openGateway(kernel, stateFolder, clocks);
  await boot(gateway, undefined);
  return gateway;
}

/** Types lines one after the other; answers the text of the last. */
export async function typeAs(
  gateway: Gateway,
  caller: CommandCaller | string,
  ...lines: readonly string[]
): Promise<string> {
  const who = typeof caller === "string" ? { user: caller, via: "cli" } : caller;
  let text = "";
  for (const line of lines) text = (await runCommand(gateway, line, who)).text;
  return text;
}

/** The kernel enforces exactly what the gateway says is in force. */
export function expectEnforced(gateway: Gateway, kernel: FakeKernel): void {
  const { running } = gateway;
  if (running === undefined || kernel.table === undefined) throw new Error("nothing is in force");
  expect(diffTables(kernel.table, lowerTable(running.prepared.ir, running.generation))).toEqual([]);
}

/** Thrown by everything behind a gateway that is dead. */
export class Killed extends Error {}

/** Lets `calls` calls through, then dies: every later call fails, and nothing more happens. */
export function mortal<T extends object>(target: T, life: { calls: number }): T {
  return new Proxy(target, {
    get: (object, name) => {
      const value: unknown = Reflect.get(object, name, object);
      if (typeof value !== "function") return value;
      return (...given: unknown[]): unknown => {
        if (life.calls <= 0) throw new Killed();
        life.calls--;
        return (value as (...all: unknown[]) => unknown).apply(object, given);
      };
    },
  });
}
