// How fast the log leaves the gateway: flow records as structured lines to one collector on loopback, over UDP and TCP.
// usage: node bench/syslog.ts [LINES]. The collector is a process of its own; what it did not get was lost on the way.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import type { FlowRecord } from "@merlon/gateway/log/flow-record.ts";
import { logLine } from "@merlon/gateway/log/log-message.ts";
import { LogStream } from "@merlon/gateway/log/stream/log-stream.ts";
import { openTransport } from "@merlon/gateway/log/stream/open-transport.ts";
import { flowMessage } from "@merlon/gateway/log/syslog-line.ts";

const lineCount = Number(process.argv[2] ?? 200_000);
/** As they come from the kernel: so many in one turn of the event loop. */
const burst = 256;

const collector = {
  udp: `const s = require("node:dgram").createSocket({ type: "udp4", recvBufferSize: 64 << 20 });
    let n = 0; s.on("message", () => n++).bind(0, "127.0.0.1", () => console.log(s.address().port));
    process.stdin.on("data", () => console.log(n));`,
  tcp: `let n = 0; const s = require("node:net").createServer((c) => c.on("data", (d) => {
      for (let at = d.indexOf("<14>"); at >= 0; at = d.indexOf("<14>", at + 1)) n++; }));
    s.listen(0, "127.0.0.1", () => console.log(s.address().port)); process.stdin.on("data", () => console.log(n));`,
};

const record: FlowRecord = {
  kind: "session-close",
  atMs: Date.now(),
  sessionId: 12_345,
  fromZone: "trust",
  toZone: "untrust",
  policy: { scope: "zone-pair", name: "web" },
  reason: "TCP FIN",
  source: "10.1.1.2",
  sourcePort: 40_000,
  destination: "10.2.1.2",
  destinationPort: 443,
  protocol: 6,
  service: "junos-https",
  packetsFromClient: 12,
  bytesFromClient: 1_800,
  packetsFromServer: 11,
  bytesFromServer: 22_000,
  elapsedSeconds: 3,
};

async function measure(protocol: "udp" | "tcp"): Promise<void> {
  const child = spawn(process.execPath, ["-e", collector[protocol]], { stdio: ["pipe", "pipe", "inherit"] });
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const port = Number((await answers.next()).value);
  const stream = new LogStream({
    collector: { host: "127.0.0.1", port, protocol },
    open: openTransport,
    lossLine: (count) => `${count} lost`,
    monotonicMs: () => performance.now(),
  });
  const startMs = performance.now();
  const startCpu = process.cpuUsage();
  for (let at = 0; at < lineCount; at++) {
    stream.write(logLine(flowMessage({ ...record, sessionId: at }), "gw", { kind: "structured", brief: true }));
    if (at % burst === 0) await new Promise(setImmediate);
  }
  while (stream.counts.waitingCount > 0) await sleep(5);
  const seconds = (performance.now() - startMs) / 1000;
  const { user, system } = process.cpuUsage(startCpu);
  await stream[Symbol.asyncDispose]();
  await sleep(300);
  child.stdin.write("count\n");
  const arrived = Number((await answers.next()).value);
  child.kill();
  await once(child, "close");
  const { lostCount } = stream.counts;
  console.log(
    `${protocol}: ${Math.round(lineCount / seconds)} lines/s, ${((user + system) / lineCount).toFixed(1)} µs of CPU a line, ` +
      `lost in the queue ${lostCount}, on the way ${lineCount - lostCount - arrived}`,
  );
}

await measure("udp");
await measure("tcp");
