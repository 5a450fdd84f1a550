// The watch with real packets through three network namespaces: every event, every tuple, every byte compared with what
// was sent, and every loss counted. Runs only inside `tools/setup/enclose.sh`.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { formatIp } from "@merlon/model/ip/address.ts";
import { parsePrefix } from "@merlon/model/ip/prefix.ts";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { endSessions } from "./conntrack-table.ts";
import { KernelWatch } from "./kernel-watch.ts";
import { LinuxKernel } from "./linux-kernel.ts";
import { runIp } from "./run-ip.ts";
import { runProgram } from "./run-program.ts";
import type { ProgramResult } from "./run-program.ts";
import { StoryNetwork, enableForwarding, loadRuleset, serverIpv4, serverIpv6 } from "./story-network.ts";
import { addSessions } from "./story-sessions.ts";
import { askIp, readCounters } from "./story-tool.ts";
import { helloClient, helloServer, openIcmpSocket, openUdpSocket, sendEchoRequest, sendUdp } from "./story-traffic.ts";
import { StoryWatch, enclosed, eventually, skipReason } from "./story-watch.ts";

/** Runs the text as a program of its own. */
function runScript(text: string): Promise<ProgramResult> {
  return runProgram({
    program: process.execPath,
    arguments: ["--input-type=module", "-e", text],
    timeoutMs: 10_000,
    outputBytesMax: 1_000,
    debianPackage: "nodejs",
  });
}

describe.skipIf(!enclosed)(`watching${skipReason}`, () => {
  describe("traffic", describeTraffic);
  describe("losses", describeLosses);
  describe("its end", describeEnd);
});

