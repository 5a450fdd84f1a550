// The gateway's own process and a collector behind it: sessions that are permitted and denied come out as syslog, over UDP
// in structured form and over TCP as plain lines; a collector that was away gets what it missed; a commit changes who hears.

import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect, test, vi } from "vitest";
import { GatewayClient } from "@merlon/gateway/client.ts";
import { closeFile } from "@merlon/gateway/kernel/libc.ts";
import { serverIpv4, StoryNetwork } from "@merlon/gateway/kernel/story-network.ts";
import { openUdpSocket, sendUdp } from "@merlon/gateway/kernel/story-traffic.ts";
import { enclosed, skipReason } from "@merlon/gateway/kernel/story-watch.ts";
import { GatewayProcess } from "./gateway-process.ts";

const configuration = `
system { host-name gw; syslog { file typed { interactive-commands any; } } }
applications { application ping-pong { protocol udp; destination-port 7000; } }
security {
  log {
    stream structured { format sd-syslog; category { session; } host { ${serverIpv4}; port 5514; } }
    stream plain { format syslog; host { ${serverIpv4}; port 5515; } transport { protocol tcp; } }
  }
  zones {
    security-zone client { interfaces { toclient; } }
    security-zone server { interfaces { toserver; } }
  }
  policies {
    from-zone client to-zone server {
      policy play {
        match { source-address any; destination-address any; application ping-pong; }
        then { permit; log { session-init; } }
      }
      policy rest {
        match { source-address any; destination-address any; application any; }
        then { deny; log { session-init; } }
      }
    }
  }
}`;

const udpCollector = `
  require("node:dgram").createSocket("udp4").on("message", (message) => console.log(String(message)))
    .bind(5514, () => console.log("ready"));`;
const tcpCollector = `
  require("node:net").createServer((socket) => socket.on("data", (data) => console.log(String(data))))
    .listen(5515, () => console.log("ready"));`;
const patience = { timeout: 10_000, interval: 20 };

test.skipIf(!enclosed)(`sessions as syslog${skipReason}`, async () => {
  await using stack = new AsyncDisposableStack();
  const network = stack.use(await StoryNetwork.create());
  const folder = await mkdtemp(join(tmpdir(), "merlon-syslog-"));
  stack.defer(() => rm(folder, { recursive: true }));
  const collect = async (program: string): Promise<string[]> => {
    const lines: string[] = [];
    const child: ChildProcess = network.at("server", () =>
      spawn(process.execPath, ["-e", program], { stdio: ["ignore", "pipe", "inherit"] }),
    );
    stack.defer(() => void child.kill("SIGKILL"));
    createInterface({ input: child.stdout! }).on("line", (line) => lines.push(line));
    await once(child.stdout!, "data");
    return lines;
  };
  const structured = await collect(udpCollector);
  const configFile = join(folder, "story.conf");
  await writeFile(configFile, configuration);
  const stateFolder = join(folder, "state");
  const name = network.pathOf("gateway").split("/").at(-1) ?? "";
  const gateway = stack.use(await GatewayProcess.start({ network: name, configFile, stateFolder }));
  const client = new GatewayClient(gateway.ready.socket);
  const socket = network.at("client", () => openUdpSocket(4));
  stack.defer(() => closeFile(socket));
  sendUdp(socket, serverIpv4, 7000, new Uint8Array(4));
  sendUdp(socket, serverIpv4, 7001, new Uint8Array(4));
  await vi.waitFor(() => expect(structured.filter((line) => line.includes("RT_FLOW"))).toHaveLength(2), patience);
  expect(structured.join("\n")).toMatch(
    /^<14>1 \S+ gw RT_FLOW - RT_FLOW_SESSION_CREATE \[junos@2636\.1\.1\.1\.2\.129 .*service-name="ping-pong".*policy-name="play"/m,
  );
  expect(structured.join("\n")).toMatch(/RT_FLOW_SESSION_DENY \[.*policy-name="rest".*reason="Denied by policy"\]/);
  // The other collector comes late, and gets both all the same.
  await vi.waitFor(
    async () => expect((await client.run("show system alarms")).text).toContain("stream plain"),
    patience,
  );
  const plain = await collect(tcpCollector);
  await vi.waitFor(
    () => expect(plain.join("\n")).toContain("RT_FLOW_SESSION_DENY: session denied 10.1.1.2/"),
    patience,
  );
  expect(plain.join("\n")).toMatch(
    /^\d+ <14>\w{3} [ \d]\d \d\d:\d\d:\d\d gw RT_FLOW: RT_FLOW_SESSION_CREATE: session created 10\.1\.1\.2/m,
  );
  await vi.waitFor(async () => expect((await client.run("show system alarms")).text).not.toContain("plain"), patience);
  for (const line of ["delete security log stream structured", "commit"])
    expect(await client.run(line)).toMatchObject({ ok: true });
  const before = structured.length;
  sendUdp(socket, serverIpv4, 7002, new Uint8Array(4));
  await vi.waitFor(() => expect(plain.join("\n")).toContain("/7002 "), patience);
  expect(structured).toHaveLength(before);
  const { text } = await client.run("show system log-destinations");
  expect(text).toMatch(/security log stream plain +connected +3 +0 +0 +0\n/);
  expect((await client.run("show log typed")).text).toContain("command 'delete security log stream structured'");
});
