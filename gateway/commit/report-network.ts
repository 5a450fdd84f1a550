// Alarms about the links and routes that the configuration wants and the kernel does not have yet.

import type { Alarms } from "../alarms.ts";
import type { NetworkPlan } from "./plan-network.ts";

export function reportNetwork(alarms: Alarms, { absent, waiting }: Pick<NetworkPlan, "absent" | "waiting">): void {
  alarms.set(
    "interface.absent",
    "minor",
    absent.length === 0
      ? undefined
      : `${absent.map(({ name, device }) => `${name} (${device})`).join(", ")}: the kernel has no such device; ` +
          "it is set up when it appears",
  );
  alarms.set(
    "route.waiting",
    "minor",
    waiting.length === 0
      ? undefined
      : `${waiting.length} static routes wait for an interface that can reach their next hop`,
  );
}
