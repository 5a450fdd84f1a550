// Secure wires need two things of the kernel beside the table: their frames must be handed to it (br_netfilter), and the
// port by which each came in must be marked. Both stand before a bridge takes its first frame.

import type { IrNetwork } from "@merlon/compiler/ir.ts";
import type { Kernel } from "../kernel/kernel.ts";
import { NotEnforced } from "./not-enforced.ts";

/** Frames of both IP versions, with a VLAN tag, in PPPoE, or plain. Settings of the network namespace (br_netfilter_hooks.c). */
const bridgeSettings: readonly (readonly [name: string, value: string])[] = [
  ["net.bridge.bridge-nf-call-iptables", "1"],
  ["net.bridge.bridge-nf-call-ip6tables", "1"],
  ["net.bridge.bridge-nf-filter-vlan-tagged", "1"],
  ["net.bridge.bridge-nf-filter-pppoe-tagged", "1"],
];

/** Throws `NotEnforced` where the kernel cannot filter what crosses a bridge. */
export async function prepareWires(kernel: Kernel, { wires = [] }: IrNetwork): Promise<void> {
  const [first] = wires;
  if (first === undefined) return;
  for (const [name, value] of bridgeSettings) {
    const present = await kernel.readSysctl(name);
    if (present === undefined) {
      throw new NotEnforced(
        `secure wire ${first.name} cannot be enforced: this kernel does not filter bridged frames; ` +
          "load its module br_netfilter and commit again",
      );
    }
    if (present !== value) await kernel.writeSysctl(name, value);
  }
  const standing = await kernel.readWirePorts();
  const wanted = marksOf(wires);
  // Marks come from names, so those of ports that leave may stay until their bridge is gone.
  if ([...wanted].every(([device, mark]) => standing.get(device) === mark)) return;
  await kernel.writeWirePorts(new Map([...standing, ...wanted]));
}

/** Behind the changes of the network: no mark for what is no port any more. */
export async function settleWires(kernel: Kernel, { wires = [] }: IrNetwork): Promise<void> {
  const standing = await kernel.readWirePorts();
  const wanted = marksOf(wires);
  const same = standing.size === wanted.size && [...wanted].every(([device, mark]) => standing.get(device) === mark);
  if (!same) await kernel.writeWirePorts(wanted);
}

function marksOf(wires: NonNullable<IrNetwork["wires"]>): ReadonlyMap<string, number> {
  return new Map(wires.flatMap(({ ports }) => ports.map(({ device, mark }) => [device, mark] as const)));
}
