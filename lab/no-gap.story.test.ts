// No packet passes unfiltered and no permitted packet is lost: a continuous stream of new flows, every second one
// forbidden, while the gateway starts, commits a hundred times, stops, is killed and starts again.

import { mkdtemp, rm } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { GatewayClient } from "@merlon/gateway/client.ts";
import { buildNetwork, removeNetwork } from "./build-network.ts";
import { configFile } from "./demo.ts";
import { GatewayProcess } from "./gateway-process.ts";
import { countPackets, readPacketCounts } from "./packet-count.ts";
import { gatewayName, hostOf, zoneOf } from "./topology.ts";
import { TrafficStream } from "./traffic-stream.ts";

const enclosed = process.env["MERLON_ENCLOSED"] === "1";
/** `resolve-names` lets the segment app ask this one of the internet; the port beside it is denied to everybody. */
const allowedPort = 53;
const deniedPort = 54;
const ratePerSecond = 6_000;
/** The hundred over IPv4; IPv6 takes the same way through the kernel, and fewer show it. */
const commits = { 4: 100, 6: 30 } as const;

let stateFolder = "";

function stream(family: 4 | 6): Promise<TrafficStream> {
  const sender = hostOf("app-server");
  const own = sender.addresses[family];
  // Neighbours of the sender, so that there are more flows than one address has ports.
  const sources = [own, ...[41, 42, 43, 44, 45].map((number) => own.replace(/\d+$/, String(number)))];
  return TrafficStream.start({
    network: sender.name,
    device: "eth0",
    sourceMac: sender.mac,
    destinationMac: zoneOf(sender.zone).gatewayMac,
    sources,
    destination: hostOf("internet").addresses[family],
    allowedPort,
    deniedPort,
    ratePerSecond,
    durationMs: 120_000,
  });
}

function startGateway(): Promise<GatewayProcess> {
  return GatewayProcess.start({ network: gatewayName, configFile, stateFolder });
}

/** Sent and arrived while `work` ran, with a short calm at the end for packets on their way. */
async function countedDuring(
  family: 4 | 6,
  work: () => Promise<void>,
): Promise<{ allowedLost: number; deniedLeaked: number; sent: number }> {
  await countPackets("internet", [allowedPort, deniedPort]);
  const traffic = await stream(family);
  try {
    await work();
  } finally {
    await traffic.stop();
  }
  await sleep(100);
  const { allowedSent, deniedSent } = await traffic.ended;
  const arrived = await readPacketCounts("internet");
  return {
    allowedLost: allowedSent - (arrived.get(allowedPort) ?? 0),
    deniedLeaked: arrived.get(deniedPort) ?? 0,
    sent: allowedSent + deniedSent,
  };
}

describe.skipIf(!enclosed)("no gap (runs in tools/setup/enclose.sh)", () => {
  beforeAll(async () => {
    await buildNetwork();
    stateFolder = await mkdtemp("/run/merlon-no-gap-");
  });

  afterAll(async () => {
    await removeNetwork();
    await rm(stateFolder, { recursive: true, force: true });
  });

  test("start: nothing forbidden passes before, while and after the policy comes into force", async () => {
    const counted = await countedDuring(4, async () => {
      const gateway = await startGateway();
      await sleep(500);
      await gateway[Symbol.asyncDispose]();
      await sleep(500);
    });
    expect(counted.deniedLeaked).toBe(0);
    expect(counted.sent).toBeGreaterThan(ratePerSecond / 2);
  });

  test.each([4, 6] as const)(
    "a hundred commits (IPv6: thirty), half of them a rollback, IPv%s",
    { timeout: 180_000 },
    async (family) => {
      await using gateway = await startGateway();
      const client = new GatewayClient(gateway.ready.socket);
      await sleep(200);
      const counted = await countedDuring(family, async () => {
        for (let i = 0; i < commits[family] / 2; i++) {
          const changes = [
            `set security address-book global address extra-${i} 10.77.${i}.0/24`,
            "set security policies from-zone app to-zone internet policy also match source-address app-servers",
            `set security policies from-zone app to-zone internet policy also match destination-address extra-${i}`,
            "set security policies from-zone app to-zone internet policy also match application junos-https",
            "set security policies from-zone app to-zone internet policy also then permit",
            "insert security policies from-zone app to-zone internet policy also before policy resolve-names",
          ];
          for (const line of [...changes, "commit", "rollback 1", "commit"]) {
            const result = await client.run(line);
            if (!result.ok) throw new Error(`${line}: ${result.text}`);
          }
        }
      });
      expect(counted).toMatchObject({ allowedLost: 0, deniedLeaked: 0 });
      expect(counted.sent).toBeGreaterThan(ratePerSecond);
    },
  );

  test("stop, kill -9 and restart: the kernel goes on without a gap", { timeout: 60_000 }, async () => {
    let gateway = await startGateway();
    await sleep(200);
    const counted = await countedDuring(4, async () => {
      for (const signal of ["SIGTERM", "SIGKILL", "SIGKILL"] as const) {
        process.kill(gateway.pid, signal);
        await gateway.ended;
        await sleep(100);
        gateway = await startGateway();
        await sleep(100);
      }
    });
    await gateway[Symbol.asyncDispose]();
    expect(counted).toMatchObject({ allowedLost: 0, deniedLeaked: 0 });
  });
});
