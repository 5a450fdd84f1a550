// Which devices the kernel's fast path can take packets from, found out by trying: a flowtable over each is made and
// deleted in the same transaction, so it never carries a packet.

import { tryRulesets, writeScratchFlowtable } from "./nf-tables/try-ruleset.ts";
import { readNetwork } from "./network.ts";

const devicesMax = 1_024;
const loopback = "lo";

/** None where the kernel has no flowtables. */
export async function readFastDevices(): Promise<ReadonlySet<string>> {
  const others = readNetwork().links.flatMap(({ device }) => (device === loopback ? [] : [device]));
  const devices = [loopback, ...others.slice(0, devicesMax)];
  const [ofLoopback, ...refusals] = await tryRulesets(
    devices.map((device) => ({ fill: (writer, family) => writeScratchFlowtable(writer, family, device) })),
  );
  if (ofLoopback !== undefined) return new Set();
  return new Set(devices.slice(1).filter((_, index) => refusals[index] === undefined));
}
