// What session events, denied packets and dumps of the connection table cost the gateway process. Two processes: a
// sender in the client's namespace that makes a new flow with every frame, and this one, which watches as the gateway
// does.
// usage: tools/setup/enclose.sh node bench/session-events.ts [FLOWS]

import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { setTimeout as pause } from "node:timers/promises";
import type { KernelEvent } from "@merlon/gateway/kernel/kernel.ts";
import { KernelWatch } from "@merlon/gateway/kernel/kernel-watch.ts";
import { dumpSessions, endSessions } from "@merlon/gateway/kernel/conntrack-table.ts";
import {
  MessageBatch,
  addressFamily,
  bindSocket,
  closeFile,
  interfaceIndex,
  openSocket,
  socketType,
} from "@merlon/gateway/kernel/libc.ts";
import { readNetwork } from "@merlon/gateway/kernel/network.ts";
import { StoryNetwork, enableForwarding, loadRuleset } from "@merlon/gateway/kernel/story-network.ts";
import { addSessions } from "@merlon/gateway/kernel/story-sessions.ts";

const flowsDefault = 100_000;
const permitMark = 17;
const permittedPort = 53;
const deniedPort = 54;
const rounds = 3;

const ruleset = `
table inet merlon {
  chain forward {
    type filter hook forward priority filter; policy drop;
    ct state established,related accept
    udp dport ${permittedPort} ct mark set ${permitMark} accept
    meta mark set 3 log group 5 prefix "deny" snaplen 64 queue-threshold 64
  }
}
`;
/** The server answers nothing, so that only one packet passes per flow. */
const sink = `
table ip sink {
  chain discard {
    type filter hook prerouting priority raw; policy drop;
  }
}
`;

const columns = ["what", "count", "rate/s", "lost", "us CPU each", "note"] as const;
type Row = Readonly<Record<(typeof columns)[number], string>>;

if (process.argv[2] === "send") sendFlows(process.argv[3] ?? "", Number(process.argv[4]), Number(process.argv[5]));
else await measureAll(Number(process.argv[2] ?? flowsDefault));

async function measureAll(flows: number): Promise<void> {
  await using network = await StoryNetwork.create();
  enableForwarding();
  await loadRuleset(ruleset);
  await network.at("server", () => loadRuleset(sink));
  const rows: Row[] = [];
  for (let round = 1; round <= rounds; round++) {
    rows.push(await measureUnwatched(network, flows));
    rows.push(...(await measureSessions(network, flows)));
    rows.push(await measureDenied(network, flows));
  }
  rows.push(await measureDump(flows), await measureIdle());
  print(rows);
}

async function measureUnwatched(network: StoryNetwork, flows: number): Promise<Row> {
  const sent = await send(network, permittedPort, flows);
  await endSessions(new Set([permitMark]));
  return row("forwarding, nobody watches", flows, sent.seconds, "", "", "");
}

/** New sessions at full speed, then the end of all of them at once. */
async function measureSessions(network: StoryNetwork, flows: number): Promise<readonly Row[]> {
  const counts = { opened: 0, closed: 0, lost: 0 };
  using _watch = new KernelWatch((event: KernelEvent) => {
    if (event.kind === "session-opened") counts.opened++;
    else if (event.kind === "session-closed") counts.closed++;
    else if (event.kind === "events-lost") counts.lost += event.count ?? Number.NaN;
  });
  const before = process.cpuUsage();
  const sent = await send(network, permittedPort, flows);
  await settle(() => counts.opened);
  const opening = cpuMicroseconds(before) / counts.opened;
  const opened = row(
    "session begins",
    counts.opened,
    sent.seconds,
    String(counts.lost),
    opening.toFixed(2),
    "while forwarding",
  );
  const start = performance.now();
  const beforeEnd = process.cpuUsage();
  const ended = (await endSessions(new Set([permitMark]))) ?? counts.opened;
  const endSeconds = (performance.now() - start) / 1_000;
  const ending = row(
    "sessions ended by mark",
    ended,
    endSeconds,
    "",
    (cpuMicroseconds(beforeEnd) / ended).toFixed(2),
    "many at once: by the kernel",
  );
  await settle(() => counts.closed);
  const total = cpuMicroseconds(beforeEnd) / counts.closed;
  return [
    opened,
    ending,
    row("session ends", counts.closed, endSeconds, String(counts.lost), total.toFixed(2), "with ending them"),
  ];
}

async function measureDenied(network: StoryNetwork, flows: number): Promise<Row> {
  let logged = 0;
  let lost = 0;
  using _watch = new KernelWatch((event) => {
    if (event.kind === "packet-logged") logged++;
    else if (event.kind === "events-lost") lost += event.count ?? 0;
  });
  const before = process.cpuUsage();
  const sent = await send(network, deniedPort, flows);
  await settle(() => logged);
  return row(
    "denied packets logged",
    logged,
    sent.seconds,
    String(lost),
    (cpuMicroseconds(before) / logged).toFixed(2),
    "",
  );
}