function describeTraffic(): void {
  let story: StoryWatch;
  const kernel = new LinuxKernel();
  beforeEach(async () => {
    story = await StoryWatch.open();
  });
  afterEach(() => story[Symbol.asyncDispose]());

  test.each([
    ["IPv4", 4, serverIpv4, 28],
    ["IPv6", 6, serverIpv6, 48],
  ] as const)("%s UDP: one session, every byte counted", async (_, family, server, headerBytes) => {
    const fd = story.socket(() => openUdpSocket(family));
    for (const length of [10, 20, 30]) sendUdp(fd, server, 53, new Uint8Array(length));
    await eventually(() => story.opened(17).length, 1);
    expect(await kernel.endSessions(new Set([17]))).toBe(1);
    await eventually(() => story.closed(17).length, 1);
    const [opened, closed] = [story.opened(17)[0], story.closed(17)[0]];
    expect(closed).toMatchObject({ id: opened?.id, original: opened?.original, packetsReply: 0, bytesReply: 0 });
    // The server's port is closed, so nothing but ICMP errors comes back, and those are not this session's.
    const arrived = closed?.packetsOriginal ?? 0;
    expect(arrived).toBeGreaterThanOrEqual(1);
    expect([10, 30, 60]).toContain((closed?.bytesOriginal ?? 0) - arrived * headerBytes);
    expect(closed?.original.destinationPort).toBe(53);
    expect((closed?.endedNs ?? 0n) > (closed?.startedNs ?? 1n)).toBe(true);
  });

  test.each([
    ["IPv4", 4, serverIpv4, 36, 8, 0],
    ["IPv6", 6, serverIpv6, 56, 128, 129],
  ] as const)("%s echo: identifier, types and both directions", async (_, family, server, bytes, request, reply) => {
    const fd = story.socket(() => openIcmpSocket(family));
    sendEchoRequest(fd, server, 0x4711, 1);
    await eventually(() => story.opened(19).length, 1);
    expect(story.opened(19)[0]).toMatchObject({
      original: { icmpType: request, icmpCode: 0, icmpId: 0x4711 },
      reply: { icmpType: reply, icmpCode: 0, icmpId: 0x4711 },
    });
    await expect.poll(repliesNow).toBe(1);
    expect(await kernel.endSessions(new Set([19]))).toBe(1);
    await eventually(() => story.closed(19).length, 1);
    expect(story.closed(19)[0]).toMatchObject({
      packetsOriginal: 1,
      bytesOriginal: bytes,
      packetsReply: 1,
      bytesReply: bytes,
    });
  });

  test.each([serverIpv4, serverIpv6])("TCP to %s: bytes as the ruleset's own counters say", async (server) => {
    await story.run("server", helloServer);
    await story.run("client", helloClient(server, 80));
    await eventually(() => story.opened(18).length, 1);
    expect(story.opened(18)[0]).toMatchObject({ tcpState: "SYN_SENT", original: { destinationPort: 80 } });
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(await kernel.endSessions(new Set([18]))).toBe(1);
    await eventually(() => story.closed(18).length, 1);
    const counted = await readCounters();
    expect(story.closed(18)[0]).toMatchObject({
      tcpState: "TIME_WAIT",
      packetsOriginal: counted.get("tcp_original")?.packets,
      bytesOriginal: counted.get("tcp_original")?.bytes,
      packetsReply: counted.get("tcp_reply")?.packets,
      bytesReply: counted.get("tcp_reply")?.bytes,
    });
  });

  test("denied packets are logged with their tuple, in order", async () => {
    const udp4 = story.socket(() => openUdpSocket(4));
    const udp6 = story.socket(() => openUdpSocket(6));
    const icmp6 = story.socket(() => openIcmpSocket(6));
    sendUdp(udp4, serverIpv4, 99, new Uint8Array(10));
    sendUdp(udp4, serverIpv4, 98, new Uint8Array(1_400));
    await eventually(() => story.logged().length, 2);
    sendUdp(udp6, serverIpv6, 97, new Uint8Array(10));
    await eventually(() => story.logged().length, 3);
    await story.run("client", helloClient(serverIpv6, 81));
    await expect.poll(() => story.logged().length).toBeGreaterThan(3);
    const lines = story.logged().map((packet) => {
      const { tuple } = packet;
      const target = `${tuple.protocol} ${formatIp(tuple.destination)} ${tuple.destinationPort}`;
      return `${packet.mark} ${packet.prefix}: ${packet.inDevice} > ${packet.outDevice} ${target} ${packet.length}`;
    });
    expect(lines.slice(0, 4)).toEqual([
      "3 deny: toclient > toserver 17 10.2.1.2 99 38",
      "3 deny: toclient > toserver 17 10.2.1.2 98 1428",
      "2 deny six: toclient > toserver 17 fd00:2::2 97 58",
      "2 deny six: toclient > toserver 6 fd00:2::2 81 80",
    ]);
    expect(story.lost("packets")).toEqual([]);
    sendEchoRequest(icmp6, serverIpv6, 1, 1);
    await eventually(() => story.opened(19).length, 1);
  });

  test("a fragmented packet is logged by its first fragment's ports", async () => {
    const fd = story.socket(() => openUdpSocket(4));
    sendUdp(fd, serverIpv4, 99, new Uint8Array(4_000));
    // Connection tracking puts fragments together before the forward hook, so there is one packet.
    await eventually(() => story.logged().length, 1);
    expect(story.logged()[0]).toMatchObject({ tuple: { protocol: 17, destinationPort: 99 }, length: 4_028 });
  });

  test("an ended session comes back as a new one when its traffic goes on", async () => {
    const fd = story.socket(() => openUdpSocket(4));
    for (let round = 1; round <= 3; round++) {
      sendUdp(fd, serverIpv4, 53, new Uint8Array(1));
      sendUdp(fd, serverIpv4, 53, new Uint8Array(1));
      await eventually(() => story.opened(17).length, round);
      expect(await kernel.endSessions(new Set([17]))).toBe(1);
      await eventually(() => story.closed(17).length, round);
    }
  });

  test("a device that is renamed is logged by its new name", async () => {
    const fd = story.socket(() => openUdpSocket(4));
    sendUdp(fd, serverIpv4, 99, new Uint8Array(1));
    await eventually(() => story.logged().length, 1);
    await runIp(["link set toclient name ge-0-0-1"]);
    await expect.poll(() => story.events.some((event) => event.kind === "network-changed")).toBe(true);
    await new Promise((resolve) => setTimeout(resolve, 100));
    sendUdp(fd, serverIpv4, 99, new Uint8Array(1));
    await eventually(() => story.logged().length, 2);
    expect(story.logged().map((packet) => packet.inDevice)).toEqual(["toclient", "ge-0-0-1"]);
  });

  test("what somebody does with nft is told, in any table, and as one change when it comes in a flock", async () => {
    const changes = (): number => story.events.filter((event) => event.kind === "ruleset-changed").length;
    const before = changes();
    await loadRuleset("table bridge somebody {\n}\n");
    await expect.poll(changes).toBe(before + 1);
    await loadRuleset("delete table bridge somebody");
    await expect.poll(changes).toBe(before + 2);
    const elements = Array.from({ length: 2_000 }, (_, index) => `10.9.${index >> 8}.${index & 255}`).join(", ");
    await loadRuleset(`table ip many {\n set s {\n type ipv4_addr\n elements = { ${elements} }\n }\n}\n`);
    await expect.poll(changes).toBe(before + 3);
    await new Promise((resolve) => setTimeout(resolve, 150));
    expect(changes()).toBe(before + 3);
  });

  test("traffic changes no ruleset and no network", async () => {
    await new Promise((resolve) => setTimeout(resolve, 150));
    const fd = story.socket(() => openUdpSocket(4));
    story.events.length = 0;
    for (let round = 0; round < 50; round++) sendUdp(fd, serverIpv4, 99, new Uint8Array(1));
    await expect.poll(() => story.logged().length).toBeGreaterThan(0);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(story.events.filter((event) => event.kind === "ruleset-changed")).toEqual([]);
  });

  test("a route of somebody else is neither read nor replaced nor deleted", async () => {
    const destination = parsePrefix("198.51.100.0/24") ?? expect.fail();
    const route = { destination, nextHops: "discard", metric: 5 } as const;
    await runIp(["route add blackhole 198.51.100.0/24 metric 5"]);
    expect((await kernel.readNetwork()).routes).toEqual([]);
    await expect(kernel.applyNetwork([{ kind: "add-route", route }])).rejects.toThrow(
      "another route to this destination",
    );
    await kernel.applyNetwork([{ kind: "delete-route", route }]);
    expect(await askIp("route", "show", "198.51.100.0/24")).toContain("blackhole");
  });
}

