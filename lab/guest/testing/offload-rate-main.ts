// How much faster the fast path is, in the guest: datagrams that one burst after another pushes through an established
// session, with the flowtable and by the chains, in turn. Only the ratio means something: the guest is emulated.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { boot } from "@merlon/gateway/boot.ts";
import { LinuxKernel } from "@merlon/gateway/kernel/linux-kernel.ts";
import { StoryNetwork, clientIpv4, serverIpv4 } from "@merlon/gateway/kernel/story-network.ts";
import { openGateway, typeAs } from "@merlon/gateway/testing/test-gateway.ts";
import { buildFrame } from "../../frames.ts";
import { PacketSocket } from "../../packet-socket.ts";
import { UdpPair } from "./udp-pair.ts";

const rounds = 7;
const framesPerBurst = 64;
const burstsPerRound = 60;
const port = 514;

const configuration = `
interfaces {
  toclient { unit 0 { family inet { address 10.1.1.1/24; } } }
  toserver { unit 0 { family inet { address 10.2.1.1/24; } } }
}
applications { application talk { protocol udp; destination-port ${port}; } }
security {
  zones { security-zone client { interfaces { toclient.0; } } security-zone server { interfaces { toserver.0; } } }
  policies { from-zone client to-zone server { policy talk {
    match { source-address any; destination-address any; application talk; } then { permit; count; }
  } } }
}`;

describe("the rate of the fast path", () => {
  test("in turn with the chains", { timeout: 200_000 }, async () => {
    await using stack = new AsyncDisposableStack();
    const network = stack.use(await StoryNetwork.create());
    const folder = await mkdtemp(join(tmpdir(), "merlon-rate-"));
    stack.defer(() => rm(folder, { recursive: true }));
    const gateway = await openGateway(new LinuxKernel(), folder);
    await boot(gateway, { text: configuration, source: "rate.conf" });
    const { links } = await gateway.kernel.readNetwork();
    const macOf = (device: string) => links.find((link) => link.device === device)?.macAddress ?? expect.fail(device);
    const socket = stack.use(network.at("client", () => PacketSocket.open("eth0", { receives: false })));
    const frame = buildFrame({
      sourceMac: "02:00:00:00:00:0a",
      destinationMac: macOf("toclient"),
      source: clientIpv4,
      destination: serverIpv4,
      content: { kind: "udp", sourcePort: 40_000, destinationPort: port, payload: new Uint8Array(64) },
    });
    const burst = Array<Uint8Array>(framesPerBurst).fill(frame);
    using pair = UdpPair.open(network, { client: clientIpv4, server: serverIpv4, port });
    const found = { "flow table": [] as number[], chains: [] as number[] };
    for (let round = 0; round < rounds; round++) {
      for (const way of ["flow table", "chains"] as const) {
        const word = way === "chains" ? "set" : "delete";
        if (way === "chains" || round > 0) {
          await typeAs(
            gateway,
            "anna",
            "configure",
            `${word} security forwarding-options services-offload disable`,
            "commit",
          );
        }
        for (let i = 0; i < 3; i++) expect(await pair.exchange()).toEqual([1, 1]);
        const startedMs = performance.now();
        for (let i = 0; i < burstsPerRound; i++) socket.send(burst);
        const seconds = (performance.now() - startedMs) / 1_000;
        found[way].push(Math.round((framesPerBurst * burstsPerRound) / seconds));
        pair.drain();
      }
    }
    const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
    const ratio = median(found["flow table"]) / median(found.chains);
    process.stdout.write(`packets/s: ${JSON.stringify(found)}; ratio of the medians ${ratio.toFixed(2)}\n`);
    expect(ratio).toBeGreaterThan(1);
  });
});
