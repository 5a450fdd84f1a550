// A gateway in the middle of its work, over a kernel in memory: with sessions, neighbors, refused packets and counters.
// Everything is made up and the same each time, so that what commands print can be compared whole.

import { readFileSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseIp } from "@merlon/model/ip/address.ts";
import type { IpAddress } from "@merlon/model/ip/address.ts";
import { rangeSetOf } from "@merlon/model/ip/range-set.ts";
import { rangeOfPrefix } from "@merlon/model/ip/prefix.ts";
import { boot } from "../boot.ts";
import type { Gateway } from "../gateway.ts";
import { fakeLink, FakeKernel } from "../kernel/fake-kernel.ts";
import type { EchoAnswer } from "../kernel/echo.ts";
import type { KernelSession, KernelTuple } from "../kernel/kernel.ts";
import type { FlowRecord } from "../log/flow-record.ts";
import { openGateway, TestClocks } from "./test-gateway.ts";

export interface BusyGateway {
  readonly folder: string;
  readonly kernel: FakeKernel;
  readonly clocks: TestClocks;
  readonly gateway: Gateway;
}

/** The caller removes the folder. */
export async function busyGateway(configurationFile: string): Promise<BusyGateway> {
  const folder = await mkdtemp(join(tmpdir(), "merlon-busy-"));
  const [kernel, clocks] = [busyKernel(), new TestClocks()];
  const gateway = await openGateway(kernel, folder, clocks);
  await boot(gateway, { source: "gateway.conf", text: readFileSync(configurationFile, "utf8") });
  clocks.pass(3_723_000);
  await gateway.replaceAnswers(
    new Map([["mirror.example.net", rangeSetOf([rangeOfPrefix({ address: ip("198.51.100.7"), length: 32 })])]]),
  );
  kernel.links = kernel.links.map((link) => {
    const statistics = {
      receivedPackets: 7 * link.index,
      receivedBytes: 900 * link.index,
      sentPackets: 5,
      sentBytes: 650,
    };
    return link.device === "eth2"
      ? {
          ...link,
          statistics: {
            ...statistics,
            receivedErrors: 2,
            receivedDrops: 1,
            sentErrors: 0,
            sentDrops: 3,
            collisions: 0,
          },
          carrierChanges: 4,
        }
      : { ...link, statistics };
  });
  const policy = (name: string): number =>
    gateway.running?.prepared.ir.contexts.flatMap(({ rules }) => rules).find((rule) => rule.policy.name === name)?.id ??
    0;
  kernel.hits.set("hits", new Map([[policy("sql"), { packets: 37, bytes: 2220 }], [policy("no-telnet"), { packets: 9, bytes: 540 }]])); // prettier-ignore
  kernel.sessions = busySessions(policy("sql"), clocks.nowMs());
  for (const record of busyDrops(clocks.nowMs())) gateway.events.publish({ kind: "flow", record });
  return { folder, kernel, clocks, gateway };
}

export function ip(text: string): IpAddress {
  const address = parseIp(text);
  if (address === undefined) throw new Error(`${text} is no address`);
  return address;
}

