// Operational commands against the real kernel: what they tell of a gateway between a client and a server, and what they
// do to it.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loadConfiguration } from "@merlon/junos/load.ts";
import { emptyTree } from "@merlon/junos/tree.ts";
import type { Gateway } from "../gateway.ts";
import { closeFile, send } from "../kernel/libc.ts";
import { LinuxKernel } from "../kernel/linux-kernel.ts";
import { clientIpv4, clientIpv6, enableForwarding, serverIpv4, StoryNetwork } from "../kernel/story-network.ts";
import { askIp, runNft } from "../kernel/story-tool.ts";
import { openIcmpSocket, openUdpSocket, sendEchoRequest, sendUdp, socketAddressOf } from "../kernel/story-traffic.ts";
import { enclosed, skipReason } from "../kernel/story-watch.ts";
import { openGateway, TestClocks, typeAs } from "../testing/test-gateway.ts";
import { interfacePicture } from "./interface-monitor-text.ts";
import { monitorInterfaces } from "./monitor-interface.ts";
import { operationNamed } from "./operations.ts";

const configuration = `
set interfaces toclient unit 0 family inet address 10.1.1.1/24
set interfaces toclient unit 0 family inet6 address fd00:1::1/64
set interfaces toserver unit 0 family inet address 10.2.1.1/24
set routing-options static route 10.77.0.0/16 next-hop 10.2.1.2
set security zones security-zone client interfaces toclient host-inbound-traffic system-services ping
set security zones security-zone server interfaces toserver
set applications application any-udp protocol udp
set security policies from-zone client to-zone server policy udp match source-address any destination-address any application any-udp
set security policies from-zone client to-zone server policy udp then permit
`;

/** Time goes on, because answers are waited for. */
class RunningClocks extends TestClocks {
  override readonly nowMs = (): number => Date.now();
  override readonly monotonicMs = (): number => performance.now();
}

