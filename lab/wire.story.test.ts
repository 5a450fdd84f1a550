// A secure wire on the real kernel: two hosts of one network with the gateway between them as a wire. TCP of both IP
// versions, frames with a VLAN tag, what is denied, what is no IP, and commits that take the wire away and give it back.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { boot } from "@merlon/gateway/boot.ts";
import type { Gateway } from "@merlon/gateway/gateway.ts";
import { closeFile } from "@merlon/gateway/kernel/libc.ts";
import { LinuxKernel } from "@merlon/gateway/kernel/linux-kernel.ts";
import { runIp } from "@merlon/gateway/kernel/run-ip.ts";
import { StoryNetwork } from "@merlon/gateway/kernel/story-network.ts";
import type { Place } from "@merlon/gateway/kernel/story-network.ts";
import { helloClient, helloServer, openUdpSocket, sendUdp } from "@merlon/gateway/kernel/story-traffic.ts";
import { enclosed, skipReason } from "@merlon/gateway/kernel/story-watch.ts";
import { Reconciler } from "@merlon/gateway/reconcile.ts";
import { openGateway, typeAs } from "@merlon/gateway/testing/test-gateway.ts";
import { flowRecordOf } from "@merlon/gateway/log/flow-log.ts";
import { buildFrame, tcpFlags } from "./frames.ts";
import { PacketSocket } from "./packet-socket.ts";

const configuration = `
interfaces {
  toclient { unit 0 { family ethernet-switching; } }
  toserver { unit 0 { family ethernet-switching; } }
}
security {
  forwarding-options { secure-wire w { interface [ toclient.0 toserver.0 ]; } }
  zones {
    security-zone client { host-inbound-traffic { system-services { all; } } interfaces { toclient.0; } }
    security-zone server { interfaces { toserver.0; } }
  }
  policies {
    from-zone client to-zone server {
      policy web {
        match { source-address any; destination-address any; application [ junos-http junos-syslog ]; }
        then { permit; log { session-close; } count; }
      }
    }
  }
}`;

const serverIpv4 = "10.1.1.3";
const serverIpv6 = "fd00:1::3";
/** Longer than a frame takes on a busy machine. */
const silenceMs = 150;