function busyKernel(): FakeKernel {
  const kernel = FakeKernel.withDevices("eth1", "eth2", "eth3");
  kernel.links = [...kernel.links, fakeLink(5, "eth8", { up: false, carrier: false })];
  for (const name of ["accept_redirects", "send_redirects", "accept_source_route", "promote_secondaries"]) {
    kernel.sysctls.set(`net.ipv4.conf.all.${name}`, "1");
  }
  kernel.sysctls.set("net.ipv6.conf.all.accept_redirects", "1");
  kernel.sysctls.set("net.netfilter.nf_conntrack_tcp_loose", "1");
  kernel.neighbors = [
    { device: "eth1", address: ip("10.1.0.5"), macAddress: "02:00:5e:00:53:05", state: "reachable", isRouter: false, confirmedSeconds: 4 },
    { device: "eth2", address: ip("10.2.0.10"), macAddress: "02:00:5e:00:53:10", state: "permanent", isRouter: false, confirmedSeconds: 0 },
    { device: "eth2", address: ip("10.2.0.99"), macAddress: "", state: "failed", isRouter: false, confirmedSeconds: 70 },
    { device: "eth1", address: ip("fe80::5"), macAddress: "02:00:5e:00:53:05", state: "stale", isRouter: true, confirmedSeconds: 31 },
  ]; // prettier-ignore
  kernel.processes = [
    { pid: 1, parentPid: 0, userId: 0, state: "S", priority: 20, nice: 0, virtualKib: 16_000, residentKib: 9_000, processorSeconds: 3, ageSeconds: 90_000, name: "init" },
    { pid: 412, parentPid: 1, userId: 0, state: "R", priority: 20, nice: 0, virtualKib: 1_200_000, residentKib: 160_000, processorSeconds: 125, ageSeconds: 4_000, name: "merlon" },
  ]; // prettier-ignore
  kernel.filesystems = [
    { device: "/dev/vda1", mountPoint: "/", totalKib: 20_000_000, usedKib: 5_000_000, availableKib: 14_000_000 },
    { device: "tmpfs", mountPoint: "/run", totalKib: 204_800, usedKib: 0, availableKib: 204_800 },
  ];
  kernel.echo = ({ destination, sequence, ttl, payload }): EchoAnswer | undefined => {
    const common = { sequence, code: 0, lengthBytes: payload.length + 8 };
    if (ttl === 1) return { ...common, kind: "time-exceeded", from: ip("10.2.0.254"), ttl: 255, lengthBytes: 36 };
    return sequence === 1 ? undefined : { ...common, kind: "reply", from: destination, ttl: 63 };
  };
  return kernel;
}

function tuple(source: string, destination: string, protocol: number, more: Partial<KernelTuple>): KernelTuple {
  return { source: ip(source), destination: ip(destination), protocol, ...more };
}

function busySessions(mark: number, nowMs: number): readonly KernelSession[] {
  const startedNs = BigInt(nowMs - 95_000) * 1_000_000n;
  const ports = { sourcePort: 40_001, destinationPort: 1433 };
  return [
    {
      id: 4711,
      mark,
      original: tuple("10.1.0.5", "10.2.0.10", 6, ports),
      reply: tuple("10.2.0.10", "10.1.0.5", 6, { sourcePort: 1433, destinationPort: 40_001 }),
      packetsOriginal: 12,
      bytesOriginal: 1840,
      packetsReply: 10,
      bytesReply: 6120,
      timeoutSeconds: 1790,
      startedNs,
      tcpState: "ESTABLISHED",
    },
    {
      id: 4712,
      mark,
      original: tuple("10.1.0.6", "10.2.1.20", 1, { icmpId: 77, icmpType: 8, icmpCode: 0 }),
      reply: tuple("10.2.1.20", "10.1.0.6", 1, { icmpId: 77, icmpType: 0, icmpCode: 0 }),
      packetsOriginal: 1,
      bytesOriginal: 84,
      timeoutSeconds: 60,
      startedNs,
    },
    // Nobody's: the mark names no rule.
    {
      id: 4713,
      mark: 0xff_0000,
      original: tuple("10.1.0.7", "10.2.0.1", 6, ports),
      reply: tuple("10.2.0.1", "10.1.0.7", 6, ports),
    },
  ];
}

function busyDrops(atMs: number): readonly FlowRecord[] {
  const common = {
    kind: "session-deny",
    sessionId: 0,
    fromZone: "users",
    toZone: "data",
    source: "10.1.0.9",
    destination: "10.2.0.10",
    protocol: 6,
    sourcePort: 50_000,
    inInterface: "ge-0/0/0.0",
  } as const;
  return [
    {
      ...common,
      atMs: atMs - 2000,
      destinationPort: 23,
      service: "junos-telnet",
      policy: { scope: "global", name: "no-telnet" },
      reason: "Denied by policy",
    },
    {
      ...common,
      atMs: atMs - 1000,
      destinationPort: 80,
      service: "junos-http",
      policy: { scope: "zone-pair", name: "not-printer" },
      reason: "Rejected by policy",
    },
  ];
}
