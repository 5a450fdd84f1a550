// Sessions on the kernel's fast path, through the whole gateway: they are forwarded without meeting a chain, counted all
// the same, and a commit that takes their policy away stops them at once.

import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { boot } from "@merlon/gateway/boot.ts";
import type { Gateway } from "@merlon/gateway/gateway.ts";
import type { KernelEvent, KernelSession } from "@merlon/gateway/kernel/kernel.ts";
import { LinuxKernel } from "@merlon/gateway/kernel/linux-kernel.ts";
import { StoryNetwork, clientIpv4, clientIpv6, serverIpv4, serverIpv6 } from "@merlon/gateway/kernel/story-network.ts";
import type { Place } from "@merlon/gateway/kernel/story-network.ts";
import { runNft } from "@merlon/gateway/kernel/story-tool.ts";
import { flowRecordOf } from "@merlon/gateway/log/flow-log.ts";
import type { FlowRecord } from "@merlon/gateway/log/flow-record.ts";
import { rulesetDifferences } from "@merlon/gateway/ruleset-differences.ts";
import { openGateway, typeAs } from "@merlon/gateway/testing/test-gateway.ts";
import { UdpPair } from "./udp-pair.ts";
import { placeWitness, seenByWitness } from "./witness.ts";

const place = "security policies from-zone client to-zone server policy";
const policies = [
  ...[5144, 5146, 5152].map((port) => policy(port, "udp")),
  policy(5150, "udp", { application: "inactivity-timeout 300;" }),
  policy(5151, "udp", { permit: "no-services-offload;" }),
  policy(5160, "tcp"),
];
const configuration = `
interfaces {
  toclient { unit 0 { family inet { address 10.1.1.1/24; } family inet6 { address fd00:1::1/64; } } }
  toserver { unit 0 { family inet { address 10.2.1.1/24; } family inet6 { address fd00:2::1/64; } } }
}
applications { ${policies.map((each) => each.application).join("\n")} }
security {
  nat { source {
    pool outside { address { 198.51.100.10/32; } }
    rule-set s {
      from zone client; to zone server;
      rule tcp { match { source-address 0.0.0.0/0; destination-port 5160; } then { source-nat { pool { outside; } } } }
    }
  } }
  zones {
    security-zone client { interfaces { toclient.0; } }
    security-zone server { interfaces { toserver.0; } }
  }
  policies { from-zone client to-zone server { ${policies.map((each) => each.policy).join("\n")} } }
}`;

function policy(port: number, protocol: string, more: { application?: string; permit?: string } = {}) {
  const permit = more.permit === undefined ? "permit;" : `permit { ${more.permit} }`;
  return {
    application: `application app${port} { protocol ${protocol}; destination-port ${port}; ${more.application ?? ""} }`,
    policy: `policy talk${port} {
      match { source-address any; destination-address any; application app${port}; }
      then { ${permit} log { session-close; } count; }
    }`,
  };
}