describe.skipIf(!enclosed)(`operational commands and the kernel${skipReason}`, () => {
  let network: StoryNetwork;
  let folder: string;
  let gateway: Gateway;
  let socket: number;
  const type = (line: string): Promise<string> => typeAs(gateway, "ana", line);

  beforeAll(async () => {
    network = await StoryNetwork.create();
    enableForwarding();
    folder = await mkdtemp(join(tmpdir(), "merlon-ops-"));
    gateway = await openGateway(new LinuxKernel(), folder, new RunningClocks());
    const { tree } = loadConfiguration(emptyTree, configuration, { action: "set", source: "story.conf" });
    expect(await gateway.commitInitial(tree, { user: "root", via: "boot" }, 1)).toMatchObject({ ok: true });
    socket = network.at("client", () => openUdpSocket(4));
    for (let i = 0; i < 3; i++) sendUdp(socket, serverIpv4, 5300, new Uint8Array(20));
  });

  afterAll(async () => {
    closeFile(socket);
    await network[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
  });

  test("sessions have their interfaces, policy, age and counters", async () => {
    const shown = await type("show security flow session destination-port 5300");
    expect(shown).toMatch(/^Session ID: \d+, Policy name: udp\/\d+, Timeout: \d+, Session State: Valid\n/);
    expect(shown).toContain(`/5300;udp, Conn Tag: 0x0, If: toclient.0, Pkts: 3, Bytes: 144, \n`);
    expect(shown).toContain(`  Out: ${serverIpv4}/5300 --> ${clientIpv4}/`);
    expect(await type("show security flow session summary")).toMatch(/Maximum-sessions: \d{3,}\n$/);
    const [id = ""] = /\d+/.exec(shown) ?? [];
    expect(await type(`show security flow session session-identifier ${id}`)).toMatch(/Duration: \d+\n/);
    expect(await type("show security flow session packets-more-than 3")).toBe("Total sessions: 0\n");
  });

  test("counters of policies go on from zero when they are cleared, and nothing else changes", async () => {
    const hits = async (): Promise<string | undefined> =>
      / udp +(\d+) /.exec(await type("show security policies hit-count policy-name udp"))?.[1];
    expect(await hits()).toBe("1");
    expect(await type("clear security policies hit-count policy-name udp")).toBe(
      "Policy hit count cleared: 1 policies\n",
    );
    expect(await hits()).toBe("0");
    expect(await type("request security policies check")).toContain("in sync");
    sendUdp(socket, serverIpv4, 5301, new Uint8Array(20));
    expect(await hits()).toBe("1");
  });

  test("flow statistics count what begins and what is refused, by what refused it", async () => {
    const read = async (): Promise<Record<string, number>> =>
      Object.fromEntries(
        Array.from(
          (await type("show security flow statistics")).matchAll(/^ +(.*): (\d+)$/gm),
          ([, title = "", count]) => [title, Number(count)],
        ),
      );
    const before = await read();
    expect(before["Current sessions"]).toBeGreaterThan(0);
    sendUdp(socket, serverIpv4, 5303, new Uint8Array(20));
    // A further packet of a session is counted with it.
    sendUdp(socket, serverIpv4, 5303, new Uint8Array(20));
    sendUdp(socket, "10.1.1.1", 53, new Uint8Array(20));
    const echo = network.at("client", () => openIcmpSocket(4));
    for (const sequence of [1, 2]) sendEchoRequest(echo, serverIpv4, 7, sequence);
    // Nobody has asked for this answer.
    const answer = Uint8Array.of(0, 0, 0xff, 0xf7, 0, 7, 0, 1);
    send(echo, answer, 0, socketAddressOf(serverIpv4, 0));
    closeFile(echo);
    const after = await read();
    const more = Object.entries(after).map(([title, count]) => [title, count - (before[title] ?? Number.NaN)]);
    expect(Object.fromEntries(more)).toEqual({
      "Current sessions": 1,
      "Sessions begun": 1,
      "Packets dropped": 4,
      "Refused by policies": 2,
      "Refused by host-inbound-traffic": 1,
      "Dropped by screens": 0,
      "Belonging to no session": 1,
      "No session could be kept": 0,
    });
  });

  test("neighbors are those that the kernel has learnt, and are forgotten on request", async () => {
    expect(await type(`ping ${serverIpv4} count 1`)).toContain("1 packets received");
    expect(await type("show arp")).toMatch(new RegExp(`${serverIpv4} +toserver\\.0 +none\\n`));
    expect(await askIp("neigh", "show", serverIpv4)).toContain("lladdr");
    expect(await type(`clear arp hostname ${serverIpv4}`)).toBe(`${serverIpv4.padEnd(15)} deleted\n`);
    expect(await type(`show arp hostname ${serverIpv4}`)).toContain("Total entries: 0");
    expect(await type(`clear arp hostname ${serverIpv4}`)).toBe(`error: there is no entry for ${serverIpv4}\n`);
    expect(await type(`ping ${clientIpv6} count 1 inet6`)).toMatch(/ bytes from fd00:1::2, icmp_seq=0 hlim=64 time=/);
    expect(await type("show ipv6 neighbors")).toContain("fd00:1::2");
  });

  test("ping tells of answers, of hosts that do not answer, and of ways that there are not", async () => {
    expect(await type(`ping ${clientIpv4} count 2 rapid size 1000`)).toMatch(
      /^PING 10\.1\.1\.2 \(10\.1\.1\.2\): 1000 data bytes\n!!\n\n--- .*\n2 packets transmitted, 2 packets received, 0% packet loss\nround-trip /,
    );
    expect(await type(`ping ${clientIpv4} count 1 wait 1 source 10.2.1.1 interface toclient.0 ttl 5 tos 16`)).toContain(
      "ttl=64",
    );
    expect(await type("ping 10.88.0.1 count 1 rapid")).toBe("error: no route to 10.88.0.1\n");
    expect(await type(`ping ${clientIpv4} source 10.9.9.9 count 1`)).toContain(
      "the source address is none of the gateway's",
    );
    expect(await type(`ping ${serverIpv4} size 3000 do-not-fragment count 1`)).toContain("longer than the MTU allows");
  });

  test("ping goes on until it is interrupted", async () => {
    const operation = operationNamed("ping") ?? expect.fail("there is no ping");
    const controller = new AbortController();
    let text = "";
    const input = { host: clientIpv4, interval: 1 };
    for await (const piece of operation.stream?.(gateway, input, { user: "ana", via: "cli" }, controller.signal) ??
      []) {
      text += piece;
      if (text.includes("icmp_seq=0")) controller.abort();
    }
    expect(text).toMatch(/1 packets transmitted, 1 packets received, 0% packet loss\nround-trip [^\n]+\n$/);
  });

  test("traceroute names the host itself when it is the next", async () => {
    expect(await type(`traceroute ${serverIpv4} wait 1`)).toMatch(
      /^traceroute to 10\.2\.1\.2 .*\n 1 {2}10\.2\.1\.2 \(10\.2\.1\.2\) {2}[\d.]+ ms {2}[\d.]+ ms {2}[\d.]+ ms\n$/,
    );
  });

  test("routes and interfaces are the kernel's", async () => {
    const routes = await type("show route");
    expect(routes).toContain("10.77.0.0/16       *[Static/5]\n                    >  to 10.2.1.2 via toserver.0\n");
    expect(routes).toContain("10.1.1.0/24        *[Direct/0]\n                    >  via toclient.0\n");
    expect(await type("show route 10.77.1.1")).not.toContain("Direct");
    const detail = await type("show interfaces toclient extensive");
    expect(detail).toMatch(/Input {2}packets: +[1-9]\d*\n/);
    expect(detail).toMatch(/Carrier transitions: \d+\n/);
    expect(detail).toContain("Destination: 10.1.1.0/24, Local: 10.1.1.1, Broadcast: 10.1.1.255");
  });

  test("monitor interface sees packets as they come, and how fast", async () => {
    const controller = new AbortController();
    const pictures: string[] = [];
    const wanted = ({ name }: { readonly name: string }): boolean => name === "toclient";
    const options = { everyMs: 200, signal: controller.signal, wanted, print: interfacePicture };
    for await (const picture of monitorInterfaces(gateway, options)) {
      pictures.push(picture);
      if (pictures.length === 2) break;
      for (let i = 0; i < 40; i++) sendUdp(socket, serverIpv4, 5302, new Uint8Array(100));
    }
    const [, second = ""] = pictures;
    const [, rate = "0", delta = "0"] = /Input packets: +\d+ \(([\d.]+k?) pps\) +\[(\d+)\]/.exec(second) ?? [];
    expect(Number(delta)).toBeGreaterThanOrEqual(40);
    expect(Number(delta)).toBeLessThan(60);
    expect(rate).not.toBe("0");
  });

  test("what was changed behind the gateway's back is seen and written again", async () => {
    await runNft("flush", "chain", "inet", "merlon", "forward");
    expect(await type("request security policies check")).toMatch(
      /^Policies in the kernel: out of sync, \d+ difference/,
    );
    expect(await type("request security policies resync")).toContain("were repaired\n");
    expect(await type("request security policies check")).toContain("in sync (revision 1, generation 2)");
  });

  test("the machine is there", async () => {
    expect(await type("show system processes")).toMatch(/\n +\d+ \?\? {2}\w +\d+:\d\d \S+/);
    expect(await type("show system uptime")).toMatch(/System booted: 2\d{3}-/);
    expect(await type("show chassis routing-engine")).toMatch(/Total memory +\d+ MB Max/);
    expect(await type("request support information")).toContain("> show configuration\n");
  });
});
