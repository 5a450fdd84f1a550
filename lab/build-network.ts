// Builds the demo network from its plan and takes it away again. `ip -batch` does the work of one namespace in one
// process; what the plan does not name is not touched.

import { existsSync, writeFileSync } from "node:fs";
import { runIp } from "@merlon/gateway/kernel/run-ip.ts";
import { inNetwork, namespacePath } from "./network-namespace.ts";
import { planNetwork } from "./network-plan.ts";
import type { NetworkPlan } from "./network-plan.ts";
import { hosts, zones } from "./topology.ts";

/**
 * Throws when a namespace of that name stands already, which then is somebody else's and stays, or with the words of `ip`
 * when the kernel refuses something; what was built until then is removed again.
 */
export async function buildNetwork(plan: NetworkPlan = planNetwork(zones, hosts)): Promise<void> {
  const taken = plan.namespaces.filter((name) => existsSync(namespacePath(name)));
  if (taken.length > 0) {
    throw new Error(`the namespace ${taken.join(", ")} stands already: stop the other demo, or run this one enclosed`);
  }
  try {
    await build(plan);
  } catch (error) {
    await removeNetwork(plan);
    throw error;
  }
}

async function build(plan: NetworkPlan): Promise<void> {
  await runIp(plan.cables.filter(isNamespace));
  for (const { namespace, name, value } of plan.sysctls) writeSysctl(namespace, name, value);
  await runIp(plan.cables.filter((line) => !isNamespace(line)));
  await Promise.all(plan.setups.map(({ namespace, lines }) => runIp(lines, namespace)));
}

/** Removes the plan's namespaces, and with them every link, address and route in them. */
export async function removeNetwork(plan: NetworkPlan = planNetwork(zones, hosts)): Promise<void> {
  const standing = plan.namespaces.filter((name) => existsSync(namespacePath(name)));
  await runIp(standing.map((name) => `netns delete ${name}`));
}

function isNamespace(line: string): boolean {
  return line.startsWith("netns ");
}

function writeSysctl(namespace: string, name: string, value: string): void {
  const path = `/proc/sys/${name.replaceAll(".", "/")}`;
  inNetwork(namespace, () => {
    // A kernel without br_netfilter or IPv6 does not have the file, and then it needs no value either.
    if (existsSync(path)) writeFileSync(path, value);
  });
}