const patience = { timeout: 20_000, interval: 50 };
describe("the fast path", () => {
  const stack = new AsyncDisposableStack();
  let network: StoryNetwork;
  let gateway: Gateway;
  const records: FlowRecord[] = [];

  beforeAll(async () => {
    network = stack.use(await StoryNetwork.create());
    const folder = await mkdtemp(join(tmpdir(), "merlon-offload-"));
    stack.defer(() => rm(folder, { recursive: true }));
    gateway = await openGateway(new LinuxKernel(), folder);
    const take = (event: KernelEvent): void => {
      const record = flowRecordOf(event, gateway);
      if (record?.kind === "session-close") records.push(record);
    };
    stack.use(await gateway.kernel.watch(take));
    await boot(gateway, { text: configuration, source: "story.conf" });
    expect(gateway.alarms.list()).toEqual([]);
    await placeWitness();
  });
  afterAll(() => stack.disposeAsync());

  const sessionOf = async (port: number): Promise<KernelSession | undefined> =>
    (await Array.fromAsync(gateway.kernel.dumpSessions()))
      .flat()
      .find(({ original }) => original.destinationPort === port);
  /** Once a dump has passed by, the kernel has told of all that is over. */
  const closed = async (port: number): Promise<readonly FlowRecord[]> => {
    for await (const _ of gateway.kernel.dumpSessions());
    return records.filter(({ destinationPort }) => destinationPort === port);
  };
  const commit = async (...lines: readonly string[]): Promise<void> =>
    expect(await typeAs(gateway, "anna", "configure", ...lines, "commit")).toContain("commit complete");
  const run = (where: Place, program: string): ChildProcess => {
    const child = network.at(where, () =>
      spawn(process.execPath, ["-e", program], { stdio: ["ignore", "pipe", "inherit"] }),
    );
    stack.defer(() => void child.kill("SIGKILL"));
    return child;
  };
  const exchange = async (pair: UdpPair, times: number): Promise<void> => {
    for (let i = 0; i < times; i++) expect(await pair.exchange()).toEqual([1, 1]);
  };

  test("the table has it, in nft's words too, and is found to be as it was written", async () => {
    const table = await gateway.kernel.readTable();
    expect(table?.flowtables).toEqual([
      { name: "fast", priority: 0, devices: ["toclient", "toserver"], counter: true },
    ]);
    const text = await runNft("list", "table", "inet", "merlon");
    expect(text).toMatch(
      /flowtable fast \{\s+hook ingress priority (filter|0)\s+devices = \{ toclient, toserver \}\s+counter/,
    );
    expect(text).toContain("flow add @fast");
    expect(await rulesetDifferences(gateway.kernel, gateway.running ?? expect.fail())).toEqual([]);
  });

  test.each([
    [4, clientIpv4, serverIpv4, 5144],
    [6, clientIpv6, serverIpv6, 5146],
  ])(
    "IPv%s: carried past every chain and counted; a commit without its policy stops it",
    async (_, client, server, port) => {
      using pair = UdpPair.open(network, { client, server, port });
      await exchange(pair, 3);
      const before = await seenByWitness();
      await exchange(pair, 20);
      expect(await seenByWitness()).toBe(before);
      expect(await sessionOf(port)).toMatchObject({ packetsOriginal: 23, packetsReply: 23, offloaded: true });
      expect(await typeAs(gateway, "anna", "show security flow session summary")).toContain(
        "Services-offload-sessions: 1\nFailed-sessions: 0\n",
      );
      // A commit that is not about it leaves it where it is.
      await commit("set system host-name other");
      await exchange(pair, 2);
      expect(await seenByWitness()).toBe(before);

      await commit(`deactivate ${place} talk${port}`);
      expect(await pair.exchange()).toEqual([0, 0]);
      expect(await sessionOf(port)).toBeUndefined();
      await expect
        .poll(() => closed(port), patience)
        .toMatchObject([
          {
            packetsFromClient: 25,
            bytesFromClient: 25 * pair.packetSizeBytes,
            bytesFromServer: 25 * pair.packetSizeBytes,
          },
        ]);
    },
  );

  test("a session whose application has an idle time of its own, or whose policy wants it so, meets the chains", async () => {
    for (const port of [5150, 5151]) {
      using pair = UdpPair.open(network, { client: clientIpv4, server: serverIpv4, port });
      await exchange(pair, 3);
      const before = await seenByWitness();
      await exchange(pair, 5);
      expect(await seenByWitness()).toBe(before + 10);
      expect(await sessionOf(port)).not.toHaveProperty("offloaded");
    }
  });

  test("TCP, translated, ends as it ended without it: by its FIN, with all of its bytes", async () => {
    const sizeBytes = 600_000;
    const server = run(
      "server",
      `require("node:net").createServer((s) => s.end(Buffer.alloc(${sizeBytes}))).listen(5160, () => console.log("ready"));`,
    );
    await once(server.stdout ?? expect.fail(), "data");
    const before = await seenByWitness();
    const client = run(
      "client",
      `let n = 0; require("node:net").connect(5160, "${serverIpv4}").on("data", (d) => (n += d.length)).on("close", () => console.log(n));`,
    );
    expect(String(await once(client.stdout ?? expect.fail(), "data"))).toBe(`${sizeBytes}\n`);
    await expect
      .poll(() => closed(5160), patience)
      .toMatchObject([{ reason: "TCP FIN", nat: { source: "198.51.100.10" } }]);
    const [record] = await closed(5160);
    const packets = (record?.packetsFromClient ?? 0) + (record?.packetsFromServer ?? 0);
    expect(record?.bytesFromServer).toBeGreaterThan(sizeBytes);
    expect(record?.bytesFromServer).toBeLessThan(sizeBytes * 1.1);
    // The handshake, the end, and what was on its way meanwhile.
    expect((await seenByWitness()) - before).toBeLessThan(packets / 2);
  });

  test("without it by a statement, sessions go on by the chains, and the table is as it was written", async () => {
    using pair = UdpPair.open(network, { client: clientIpv4, server: serverIpv4, port: 5152 });
    await exchange(pair, 3);
    await commit("set security forwarding-options services-offload disable");
    expect((await gateway.kernel.readTable())?.flowtables ?? []).toEqual([]);
    const before = await seenByWitness();
    await exchange(pair, 5);
    expect(await seenByWitness()).toBe(before + 10);
    expect(await sessionOf(5152)).toMatchObject({ packetsOriginal: 8, packetsReply: 8 });
    await commit("delete security forwarding-options services-offload");
    await exchange(pair, 2);
    const after = await seenByWitness();
    await exchange(pair, 5);
    expect(await seenByWitness()).toBe(after);
    expect(gateway.alarms.list()).toEqual([]);
  });
});
