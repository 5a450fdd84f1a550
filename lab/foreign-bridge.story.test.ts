// Two hosts on the bridge of somebody else, on a gateway where bridged packets pass netfilter: they go on speaking with
// each other, and with nobody else.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { boot } from "@merlon/gateway/boot.ts";
import { LinuxKernel } from "@merlon/gateway/kernel/linux-kernel.ts";
import { runIp } from "@merlon/gateway/kernel/run-ip.ts";
import { StoryNetwork } from "@merlon/gateway/kernel/story-network.ts";
import { enclosed, skipReason } from "@merlon/gateway/kernel/story-watch.ts";
import { closeFile } from "@merlon/gateway/kernel/libc.ts";
import { openUdpSocket, sendUdp } from "@merlon/gateway/kernel/story-traffic.ts";
import { Reconciler } from "@merlon/gateway/reconcile.ts";
import { openGateway, typeAs } from "@merlon/gateway/testing/test-gateway.ts";
import { PacketSocket } from "./packet-socket.ts";

const configuration = `
interfaces { eth9 { unit 0 { family inet { address 10.9.0.1/24; } } } }
security { zones { security-zone a { interfaces { eth9.0; } } } }`;

test.skipIf(!enclosed)(`the bridge of somebody else${skipReason}`, async () => {
  await using stack = new AsyncDisposableStack();
  const network = stack.use(await StoryNetwork.create());
  const folder = await mkdtemp(join(tmpdir(), "merlon-foreign-"));
  stack.defer(() => rm(folder, { recursive: true }));
  const gateway = await openGateway(new LinuxKernel(), folder);
  await gateway.kernel.writeSysctl("net.bridge.bridge-nf-call-iptables", "1");
  await boot(gateway, { text: configuration, source: "story.conf" });
  await runIp([
    ...["toclient", "toserver"].map((device) => `address flush dev ${device}`),
    "link add docker0 type bridge forward_delay 0",
    ...["toclient", "toserver"].map((device) => `link set ${device} master docker0`),
    "link set docker0 up",
  ]);
  await network.at("server", () => runIp(["address add 10.1.1.3/24 dev eth0"]));
  const socket = network.at("client", () => openUdpSocket(4));
  stack.defer(() => closeFile(socket));
  const server = stack.use(network.at("server", () => PacketSocket.open("eth0", { receives: true })));
  let round = 0;
  const reaches = async (): Promise<boolean> => {
    const word = `round ${++round}`;
    const arrived = () => {
      sendUdp(socket, "10.1.1.3", 9, Buffer.from(word));
      return server.receive().some((frame) => Buffer.from(frame).includes(word));
    };
    try {
      await expect.poll(arrived, { timeout: 1_500, interval: 20 }).toBe(true);
      return true;
    } catch {
      return false;
    }
  };
  expect(await reaches()).toBe(false);
  using reconciler = new Reconciler(gateway);
  await reconciler.checkNetwork();
  expect(await reaches()).toBe(true);
  // A commit builds the next generation with the same knowledge.
  await typeAs(gateway, "anna", "configure", "set system host-name other", "commit");
  expect(await reaches()).toBe(true);
});
