// What NETCONF costs: 10,000 `get-configuration` in a row with the memory before and after, 200 sessions at once, and a
// large configuration read and loaded. Each client is our own, over a Unix socket, in the process of the gateway, which has
// a kernel in memory. Run: `node --expose-gc bench/netconf.ts [POLICIES…]`; figures of a run stand in netconf/README.md.

import { connect, createServer } from "node:net";
import { join } from "node:path";
import { boot } from "@merlon/gateway/boot.ts";
import { duplexBytes } from "@merlon/gateway/serve/netconf/duplex-bytes.ts";
import { serveNetconf } from "@merlon/gateway/serve/netconf/serve-netconf.ts";
import { NetconfClient } from "@merlon/netconf/client.ts";
import { readOptions } from "./figures.ts";
import { generateConfiguration } from "./large-configuration.ts";
import { openMemoryGateway } from "./memory-gateway.ts";

const requestCount = 10_000;
const sessionCount = 200;
const stallMs = 60_000;

async function measure(policyCount: number): Promise<Record<string, number>> {
  await using memory = await openMemoryGateway();
  const { folder, gateway } = memory;
  const path = join(folder, "netconf.sock");
  const server = createServer({ allowHalfOpen: true }, (socket) => void serveNetconf(gateway, socket, { user: "ana" }));
  const open = (): Promise<NetconfClient> => NetconfClient.open(duplexBytes(connect(path), stallMs));
  const figures: Record<string, number> = { policies: policyCount };
  const time = async (step: string, work: () => Promise<unknown>): Promise<void> => {
    const from = performance.now();
    await work();
    figures[step] = Math.round(performance.now() - from);
  };
  try {
    const text = generateConfiguration(policyCount);
    await boot(gateway, { text, source: "bench" });
    await new Promise<void>((resolve) => server.listen(path, resolve));
    const client = await open();
    for (let i = 0; i < 200; i++)
      await client.rpc("<get-configuration><configuration><system/></configuration></get-configuration>");
    figures["heap MB before"] = heapMb();
    await time(`${requestCount} requests`, async () => {
      for (let i = 0; i < requestCount; i++)
        await client.rpc(
          "<get-configuration><configuration><security><zones/></security></configuration></get-configuration>",
        );
    });
    figures["heap MB after"] = heapMb();
    await time(`${sessionCount} sessions`, async () => {
      const clients = await Promise.all(Array.from({ length: sessionCount }, open));
      await Promise.all(
        clients.map((one) =>
          one.rpc(
            "<get-configuration><configuration><security><zones/></security></configuration></get-configuration>",
          ),
        ),
      );
      figures["heap MB with them"] = heapMb();
      await Promise.all(clients.map((one) => one.close()));
    });
    await time("whole as text", () => client.getConfiguration("text"));
    await time("whole as XML", () => client.getConfig("running"));
    await time("load override", () => client.loadText("override", text));
    await client.close();
    figures["heap MB at the end"] = heapMb();
    return figures;
  } finally {
    server.close();
  }
}

function heapMb(): number {
  globalThis.gc?.();
  return Math.round(process.memoryUsage().heapUsed / 1e6);
}

const { counts, show } = readOptions([10, 10_000]);
const rows: Record<string, number>[] = [];
for (const policyCount of counts) rows.push(await measure(policyCount));
show(rows);
