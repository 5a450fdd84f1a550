// The thread of a host: what it answers, in which order, and what its end means for whoever still waits.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildNetwork, removeNetwork } from "./build-network.ts";
import { Host } from "./host.ts";
import type { ProbeRequest } from "./probes/probe.ts";
import { startPlainRouter } from "./plain-router.ts";
import { hostOf } from "./topology.ts";
import type { Family, ServiceName } from "./topology.ts";

const enclosed = process.env["MERLON_ENCLOSED"] === "1";

function to(name: string, service: ServiceName, family: Family = 4, timeoutMs = 3_000): ProbeRequest {
  return { service, family, address: hostOf(name).addresses[family], hostName: name, timeoutMs };
}

/** An address of the network that nobody has: silence until the limit. */
const nobody: ProbeRequest = {
  service: "http",
  family: 4,
  address: "10.10.1.99",
  hostName: "nobody",
  timeoutMs: 20_000,
};

describe.skipIf(!enclosed)("a host (needs tools/setup/enclose.sh)", () => {
  beforeAll(async () => {
    await buildNetwork();
    await startPlainRouter();
  });
  afterAll(() => removeNetwork());

  test("answers in the order of the requests, however long each takes", async () => {
    await using web = await Host.start("web-server");
    await using client = await Host.start("finance-pc");
    const results = await client.probe([
      { ...nobody, timeoutMs: 300 },
      to("web-server", "http"),
      to("web-server", "postgresql", 6),
      { ...nobody, service: "ping", timeoutMs: 100 },
      to("web-server", "dns", 6),
      to(web.name, "ping"),
    ]);
    expect(results.map(({ verdict }) => verdict)).toEqual(["filtered", "open", "open", "filtered", "open", "open"]);
  });

  test("answers many questions at once and takes new ones meanwhile", async () => {
    await using _web = await Host.start("web-server");
    await using client = await Host.start("finance-pc");
    const services: readonly ServiceName[] = ["http", "postgresql", "dns", "ping"];
    const rounds = Array.from({ length: 5 }, () =>
      client.probe(services.flatMap((service) => ([4, 6] as const).map((family) => to("web-server", service, family)))),
    );
    const results = (await Promise.all(rounds)).flat();
    expect(results).toHaveLength(40);
    expect(results.filter(({ verdict }) => verdict !== "open")).toEqual([]);
  });

  test("that is stopped fails whoever waits, and whoever comes later", async () => {
    const client = await Host.start("finance-pc");
    const waiting = client.probe([nobody]);
    const failed = expect(waiting).rejects.toThrow("finance-pc was stopped");
    await client[Symbol.asyncDispose]();
    await failed;
    await expect(client.probe([nobody])).rejects.toThrow("finance-pc was stopped");
    await client[Symbol.asyncDispose]();
  });

  test("frees its ports when it stops, so that it can be started again at once", async () => {
    for (let round = 0; round < 3; round++) {
      await using web = await Host.start("web-server");
      await using client = await Host.start("data-store");
      const [result] = await client.probe([to(web.name, "http")]);
      expect(result?.verdict).toBe("open");
    }
  });

  test("cannot be started twice, nor without being in the topology", async () => {
    await using first = await Host.start("web-server");
    const second = await Host.start(first.name).catch((error: unknown) => error as Error);
    expect((second as Error).message).toContain("web-server failed");
    expect(((second as Error).cause as Error).message).toContain("EADDRINUSE");
    const unknown = await Host.start("nobody").catch((error: unknown) => error as Error);
    expect(((unknown as Error).cause as Error).message).toContain("no host nobody");
  });
});
