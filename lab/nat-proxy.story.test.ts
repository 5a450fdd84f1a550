// Proxy ARP and proxy NDP with real questions: the gateway answers for the addresses that it was told, on the interface
// that it was told, and no longer when the configuration goes.

import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { compileText } from "@merlon/compiler/testing/compile-text.ts";
import type { IrNetwork } from "@merlon/compiler/ir.ts";
import { planNetwork } from "@merlon/gateway/commit/plan-network.ts";
import { LinuxKernel } from "@merlon/gateway/kernel/linux-kernel.ts";
import { runIp } from "@merlon/gateway/kernel/run-ip.ts";
import { enableForwarding, StoryNetwork } from "@merlon/gateway/kernel/story-network.ts";
import { writeSysctl } from "@merlon/gateway/kernel/sysctl.ts";
import { formatIp } from "@merlon/model/ip/address.ts";
import { addressBytes, buildFrame } from "./frames.ts";
import { PacketSocket } from "./packet-socket.ts";
import { parseFrame } from "./parse-frame.ts";

const enclosed = process.env["MERLON_ENCLOSED"] === "1";
const asker = "02:00:00:00:00:99";
const nothing: IrNetwork = { links: [], routes: [] };

const text = `
set security zones security-zone in interfaces toclient
set security zones security-zone out interfaces toserver
set security nat proxy-arp interface toserver.0 address 10.2.1.50/32
set security nat proxy-arp interface toserver.0 address 10.2.1.60/32 to 10.2.1.62/32
set security nat proxy-ndp interface toserver.0 address fd00:2::50/128
`;

describe.skipIf(!enclosed)("answers for addresses of pools", () => {
  const kernel = new LinuxKernel();
  let network: StoryNetwork;
  let socket: PacketSocket;
  beforeAll(async () => {
    network = await StoryNetwork.create();
    enableForwarding();
    // An answer for another one is put off by up to 0.8 s, which would only take time here.
    for (const family of ["ipv4", "ipv6"]) writeSysctl(`net.${family}.neigh.toserver.proxy_delay`, "0");
    socket = network.at("server", () => PacketSocket.open("eth0", { receives: true }));
  });
  afterAll(async () => {
    socket[Symbol.dispose]();
    await network[Symbol.asyncDispose]();
  });

  async function bring(desired: IrNetwork): Promise<readonly string[]> {
    const { steps } = planNetwork({ desired, before: nothing, actual: await kernel.readNetwork() });
    await kernel.applyNetwork(steps);
    const { proxies = [] } = await kernel.readNetwork();
    return proxies.map(({ device, address }) => `${device} ${formatIp(address)}`).toSorted();
  }

  /** Who answers a question for an address: a hardware address, or nobody. */
  async function whoHas(address: string): Promise<string> {
    while (socket.receive().length > 0);
    socket.send([address.includes(":") ? solicitation(address) : arpRequest(address)]);
    for (let waitedMs = 0; waitedMs < 400; waitedMs += 50) {
      for (const bytes of socket.receive()) {
        const answer = address.includes(":") ? advertised(bytes, address) : arpAnswer(bytes, address);
        if (answer !== undefined) return answer;
      }
      await sleep(50);
    }
    return "nobody";
  }

  test("on the interface, for the addresses, as long as they are configured", async () => {
    const { ir } = compileText(text);
    const proxies = ["10.2.1.50", "10.2.1.60", "10.2.1.61", "10.2.1.62", "fd00:2::50"].map((it) => `toserver ${it}`);
    expect(await bring(ir.network)).toEqual(proxies);
    const mac = (await kernel.readNetwork()).links.find(({ device }) => device === "toserver")?.macAddress;
    const [arp, last, ndp] = [await whoHas("10.2.1.50"), await whoHas("10.2.1.62"), await whoHas("fd00:2::50")];
    expect([arp, last, ndp]).toEqual([mac, mac, mac]);
    expect(await whoHas("10.2.1.63")).toBe("nobody");
    // Nothing is to be done twice, and what somebody takes away comes back.
    const plan = () =>
      kernel.readNetwork().then((actual) => planNetwork({ desired: ir.network, before: nothing, actual }).steps);
    expect(await plan()).toEqual([]);
    await runIp(["neighbor delete proxy 10.2.1.50 dev toserver", "route delete 10.2.1.60 dev lo"]);
    expect(await plan()).toHaveLength(2);
    expect(await bring(ir.network)).toEqual(proxies);
    // Proxies of others stay.
    await runIp(["neighbor add proxy 10.2.1.99 dev toserver"]);
    expect(await bring(nothing)).toEqual([]);
    expect(await whoHas("10.2.1.50")).toBe("nobody");
    expect((await kernel.readNetwork()).routes).toEqual([]);
  });
});

function arpRequest(address: string): Uint8Array {
  const mac = Uint8Array.fromHex(asker.replaceAll(":", ""));
  const head = Uint8Array.of(0, 1, 8, 0, 6, 4, 0, 1);
  const sender = addressBytes("10.2.1.2");
  return Buffer.concat([
    new Uint8Array(6).fill(0xff),
    mac,
    Uint8Array.of(8, 6),
    head,
    mac,
    sender,
    new Uint8Array(6),
    addressBytes(address),
  ]);
}

function arpAnswer(bytes: Uint8Array, address: string): string | undefined {
  if (bytes[12] !== 8 || bytes[13] !== 6 || bytes[21] !== 2) return undefined;
  if (Buffer.compare(bytes.subarray(28, 32), addressBytes(address)) !== 0) return undefined;
  return macText(bytes.subarray(22, 28));
}

function solicitation(address: string): Uint8Array {
  const target = addressBytes(address);
  const end = Buffer.from(target.subarray(13)).toString("hex");
  const source = Uint8Array.of(1, 1, ...Uint8Array.fromHex(asker.replaceAll(":", "")));
  return buildFrame({
    sourceMac: asker,
    destinationMac: `33:33:ff:${end.slice(0, 2)}:${end.slice(2, 4)}:${end.slice(4)}`,
    source: "fd00:2::2",
    destination: `ff02::1:ff${end.slice(0, 2)}:${end.slice(2)}`,
    hopLimit: 255,
    content: { kind: "icmp", type: 135, code: 0, body: Buffer.concat([new Uint8Array(4), target, source]) },
  });
}

function advertised(bytes: Uint8Array, address: string): string | undefined {
  const frame = parseFrame(bytes);
  if (frame?.content.kind !== "icmp" || frame.content.type !== 136) return undefined;
  if (Buffer.compare(frame.content.body.subarray(4, 20), addressBytes(address)) !== 0) return undefined;
  return frame.sourceMac;
}

function macText(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(":");
}
