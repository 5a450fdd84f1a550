// A zone that a command is asked about must be there: an empty answer would read as "nothing passes", or "nothing counted".

import type { Gateway } from "../gateway.ts";
import { OperationRefused } from "./operation.ts";
import type { Input } from "./operation.ts";

const zoneWords = ["from-zone", "to-zone", "zone"] as const;

/** Throws `OperationRefused`. Names that begin with `junos-` are the system's own (`junos-host`, `junos-global`). */
export function demandZones({ running }: Pick<Gateway, "running">, input: Input): void {
  const known = new Set(running?.prepared.ir.zones.map(({ name }) => name));
  for (const word of zoneWords) {
    const name = input[word];
    if (typeof name !== "string" || name.startsWith("junos-") || known.has(name)) continue;
    throw new OperationRefused(`there is no zone ${name}`);
  }
}
