// Which devices the kernel's fast path can take packets from, found out by trying: a flowtable over each is made and
// deleted in one transaction, so it never carries a packet.

import type { BatchWriter } from "./nf-tables/batch-writer.ts";
import { tryRuleset, writeScratchFlowtable } from "./nf-tables/try-ruleset.ts";
import { readNetwork } from "./network.ts";

/** A try takes about a millisecond. */
const devicesMax = 1_024;
const loopback = "lo";

/** None where the kernel has no flowtables. */
export async function readFastDevices(): Promise<ReadonlySet<string>> {
  const takes = async (device: string): Promise<boolean> =>
    (await tryRuleset((writer: BatchWriter, family) => writeScratchFlowtable(writer, family, device))) === undefined;
  const found = new Set<string>();
  if (!(await takes(loopback))) return found;
  for (const { device } of readNetwork().links.slice(0, devicesMax)) {
    if (device !== loopback && (await takes(device))) found.add(device);
  }
  return found;
}
