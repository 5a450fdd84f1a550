// How `show security flow session` answers on a full table: when its first line comes, when its last, and the memory that it
// takes, of text piece by piece and of the whole as data. The sessions are real ones of the kernel.
// Run: `tools/setup/enclose.sh node bench/show-sessions.ts [SESSIONS]` (with the Node of this repository). Figures of a run
// stand in gateway/ops/README.md.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { boot } from "@merlon/gateway/boot.ts";
import { Gateway } from "@merlon/gateway/gateway.ts";
import { closeFile } from "@merlon/gateway/kernel/libc.ts";
import { LinuxKernel } from "@merlon/gateway/kernel/linux-kernel.ts";
import { enableForwarding, serverIpv4, StoryNetwork } from "@merlon/gateway/kernel/story-network.ts";
import { openUdpSocket, sendUdp } from "@merlon/gateway/kernel/story-traffic.ts";
import { operationNamed } from "@merlon/gateway/ops/operations.ts";
import { runCommand } from "@merlon/gateway/serve/command.ts";
import { RevisionStore } from "@merlon/gateway/store/revision-store.ts";

const wantedCount = Number(process.argv[2] ?? 100_000);
const portFirst = 10_000;
const portsPerSocket = 50_000;
const rounds = 3;

const configuration = `
  interfaces {
    toclient { unit 0 { family inet { address 10.1.1.1/24; } } }
    toserver { unit 0 { family inet { address 10.2.1.1/24; } } }
  }
  security {
    zones {
      security-zone client { interfaces { toclient; } }
      security-zone server { interfaces { toserver; } }
    }
    policies { from-zone client to-zone server { policy udp {
      match { source-address any; destination-address any; application any; } then { permit; }
    } } }
  }`;

await using network = await StoryNetwork.create();
enableForwarding();
const folder = await mkdtemp(join(tmpdir(), "merlon-bench-"));
const gateway = new Gateway({
  kernel: new LinuxKernel(),
  store: await RevisionStore.open(folder),
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  onAlarm: () => undefined,
});
try {
  await boot(gateway, { text: configuration, source: "bench" });
  fill(wantedCount);
  const line = "show security flow session";
  const summary = (await runCommand(gateway, `${line} summary`, { user: "ana", via: "cli" })).text;
  process.stdout.write(`${/Sessions-in-use: \d+/.exec(summary)?.[0] ?? "no sessions"}\n`);
  process.stdout.write("round\tfirst line ms\tlast line ms\tMB of text\tMB of memory before\tat most\n");
  for (let round = 1; round <= rounds; round++) process.stdout.write(`${round}\t${await streamed()}\n`);
  const fromMs = performance.now();
  const answer = await runCommand(gateway, `${line} | display xml`, { user: "ana", via: "cli" });
  const ms = Math.round(performance.now() - fromMs);
  process.stdout.write(`as XML: ${ms} ms, ${megabytes(answer.text.length)} MB of text, ${memoryMb()} MB of memory\n`);
} finally {
  await rm(folder, { recursive: true });
}

/** One datagram is one session; ports are what tells them apart. */
function fill(count: number): void {
  for (let sent = 0; sent < count;) {
    const socket = network.at("client", () => openUdpSocket(4));
    for (let port = portFirst; port < portFirst + portsPerSocket && sent < count; port++, sent++) {
      sendUdp(socket, serverIpv4, port, new Uint8Array(4));
    }
    closeFile(socket);
  }
}

async function streamed(): Promise<string> {
  const operation = operationNamed("show-security-flow-session");
  if (operation?.stream === undefined) throw new Error("the command does not stream");
  const before = memoryMb();
  const fromMs = performance.now();
  let [firstMs, length, most] = [0, 0, before];
  const signal = new AbortController().signal;
  for await (const piece of operation.stream(gateway, {}, { user: "ana", via: "cli" }, signal)) {
    if (length === 0) firstMs = performance.now() - fromMs;
    length += piece.length;
    most = Math.max(most, memoryMb());
  }
  const lastMs = performance.now() - fromMs;
  return [firstMs.toFixed(1), lastMs.toFixed(0), megabytes(length), before, most].join("\t");
}

function memoryMb(): number {
  return Math.round(process.memoryUsage.rss() / 2 ** 20);
}

function megabytes(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(1);
}
