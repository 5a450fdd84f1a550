// Bridges of others on the same host, such as those of containers and virtual machines. Where br_netfilter is on, what
// they switch between their own ports comes to our table too, and is passed on untouched. A bridge that stands in a zone,
// and those of secure wires, are ours.

import type { Ir } from "@merlon/compiler/ir.ts";
import type { NftElement } from "@merlon/compiler/nft/program.ts";
import { bridgesSet } from "@merlon/compiler/nft/table-names.ts";
import type { Kernel, KernelLink } from "../kernel/kernel.ts";

/** What each kernel was told last; a set that was made anew is told by the next change or commit. */
const told = new WeakMap<Kernel, { readonly ir: Ir; readonly bridges: string }>();

export async function tellForeignBridges(kernel: Kernel, ir: Ir, links: readonly KernelLink[]): Promise<void> {
  const ours = new Set(ir.interfaces.map(({ device }) => device));
  const bridges = links
    .filter(({ device, virtual }) => virtual?.kind === "bridge" && !virtual.ours && !ours.has(device))
    .map(({ device }) => device)
    .toSorted();
  const last = told.get(kernel);
  const text = bridges.join(" ");
  if (last?.bridges === text && (last.ir === ir || text === "")) return;
  if (last === undefined && text === "") return;
  const elements = bridges.map((device): NftElement => ({
    key: [
      { kind: "text", value: device },
      { kind: "text", value: device },
    ],
  }));
  await kernel.applyTransaction([
    { kind: "flush-set", name: bridgesSet },
    ...(elements.length === 0 ? [] : [{ kind: "add-elements" as const, set: bridgesSet, elements }]),
  ]);
  told.set(kernel, { ir, bridges: text });
}
