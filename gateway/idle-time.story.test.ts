// Idle times on the real kernel, with real sessions: what each begins with, and that one ends when its time is over.

import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { expect, test } from "vitest";
import { boot } from "./boot.ts";
import { closeFile } from "./kernel/libc.ts";
import { LinuxKernel } from "./kernel/linux-kernel.ts";
import { serverIpv4, serverIpv6, StoryNetwork } from "./kernel/story-network.ts";
import { openUdpSocket, sendUdp } from "./kernel/story-traffic.ts";
import { enclosed, skipReason } from "./kernel/story-watch.ts";
import { openGateway, typeAs } from "./testing/test-gateway.ts";

const configuration = `
applications {
  application quick { protocol udp; destination-port 7777; inactivity-timeout 4; }
  application web { protocol tcp; destination-port 8080; inactivity-timeout 300; }
  application forever { protocol tcp; destination-port 8081; inactivity-timeout never; }
}
security {
  zones {
    security-zone client { interfaces { toclient; } }
    security-zone server { interfaces { toserver; } }
  }
  policies {
    from-zone client to-zone server {
      policy p {
        match {
          source-address any; destination-address any;
          application [ quick web forever junos-tcp-any junos-udp-any ];
        }
        then { permit; }
      }
    }
  }
}`;

const patience = { timeout: 3_000, interval: 20 };

const listen = `
  let left = 3;
  for (const port of [8080, 8081, 8082]) require("node:net").createServer().listen(port, () => --left || console.log("ready"));`;
const connect = `
  let left = 3;
  for (const port of [8080, 8081, 8082]) require("node:net").connect(port, "${serverIpv4}", () => --left || console.log("ready"));`;

test.skipIf(!enclosed)(`sessions are idle as long as their application says${skipReason}`, async () => {
  await using stack = new AsyncDisposableStack();
  const network = stack.use(await StoryNetwork.create());
  const folder = await mkdtemp(join(tmpdir(), "merlon-idle-"));
  stack.defer(() => rm(folder, { recursive: true }));
  const gateway = await openGateway(new LinuxKernel(), folder);
  await boot(gateway, { text: configuration, source: "story.conf" });
  expect(gateway.alarms.list()).toEqual([]);

  const run = async (place: "client" | "server", program: string): Promise<void> => {
    const child: ChildProcess = network.at(place, () =>
      spawn(process.execPath, ["-e", program], { stdio: ["ignore", "pipe", "inherit"] }),
    );
    stack.defer(() => void child.kill("SIGKILL"));
    await once(child.stdout!, "data");
  };
  /** Sends a datagram; what comes back sends another one in the same session. */
  const send = (family: 4 | 6, port: number): (() => void) => {
    const socket = network.at("client", () => openUdpSocket(family));
    stack.defer(() => closeFile(socket));
    const again = () => void sendUdp(socket, family === 4 ? serverIpv4 : serverIpv6, port, new Uint8Array(4));
    again();
    return again;
  };
  const secondsLeft = async (): Promise<Readonly<Record<string, number>>> => {
    const left: Record<string, number> = {};
    for await (const sessions of gateway.kernel.dumpSessions()) {
      for (const { original, timeoutSeconds = -1 } of sessions) {
        left[`${original.protocol === 6 ? "tcp" : "udp"} ${original.source.family} ${original.destinationPort}`] =
          timeoutSeconds;
      }
    }
    return left;
  };
  const about = (seconds: number) => expect.toSatisfy((left: number) => left > seconds - 4 && left <= seconds);

  await run("server", listen);
  await run("client", connect);
  send(4, 9999);
  const startMs = performance.now();
  send(4, 7777);
  send(6, 7777);
  // The last acknowledgement of a connection may still be on its way: until then it has the time of one that begins.
  const settled = async () => {
    const left = await secondsLeft();
    return (left["tcp 4 8082"] ?? 0) > 1000 && "udp 6 7777" in left;
  };
  await expect.poll(settled, patience).toBe(true);
  expect(await secondsLeft()).toEqual({
    "udp 4 7777": about(4),
    "udp 6 7777": about(4),
    "udp 4 9999": about(60),
    "tcp 4 8080": about(300),
    "tcp 4 8081": about(2_000_000),
    "tcp 4 8082": about(1800),
  });
  // A commit that changes nothing about the application leaves the times of living sessions alone.
  await typeAs(gateway, "anna", "set system host-name other", "commit");
  expect(await secondsLeft()).toMatchObject({ "tcp 4 8080": about(300), "udp 4 7777": about(4) });
  while ("udp 4 7777" in (await secondsLeft())) await wait(50);
  const livedMs = performance.now() - startMs;
  expect(livedMs).toBeGreaterThan(3_900);
  expect(livedMs).toBeLessThan(6_000);
  await expect.poll(async () => "udp 6 7777" in (await secondsLeft()), patience).toBe(false);
  // Without the statement a session has the time of the protocol, a living one from its next packet on.
  const again = send(4, 7777);
  expect(await secondsLeft()).toMatchObject({ "udp 4 7777": about(4) });
  await typeAs(gateway, "anna", "delete applications application quick inactivity-timeout", "commit");
  again();
  expect(await secondsLeft()).toMatchObject({ "udp 4 7777": about(60) });
});
