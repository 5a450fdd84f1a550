// The gateway's own process, killed and stopped while sessions begin, end and are refused: the next one says from when to when
// nothing was logged, in the flow log, to a collector and, after kill -9, as an alarm.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test, vi } from "vitest";
import { GatewayProcess } from "@merlon/lab/gateway-process.ts";
import { GatewayClient } from "../client.ts";
import { closeFile } from "../kernel/libc.ts";
import { serverIpv4, StoryNetwork } from "../kernel/story-network.ts";
import { openUdpSocket, sendUdp } from "../kernel/story-traffic.ts";
import { enclosed, skipReason } from "../kernel/story-watch.ts";
import { markEveryMs } from "./follow-gaps.ts";

const configuration = `
system { host-name gw; }
applications { application ping-pong { protocol udp; destination-port 7000-7003; } }
security {
  log { stream siem { format sd-syslog; category { session; } host { ${serverIpv4}; port 5514; } } }
  zones {
    security-zone client { interfaces { toclient; } }
    security-zone server { interfaces { toserver; } }
  }
  policies {
    from-zone client to-zone server {
      policy play {
        match { source-address any; destination-address any; application ping-pong; }
        then { permit; log { session-init; session-close; } }
      }
      policy rest {
        match { source-address any; destination-address any; application any; }
        then { deny; log { session-init; } }
      }
    }
  }
}`;

const collector = `
  require("node:dgram").createSocket("udp4").on("message", (message) => console.log(String(message)))
    .bind(5514, () => console.log("ready"));`;
const patience = { timeout: 10_000, interval: 20 };

test.skipIf(!enclosed)(`a time without records is told${skipReason}`, async () => {
  await using stack = new AsyncDisposableStack();
  const network = stack.use(await StoryNetwork.create());
  const folder = await mkdtemp(join(tmpdir(), "merlon-gap-"));
  stack.defer(() => rm(folder, { recursive: true }));
  const [configFile, stateFolder] = [join(folder, "story.conf"), join(folder, "state")];
  await writeFile(configFile, configuration);
  const collected: string[] = [];
  const child = network.at("server", () =>
    spawn(process.execPath, ["-e", collector], { stdio: ["ignore", "pipe", "inherit"] }),
  );
  stack.defer(() => void child.kill("SIGKILL"));
  createInterface({ input: child.stdout }).on("line", (line) => collected.push(line));
  await once(child.stdout, "data");
  const name = network.pathOf("gateway").split("/").at(-1) ?? "";
  const start = async () => stack.use(await GatewayProcess.start({ network: name, configFile, stateFolder }));
  const socket = network.at("client", () => openUdpSocket(4));
  stack.defer(() => closeFile(socket));
  const send = (port: number) => sendUdp(socket, serverIpv4, port, new Uint8Array(4));
  const flowLog = () => readFile(join(stateFolder, "flow.log"), "utf8");
  const gaps = async () => (await flowLog()).split("\n").filter((line) => line.includes("MERLON_LOG_GAP"));
  const alarms = async (gateway: GatewayProcess) =>
    (await new GatewayClient(gateway.ready.socket).run("show system alarms")).text;

  const first = await start();
  send(7000);
  await vi.waitFor(async () => expect(await flowLog()).toContain('destination-port="7000"'), patience);
  expect(await gaps()).toEqual([]);
  // A quiet time before the end: the mark is what is known, and no older than it is moved on.
  await sleep(2 * markEveryMs);
  const killedMs = Date.now();
  process.kill(first.pid, "SIGKILL");
  await first.ended;
  send(7001);
  send(7002);
  send(9);
  await sleep(1_200);

  const second = await start();
  await vi.waitFor(async () => expect(await gaps()).toHaveLength(1), patience);
  const [line = ""] = await gaps();
  expect(line).toMatch(/^<28>1 \S+ gw merlon - MERLON_LOG_GAP \[junos@2636\.1\.1\.1\.2\.129 reason="killed" /);
  expect(line).toContain('session-count="2"');
  const timeOf = (field: string) => Date.parse(new RegExp(`${field}="([^"]*)"`).exec(line)?.[1] ?? "");
  expect(timeOf("start-time")).toBeLessThanOrEqual(killedMs);
  expect(timeOf("start-time")).toBeGreaterThan(killedMs - markEveryMs - 1_000);
  expect(timeOf("end-time")).toBeGreaterThan(killedMs + 1_200);
  expect(timeOf("end-time")).toBeLessThanOrEqual(Date.now());
  expect(await alarms(second)).toMatch(
    /Minor .*not logged from 2.* the gateway's process ended without being stopped/s,
  );
  await vi.waitFor(() => expect(collected.join("\n")).toContain("MERLON_LOG_GAP"), patience);
  // What was not logged is nowhere else, and what begins now is logged again.
  expect(await flowLog()).not.toMatch(/SESSION_CREATE .*destination-port="7001"/);
  send(7003);
  await vi.waitFor(async () => expect(await flowLog()).toMatch(/SESSION_CREATE .*destination-port="7003"/), patience);

  await second[Symbol.asyncDispose]();
  const third = await start();
  await vi.waitFor(async () => expect(await gaps()).toHaveLength(2), patience);
  expect((await gaps())[1]).toMatch(/^<29>1 .* reason="stopped" .* session-count="0"\]$/);
  expect(await alarms(third)).toBe("No alarms currently active\n");
});