async function measureDump(sessions: number): Promise<Row> {
  addSessions(Array<number>(sessions).fill(permitMark));
  globalThis.gc?.();
  const memory = process.memoryUsage().rss;
  let peak = memory;
  let longestTurnMs = 0;
  let count = 0;
  const before = process.cpuUsage();
  const start = performance.now();
  let turn = start;
  for await (const batch of dumpSessions()) {
    count += batch.length;
    peak = Math.max(peak, process.memoryUsage.rss());
    longestTurnMs = Math.max(longestTurnMs, performance.now() - turn);
    turn = performance.now();
  }
  const seconds = (performance.now() - start) / 1_000;
  const cpu = (cpuMicroseconds(before) / count).toFixed(2);
  const note = `${(seconds * 1_000).toFixed(0)} ms, longest turn ${longestTurnMs.toFixed(1)} ms, +${((peak - memory) / 1e6).toFixed(0)} MB`;
  await endSessions(new Set([permitMark]));
  return row("dump of all sessions", count, seconds, "", cpu, note);
}

async function measureIdle(): Promise<Row> {
  using _watch = new KernelWatch(() => {});
  await pause(1_000);
  const before = process.cpuUsage();
  const seconds = 5;
  await pause(seconds * 1_000);
  return row(
    "watching, idle",
    0,
    seconds,
    "",
    "",
    `${((cpuMicroseconds(before) / seconds / 1e6) * 100).toFixed(2)} % of a core`,
  );
}

/** Waits until the count has stood still for a while. */
async function settle(count: () => number): Promise<void> {
  let last = -1;
  while (last !== count()) {
    last = count();
    await pause(250);
  }
}

function cpuMicroseconds(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before);
  return user + system;
}

async function send(network: StoryNetwork, port: number, flows: number): Promise<{ readonly seconds: number }> {
  const gatewayMac = readNetwork().links.find((link) => link.device === "toclient")?.macAddress ?? "";
  const args = [fileURLToPath(import.meta.url), "send", gatewayMac, String(port), String(flows)];
  const child = network.at("client", () => spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] }));
  const [output] = (await once(child.stdout, "data")) as [Buffer];
  await once(child, "close");
  return { seconds: Number(output.toString()) };
}

/** The sender: frames through a packet socket, 64 with each system call, every one with another source. */
function sendFlows(gatewayMac: string, port: number, flows: number): void {
  const ethertypeIpv4 = 0x0800;
  const fd = openSocket(addressFamily.packet, socketType.raw, 0);
  // struct sockaddr_ll: family 0, protocol 2, interface index 4.
  const address = new DataView(new ArrayBuffer(20));
  address.setUint16(0, addressFamily.packet, true);
  address.setUint16(2, ethertypeIpv4);
  address.setUint32(4, interfaceIndex("eth0") ?? 0, true);
  bindSocket(fd, new Uint8Array(address.buffer));
  const batch = new MessageBatch(64, 64);
  const frameLength = 60;
  for (let slot = 0; slot < batch.count; slot++) {
    batch.setLength(slot, frameLength);
    batch.bytes.set(frame(gatewayMac, port), batch.offsetOf(slot));
  }
  const view = new DataView(batch.bytes.buffer);
  const start = performance.now();
  for (let flow = 0; flow < flows;) {
    const count = Math.min(batch.count, flows - flow);
    for (let slot = 0; slot < count; slot++) setSource(view, batch.offsetOf(slot), flow + slot);
    // The socket waits until there is room, so the kernel takes all or fails.
    if (batch.send(fd, count) !== count) throw new Error("the kernel took only part of a batch");
    flow += count;
  }
  closeFile(fd);
  process.stdout.write(String((performance.now() - start) / 1_000));
}

/** Ethernet, IPv4 and UDP with 18 bytes of payload; the UDP checksum of 0 means none. */
function frame(gatewayMac: string, port: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(60));
  for (const [index, byte] of gatewayMac.split(":").entries()) view.setUint8(index, Number.parseInt(byte, 16));
  view.setUint16(12, 0x0800);
  view.setUint16(14, 0x4500);
  view.setUint16(16, 46);
  view.setUint16(22, 0x4011);
  // 10.2.1.2
  view.setUint32(30, 0x0a02_0102);
  view.setUint16(36, port);
  view.setUint16(38, 26);
  return new Uint8Array(view.buffer);
}

/** Sources from 10.1.1.2 upwards, 60,000 ports each; also fills in the header's checksum (RFC 1071). */
function setSource(view: DataView, at: number, flow: number): void {
  view.setUint32(at + 26, 0x0a01_0102 + Math.floor(flow / 60_000));
  view.setUint16(at + 34, 1_024 + (flow % 60_000));
  let sum = 0;
  view.setUint16(at + 24, 0);
  for (let word = 14; word < 34; word += 2) sum += view.getUint16(at + word);
  sum = (sum & 0xffff) + (sum >>> 16);
  view.setUint16(at + 24, ~((sum & 0xffff) + (sum >>> 16)));
}

function row(what: string, count: number, seconds: number, lost: string, cpu: string, note: string): Row {
  const rate = count === 0 ? "" : Math.round(count / seconds).toLocaleString("en");
  return { what, count: count.toLocaleString("en"), "rate/s": rate, lost, "us CPU each": cpu, note };
}

function print(rows: readonly Row[]): void {
  const widths = columns.map((column) => Math.max(column.length, ...rows.map((each) => each[column].length)));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, index) => cell.padEnd(widths[index] ?? 0))
      .join("  ")
      .trimEnd();
  console.log(line(columns));
  for (const each of rows) console.log(line(columns.map((column) => each[column])));
}
