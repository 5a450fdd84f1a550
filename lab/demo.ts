// The whole demo as one thing that is started and disposed: network, hosts, gateway. Whatever part fails to start, the
// parts that stand are taken down again.

import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { GatewayClient } from "@merlon/gateway/client.ts";
import { buildNetwork, removeNetwork } from "./build-network.ts";
import { GatewayProcess } from "./gateway-process.ts";
import { Host } from "./host.ts";
import { gatewayName, hosts, zones } from "./topology.ts";

export const configFile = fileURLToPath(new URL("four-segments.conf", import.meta.url));

/** In the enclosure /run is a file system of our own in memory, so the state goes with it even after kill -9. */
const stateParent = "/run";

export interface Step {
  readonly what: string;
  readonly tookMs: number;
}

export interface Demo extends AsyncDisposable {
  readonly hosts: readonly Host[];
  readonly gateway: GatewayProcess;
  readonly client: GatewayClient;
}

/** Starts everything; `onStep` hears of each finished part. */
export async function startDemo(onStep: (step: Step) => void): Promise<Demo> {
  const stack = new AsyncDisposableStack();
  const step = async <T>(what: string, work: () => Promise<T>): Promise<T> => {
    const startedMs = performance.now();
    const result = await work();
    onStep({ what, tookMs: performance.now() - startedMs });
    return result;
  };
  try {
    await step(`network of ${zones.length} zones and ${hosts.length} hosts built`, () => buildNetwork());
    stack.defer(() => removeNetwork());
    // The gateway first, and alone on the processor, because its start is measured.
    const stateFolder = await mkdtemp(join(stateParent, "merlon-lab-"));
    stack.defer(() => rm(stateFolder, { recursive: true, force: true }));
    const gateway = await step("gateway enforces four-segments.conf", () =>
      GatewayProcess.start({ network: gatewayName, configFile, stateFolder }),
    );
    stack.use(gateway);
    const running = await step("servers and clients run on every host", () => startHosts(stack));
    const client = new GatewayClient(gateway.ready.socket);
    return { hosts: running, gateway, client, [Symbol.asyncDispose]: () => stack.disposeAsync() };
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
}

async function startHosts(stack: AsyncDisposableStack): Promise<readonly Host[]> {
  // All settled before any is given up: a thread that is ended while it loads its code takes the process with it.
  const started = await Promise.allSettled(hosts.map(({ name }) => Host.start(name)));
  const running = started.flatMap((result) => (result.status === "fulfilled" ? [stack.use(result.value)] : []));
  const failed = started.find((result) => result.status === "rejected");
  if (failed !== undefined) throw failed.reason;
  return running;
}