describe.skipIf(!enclosed)(`a secure wire${skipReason}`, () => {
  let network: StoryNetwork;
  let folder: string;
  let gateway: Gateway;
  const closers: (() => void)[] = [];

  beforeEach(async () => {
    network = await StoryNetwork.create();
    folder = await mkdtemp(join(tmpdir(), "merlon-wire-"));
    await runIp(["toclient", "toserver"].map((device) => `address flush dev ${device}`));
    const added = [`address add ${serverIpv4}/24 dev eth0`, `address add ${serverIpv6}/64 dev eth0 nodad`];
    await network.at("server", () => runIp(added));
    gateway = await openGateway(new LinuxKernel(), folder);
    await boot(gateway, { text: configuration, source: "story.conf" });
    expect(gateway.alarms.list()).toEqual([]);
  });
  afterEach(async () => {
    for (const close of closers.splice(0)) close();
    await network[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
  });

  async function serve(): Promise<void> {
    const program = helloServer.replaceAll(".listen(80", '.listen(80, "::"');
    const child = network.at("server", () =>
      spawn(process.execPath, ["-e", program], { stdio: ["ignore", "pipe", "inherit"] }),
    );
    closers.push(() => void child.kill("SIGKILL"));
    await once(child.stdout, "data");
  }

  /** What the client reads from the server; empty when it gets nothing. */
  async function fetchFrom(place: Place, address: string, port: number): Promise<string> {
    const program = `${helloClient(address, port)}
      socket.on("data", (data) => process.stdout.write(data));`;
    const child = network.at(place, () =>
      spawn(process.execPath, ["-e", program], { stdio: ["ignore", "pipe", "inherit"] }),
    );
    let text = "";
    child.stdout.on("data", (data: Buffer) => (text += data.toString()));
    await once(child, "close");
    return text.replace("closed\n", "");
  }

  const commit = async (...lines: readonly string[]) =>
    expect(await typeAs(gateway, "anna", "configure", ...lines, "commit")).toContain("commit complete");

  async function sessions(): Promise<readonly string[]> {
    const found: string[] = [];
    for await (const batch of gateway.kernel.dumpSessions()) {
      for (const { original, mark } of batch) {
        const rule = gateway.rules.find(mark);
        found.push(`${rule?.fromZone} ${rule?.toZone} ${rule?.policy.name} ${original.destinationPort}`);
      }
    }
    return found;
  }

  test("both IP versions cross by the policies of its zones, and nothing else does", async () => {
    await serve();
    expect(await fetchFrom("client", serverIpv4, 80)).toBe("hello");
    expect(await fetchFrom("client", serverIpv6, 80)).toBe("hello");
    expect(await sessions()).toEqual(["client server web 80", "client server web 80"]);
    // Port 81 has no listener: a reset of the server would come back at once if the segment had crossed.
    const refused = performance.now();
    expect(await fetchFrom("client", serverIpv4, 81)).toBe("");
    expect(performance.now() - refused).toBeGreaterThan(1_900);
    expect(await typeAs(gateway, "anna", "show security policies hit-count")).toMatch(/client +server +web +2/);
  });

  test("a commit takes it away and gives it back; a port that was lost is put back", async () => {
    await serve();
    await commit("delete security forwarding-options secure-wire w");
    expect(await fetchFrom("client", serverIpv4, 80)).toBe("");
    expect((await gateway.kernel.readNetwork()).links.some(({ device }) => device === "wire-w")).toBe(false);
    expect(await gateway.kernel.readWirePorts()).toEqual(new Map());
    await commit("set security forwarding-options secure-wire w interface [ toclient.0 toserver.0 ]");
    // What it asked in vain would be asked again only after seconds.
    await network.at("client", () => runIp(["neighbour flush dev eth0"]));
    expect(await fetchFrom("client", serverIpv4, 80)).toBe("hello");
    await runIp(["link set toserver nomaster"]);
    await gateway.kernel.writeWirePorts(new Map());
    await gateway.kernel.writeSysctl("net.bridge.bridge-nf-call-iptables", "0");
    using reconciler = new Reconciler(gateway);
    await reconciler.checkNetwork();
    expect(await gateway.kernel.readSysctl("net.bridge.bridge-nf-call-iptables")).toBe("1");
    expect(await fetchFrom("client", serverIpv4, 80)).toBe("hello");
  });

  test("a port that stands in another zone now takes no session along", async () => {
    await serve();
    expect(await fetchFrom("client", serverIpv4, 80)).toBe("hello");
    await network.at("client", () => runIp([`neighbour flush dev eth0`]));
    const socket = network.at("client", () => openUdpSocket(4));
    closers.push(() => closeFile(socket));
    sendUdp(socket, serverIpv4, 514, new Uint8Array(4));
    const standing = "client server web 514";
    await expect.poll(sessions, { timeout: 4_000 }).toContain(standing);
    await commit("set security zones security-zone client description wires");
    expect(await sessions()).toContain(standing);
    await commit(
      "delete security zones security-zone server interfaces toserver.0",
      "set security zones security-zone quarantine interfaces toserver.0",
    );
    await expect.poll(sessions, { timeout: 4_000 }).toEqual([]);
    sendUdp(socket, serverIpv4, 514, new Uint8Array(4));
    await wait(silenceMs);
    expect(await sessions()).toEqual([]);
  });

  test("a screen checks what enters by a port, and logs name the port", async () => {
    const client = network.at("client", () => PacketSocket.open("eth0", { receives: false }));
    const server = network.at("server", () => PacketSocket.open("eth0", { receives: true }));
    closers.push(
      () => client[Symbol.dispose](),
      () => server[Symbol.dispose](),
    );
    await commit("set security screen ids-option edge tcp land", "set security zones security-zone client screen edge");
    const logged: string[] = [];
    const watch = await gateway.kernel.watch((event) => {
      if (event.kind !== "packet-logged") return;
      const screened = gateway.rules.screens.recordOf(event.packet, 0);
      const refused = flowRecordOf(event, gateway);
      logged.push(screened === undefined ? `refused ${refused?.inInterface}` : `land ${screened.interface}`);
    });
    closers.push(() => watch[Symbol.dispose]());
    const segment = (source: string, destinationPort: number) =>
      buildFrame({
        sourceMac: "02:00:00:00:00:0a",
        destinationMac: "02:00:00:00:00:0b",
        source,
        destination: serverIpv4,
        content: {
          kind: "tcp",
          sourcePort: 4000,
          destinationPort,
          sequence: 1,
          acknowledgement: 0,
          flags: tcpFlags.syn,
          payload: Buffer.from("payload of a segment"),
        },
      });
    client.send([segment(serverIpv4, 80), segment("10.1.1.2", 81), segment("10.1.1.2", 80)]);
    await wait(silenceMs);
    const arrived = server.receive().filter((frame) => Buffer.from(frame).includes("payload of a segment"));
    expect(arrived.length).toBe(1);
    expect(logged).toEqual(["land toclient.0", "refused toclient.0"]);
  });

  test("tags stay, what is no IP crosses, and the gateway itself is silent", async () => {
    const client = network.at("client", () => PacketSocket.open("eth0", { receives: true }));
    const server = network.at("server", () => PacketSocket.open("eth0", { receives: true }));
    closers.push(
      () => client[Symbol.dispose](),
      () => server[Symbol.dispose](),
    );
    const [from, to] = ["02:00:00:00:00:0a", "02:00:00:00:00:0b"];
    const datagram = (destinationPort: number, text: string) =>
      buildFrame({
        sourceMac: from,
        destinationMac: to,
        source: "10.1.1.2",
        destination: serverIpv4,
        content: { kind: "udp", sourcePort: 4000, destinationPort, payload: Buffer.from(text) },
      });
    const tagged = (frame: Uint8Array, vlan: number) =>
      Uint8Array.from([...frame.subarray(0, 12), 0x81, 0x00, vlan >>> 8, vlan & 0xff, ...frame.subarray(12)]);
    const strange = Uint8Array.from([
      ...datagram(514, "x").subarray(0, 12),
      0x88,
      0xb5,
      ...Buffer.from("strange".padEnd(46)),
    ]);
    client.send([datagram(514, "plain"), datagram(515, "denied"), tagged(datagram(514, "tagged"), 100)]);
    client.send([tagged(datagram(515, "denied tagged"), 100), strange]);
    // What hosts would unpack to IP, and the filter would not see as such.
    const snap = (frame: Uint8Array) => {
      const packet = [0xaa, 0xaa, 0x03, 0, 0, 0, ...frame.subarray(12)];
      return Uint8Array.from([...frame.subarray(0, 12), packet.length >>> 8, packet.length & 0xff, ...packet]);
    };
    const overPppoe = (frame: Uint8Array) => {
      const packet = [0x00, 0x21, ...frame.subarray(14)];
      const header = [0x88, 0x64, 0x11, 0x00, 0x00, 0x01, packet.length >>> 8, packet.length & 0xff];
      return Uint8Array.from([...frame.subarray(0, 12), ...header, ...packet]);
    };
    client.send([
      tagged(tagged(datagram(514, "hidden twice"), 0), 0),
      snap(datagram(514, "hidden snap")),
      overPppoe(datagram(515, "hidden pppoe")),
      overPppoe(datagram(514, "permitted pppoe")),
    ]);
    await wait(silenceMs);
    const arrivedFrames = server.receive();
    const arrived = arrivedFrames.map((frame) => Buffer.from(frame).toString("latin1"));
    const words = ["plain", "tagged", "denied", "strange", "hidden", "permitted pppoe"];
    const seen = words.filter((word) => arrived.some((text) => text.includes(word)));
    expect(seen).toEqual(["plain", "tagged", "strange", "permitted pppoe"]);
    const { links } = await gateway.kernel.readNetwork();
    const ours = links.map(({ macAddress }) => macAddress.replaceAll(":", ""));
    const said = [...client.receive(), ...arrivedFrames].map((frame) =>
      Buffer.from(frame.subarray(6, 12)).toString("hex"),
    );
    expect(said.filter((mac) => ours.includes(mac))).toEqual([]);
    expect(await sessions()).toContain("client server web 514");
  });
});
