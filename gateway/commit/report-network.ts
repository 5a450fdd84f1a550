// Alarms about the links and routes that the configuration wants and the kernel does not have yet.

import type { Alarms } from "../alarms.ts";
import type { NetworkPlan } from "./plan-network.ts";

/** A configuration may name hundreds of ports that are not there. */
const namedMax = 8;

function namesOf(absent: NetworkPlan["absent"]): string {
  const names = absent.slice(0, namedMax).map(({ name, device }) => `${name} (${device})`);
  return absent.length > namedMax ? `${names.join(", ")} and ${absent.length - namedMax} more` : names.join(", ");
}

export function reportNetwork(alarms: Alarms, { absent, waiting }: Pick<NetworkPlan, "absent" | "waiting">): void {
  alarms.set(
    "interface.absent",
    "minor",
    absent.length === 0
      ? undefined
      : `${namesOf(absent)}: the kernel has no such device; ` + "it is set up when it appears",
  );
  alarms.set(
    "route.waiting",
    "minor",
    waiting.length === 0
      ? undefined
      : `${waiting.length} static routes wait for an interface that can reach their next hop`,
  );
}
