// A connection table without room: packets that begin a session are dropped, and the gateway says how many. Only the first
// network namespace of a machine may say how many sessions all have room for, which is the guest's alone.

import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { closeFile, enterNamespace, networkNamespace, openFile } from "@merlon/gateway/kernel/libc.ts";
import { LinuxKernel } from "@merlon/gateway/kernel/linux-kernel.ts";
import { StoryNetwork, enableForwarding, loadRuleset, serverIpv4 } from "@merlon/gateway/kernel/story-network.ts";
import { openUdpSocket, sendUdp } from "@merlon/gateway/kernel/story-traffic.ts";
import { readSysctl, writeSysctl } from "@merlon/gateway/kernel/sysctl.ts";

const maximum = "net.netfilter.nf_conntrack_max";
const room = 8;
const packetCount = 40;

/** Sessions that were ended for a new one: a full table does so where the new one's place has one without an answer. */
function madeRoom(): number {
  const [names = [], ...rows] = readFileSync("/proc/thread-self/net/stat/nf_conntrack", "utf8")
    .trim()
    .split("\n")
    .map((line) => line.trim().split(/\s+/));
  const at = names.indexOf("early_drop");
  return rows.reduce((sum, row) => sum + Number.parseInt(row[at] ?? "0", 16), 0);
}

describe("a full table", () => {
  const stack = new AsyncDisposableStack();
  const kernel = new LinuxKernel();
  let network: StoryNetwork;

  beforeAll(async () => {
    network = stack.use(await StoryNetwork.create());
    const first = openFile("/proc/1/ns/net");
    stack.defer(() => closeFile(first));
    // `at` brings the thread back to the gateway.
    const atFirst = (act: () => void): void =>
      network.at("gateway", () => {
        enterNamespace(first, networkNamespace);
        act();
      });
    const before = readSysctl(maximum) ?? expect.fail();
    enableForwarding();
    await loadRuleset(`table inet t {
  chain f {
    type filter hook forward priority filter; policy accept;
    ct state new accept
  }
}
`);
    atFirst(() => writeSysctl(maximum, String(room)));
    stack.defer(() => atFirst(() => writeSysctl(maximum, before)));
  });
  afterAll(() => stack.disposeAsync());

  test("what finds no room is counted, packet by packet", async () => {
    const sockets = network.at("client", () => Array.from({ length: packetCount }, () => openUdpSocket(4)));
    for (const socket of sockets) {
      sendUdp(socket, serverIpv4, 9, Buffer.from("x"));
      closeFile(socket);
    }
    const kept = async () => (await Array.fromAsync(kernel.dumpSessions())).flat().length;
    await expect.poll(async () => (await kernel.readSessionFailures()) + (await kept()) + madeRoom()).toBe(packetCount);
    expect(await kernel.readSessionFailures()).toBeGreaterThan(0);
  });
});
