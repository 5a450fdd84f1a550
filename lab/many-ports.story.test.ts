// Twenty ports in ten zones: each port sends to each other one, and exactly what the policies of their zones permit arrives.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { expect, test } from "vitest";
import { boot } from "@merlon/gateway/boot.ts";
import { LinuxKernel } from "@merlon/gateway/kernel/linux-kernel.ts";
import { runIp } from "@merlon/gateway/kernel/run-ip.ts";
import { StoryNetwork } from "@merlon/gateway/kernel/story-network.ts";
import { enclosed, skipReason } from "@merlon/gateway/kernel/story-watch.ts";
import { openGateway } from "@merlon/gateway/testing/test-gateway.ts";
import { buildFrame } from "./frames.ts";
import { PacketSocket } from "./packet-socket.ts";

const portCount = 20;
const zoneCount = 10;
const ports = Array.from({ length: portCount }, (_, port) => port);
const mac = (side: "gateway" | "host", port: number) =>
  `02:00:00:00:0${side === "gateway" ? 1 : 2}:${port.toString(16).padStart(2, "0")}`;
const zoneOf = (port: number) => port % zoneCount;
/** Within a zone nothing is permitted either. */
const permitted = (from: number, to: number) => from !== to && (from + to) % 3 === 0;

function configuration(): string {
  const lines = ports.flatMap((port) => [
    `set interfaces ge-0/0/${port} kernel-name p${port}`,
    `set interfaces ge-0/0/${port} unit 0 family inet address 10.${port}.0.1/24`,
    `set security zones security-zone z${zoneOf(port)} interfaces ge-0/0/${port}.0`,
  ]);
  for (let from = 0; from < zoneCount; from++) {
    for (let to = 0; to < zoneCount; to++) {
      if (!permitted(from, to)) continue;
      const policy = `set security policies from-zone z${from} to-zone z${to} policy p`;
      lines.push(`${policy} match source-address any`, `${policy} match destination-address any`);
      lines.push(`${policy} match application junos-syslog`, `${policy} then permit`);
    }
  }
  return lines.map((line) => `${line}\n`).join("");
}

test.skipIf(!enclosed)(`twenty ports in ten zones${skipReason}`, async () => {
  await using stack = new AsyncDisposableStack();
  const network = stack.use(await StoryNetwork.create());
  const folder = await mkdtemp(join(tmpdir(), "merlon-ports-"));
  stack.defer(() => rm(folder, { recursive: true }));
  const client = network.pathOf("client").split("/").at(-1) ?? "";
  await runIp(
    ports.flatMap((port) => [
      `link add p${port} address ${mac("gateway", port)} type veth peer name h${port} address ${mac("host", port)} netns ${client}`,
    ]),
  );
  await network.at("client", () => runIp(ports.map((port) => `link set h${port} up`)));
  const gateway = await openGateway(new LinuxKernel(), folder);
  await boot(gateway, { text: configuration(), source: "story.conf" });
  expect(gateway.alarms.list()).toEqual([]);
  await runIp(
    ports.map((port) => `neighbour replace 10.${port}.0.2 lladdr ${mac("host", port)} dev p${port} nud permanent`),
  );
  const sockets = ports.map((port) => network.at("client", () => PacketSocket.open(`h${port}`, { receives: true })));
  for (const socket of sockets) stack.use(socket);

  const wanted: string[] = [];
  for (const from of ports) {
    const frames = ports.map((to) => {
      if (from !== to && permitted(zoneOf(from), zoneOf(to))) wanted.push(`${from} > ${to}`);
      return buildFrame({
        sourceMac: mac("host", from),
        destinationMac: mac("gateway", from),
        source: `10.${from}.0.2`,
        destination: `10.${to}.0.2`,
        content: { kind: "udp", sourcePort: 4000, destinationPort: 514, payload: Buffer.from(`${from} > ${to}`) },
      });
    });
    expect(sockets[from]?.send(frames)).toBe(portCount);
  }
  await wait(300);
  const arrived = sockets.flatMap((socket, port) =>
    socket.receive().flatMap((frame) => {
      // What was sent is seen here too.
      if (Buffer.from(frame.subarray(0, 6)).toString("hex") !== mac("host", port).replaceAll(":", "")) return [];
      const found = /(\d+) > (\d+)/.exec(Buffer.from(frame).toString("latin1"));
      return found?.[2] === String(port) ? [found[0]] : [];
    }),
  );
  expect(arrived.toSorted()).toEqual(wanted.toSorted());
});