function describeLosses(): void {
  const flows = 20_000;
  /** Every datagram is a session of its own, because each has its own destination port. */
  const sendFlows = async (story: StoryWatch, firstPort: number, count: number): Promise<void> => {
    const fd = story.socket(() => openUdpSocket(4));
    const payload = new Uint8Array(4);
    for (let port = firstPort; port < firstPort + count; port++) {
      // A refusal is the answer to an earlier datagram; this one has not been sent.
      while (!sendUdp(fd, serverIpv4, port, payload));
      // We are sender and receiver in one thread; a gateway's sender is somebody else.
      if (port % 2_000 === 0) await new Promise((resolve) => setTimeout(resolve, 2));
    }
  };
  const sum = (counts: readonly (number | undefined)[]): number =>
    counts.reduce<number>((all, count) => all + (count ?? 0), 0);

  test("20,000 sessions at full speed: each is told when it begins and when it ends", async () => {
    await using story = await StoryWatch.open();
    await sendFlows(story, 10_000, flows);
    await eventually(() => story.opened(17).length, flows);
    expect(await new LinuxKernel().endSessions(new Set([17]))).toBeUndefined();
    await eventually(() => story.closed(17).length, flows);
    expect(story.lost("sessions")).toEqual([]);
    const ids = new Set(story.closed(17).map((session) => `${session.id} ${session.original.destinationPort}`));
    expect(ids.size).toBe(flows);
  }, 60_000);

  test("sessions that do not fit the buffer are counted exactly", async () => {
    await using story = await StoryWatch.open({ receiveBufferBytes: 65_536 });
    await sendFlows(story, 10_000, flows);
    await expect.poll(() => story.lost("sessions").length, { timeout: 5_000 }).toBeGreaterThan(0);
    await eventually(() => story.opened(17).length + sum(story.lost("sessions")), flows);
    expect(story.lost("sessions")).not.toContain(undefined);
    // The watch goes on: what comes afterwards is told.
    const before = story.opened(17).length;
    await sendFlows(story, 50_000, 10);
    await eventually(() => story.opened(17).length, before + 10);
  }, 60_000);

  test("denied packets at full speed are all logged", async () => {
    await using story = await StoryWatch.open();
    await sendFlows(story, 1_000, 8_000);
    await eventually(() => story.logged().length, 8_000);
    expect(story.lost("packets")).toEqual([]);
  }, 60_000);

  test("logged packets that do not fit the buffer are counted exactly once the next one comes", async () => {
    await using story = await StoryWatch.open({ receiveBufferBytes: 65_536 });
    await sendFlows(story, 1_000, 8_000);
    // Until then nobody knows how many: it is told that some were lost.
    await expect.poll(() => story.lost("packets").length, { timeout: 10_000 }).toBeGreaterThan(0);
    await new Promise((resolve) => setTimeout(resolve, 100));
    await sendFlows(story, 9_500, 1);
    await eventually(() => story.logged().length + sum(story.lost("packets")), 8_001);
  }, 60_000);

  test("a second gateway in the same namespace is told why it cannot watch", async () => {
    await using story = await StoryWatch.open();
    expect(story.lost("sessions")).toEqual([]);
    await expect(new LinuxKernel().watch(() => {})).rejects.toThrow(
      "packet log group 5 cannot be taken: another process has it; is another gateway running in this network namespace?",
    );
  });
}

function describeEnd(): void {
  test("a listener may end the watch, and hears nothing of the rest of the batch", async () => {
    await using network = await StoryNetwork.create();
    expect(network.pathOf("client")).toContain("/run/netns/");
    enableForwarding();
    addSessions(Array<number>(100).fill(5));
    let heard = 0;
    const watch: KernelWatch = new KernelWatch((event) => {
      if (event.kind !== "session-closed") return;
      heard++;
      if (heard === 3) watch[Symbol.dispose]();
    });
    expect(await endSessions(new Set([5]))).toBe(100);
    await expect.poll(() => heard).toBe(3);
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(heard).toBe(3);
  });

  test("the log group is free again at once, twenty times over", async () => {
    await using _network = await StoryNetwork.create();
    for (let round = 0; round < 20; round++) new KernelWatch(() => {})[Symbol.dispose]();
  });

  test("what the listener throws is its own: not swallowed, not taken for a loss", async () => {
    await using _network = await StoryNetwork.create();
    const source = (name: string): string => JSON.stringify(new URL(name, import.meta.url).href);
    const program = `
      const { KernelWatch } = await import(${source("kernel-watch.ts")});
      const { KernelFailure } = await import(${source("kernel.ts")});
      const { addSessions } = await import(${source("story-sessions.ts")});
      process.on("uncaughtException", (error) => { console.log(error.message); process.exit(7); });
      new KernelWatch((event) => {
        if (event.kind === "events-lost") console.log("loss");
        if (event.kind === "session-opened") throw new KernelFailure("of the listener", "");
      });
      addSessions([1, 2, 3]);
      setTimeout(() => {}, 5000);`;
    enableForwarding();
    const result = await runScript(program);
    expect(result).toMatchObject({ exitCode: 7, output: "of the listener\n" });
  });

  test("a watch does not keep its process alive", async () => {
    await using _network = await StoryNetwork.create();
    const source = new URL("kernel-watch.ts", import.meta.url).href;
    const program = `const { KernelWatch } = await import(${JSON.stringify(source)}); new KernelWatch(() => {});
      console.log("end");`;
    const result = await runScript(program);
    expect(result).toMatchObject({ exitCode: 0, output: "end\n" });
  });

  test("what is killed leaves the log group to the next", async () => {
    await using network = await StoryNetwork.create();
    const source = new URL("kernel-watch.ts", import.meta.url).href;
    const program = `const { KernelWatch } = await import(${JSON.stringify(source)}); new KernelWatch(() => {});
      console.log("up");
      setInterval(() => {}, 1000);`;
    const child = network.at("gateway", () =>
      spawn(process.execPath, ["--input-type=module", "-e", program], { stdio: ["ignore", "pipe", "inherit"] }),
    );
    await once(child.stdout, "data");
    expect(() => new KernelWatch(() => {})).toThrow("another process has it");
    child.kill("SIGKILL");
    await once(child, "close");
    new KernelWatch(() => {})[Symbol.dispose]();
  });
}

/** Packets that have come back in all sessions that stand. */
async function repliesNow(): Promise<number> {
  let replies = 0;
  for await (const batch of new LinuxKernel().dumpSessions()) {
    for (const session of batch) replies += session.packetsReply ?? 0;
  }
  return replies;
}
