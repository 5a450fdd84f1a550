// The devices that Merlon makes itself: a bridge for each secure wire, with its two ports in it, and a device for each
// VLAN. What it has made and nobody wants any more goes first; nothing that somebody else made is touched.

import type { IrLink, IrNetwork, IrWire } from "@merlon/compiler/ir.ts";
import type { KernelLink, NetworkStep } from "../kernel/kernel.ts";

export interface VirtualLinks {
  readonly deletions: readonly Extract<NetworkStep, { kind: "delete-link" }>[];
  readonly additions: readonly NetworkStep[];
  /** Once their ports are in them. */
  readonly wiresUp: readonly NetworkStep[];
  /** VLAN devices that `additions` make, as they will be then. */
  readonly made: readonly KernelLink[];
  /** Ports of wires that are in somebody else's bridge or bond. */
  readonly taken: readonly { readonly wire: IrWire; readonly device: string; readonly master: string }[];
  /** Ports of wires that the kernel does not have now. */
  readonly absent: readonly { readonly name: string; readonly device: string }[];
}

export function planVirtualLinks(desired: IrNetwork, links: ReadonlyMap<string, KernelLink>): VirtualLinks {
  const wires = desired.wires ?? [];
  const vlans = desired.links.filter(({ vlan }) => vlan !== undefined);
  const deletions = planDeletions(wires, vlans, links);
  const deleted = new Set(deletions.map(({ device }) => device));
  const additions: NetworkStep[] = [];
  const wiresUp: NetworkStep[] = [];
  const taken: { readonly wire: IrWire; readonly device: string; readonly master: string }[] = [];
  const absent: { readonly name: string; readonly device: string }[] = [];
  for (const wire of wires) {
    const bridge = deleted.has(wire.device) ? undefined : links.get(wire.device);
    if (bridge?.virtual?.ours !== true) additions.push({ kind: "add-bridge", device: wire.device });
    for (const port of wire.ports) {
      const link = links.get(port.device);
      const master = link?.master === undefined || deleted.has(link.master) ? undefined : link.master;
      if (link === undefined) absent.push({ name: port.interface, device: port.device });
      else if (master !== undefined && master !== wire.device) taken.push({ wire, device: port.device, master });
      else if (master === undefined) additions.push({ kind: "set-master", device: port.device, master: wire.device });
    }
    if (bridge?.up !== true) wiresUp.push({ kind: "set-link", device: wire.device, up: true });
  }
  const made: KernelLink[] = [];
  for (const link of vlans) {
    const parent = link.vlan === undefined ? undefined : links.get(link.vlan.parent);
    const standing = deleted.has(link.device) ? undefined : links.get(link.device);
    if (standing !== undefined || parent === undefined || link.vlan === undefined) continue;
    additions.push({ kind: "add-vlan", device: link.device, ...link.vlan });
    const { virtual: _, master: __, ...like } = parent;
    made.push({ ...like, device: link.device, up: false, addresses: [] });
  }
  return { deletions, additions, wiresUp, made, taken, absent };
}

/** Those of ours that no wire and no VLAN wants, or that are another VLAN than they should be. */
function planDeletions(
  wires: readonly IrWire[],
  vlans: readonly IrLink[],
  links: ReadonlyMap<string, KernelLink>,
): readonly { readonly kind: "delete-link"; readonly device: string }[] {
  const wanted = new Map<string, string>();
  for (const { device } of wires) wanted.set(device, "bridge");
  for (const { device, vlan } of vlans) wanted.set(device, `vlan ${vlan?.id} of ${vlan?.parent}`);
  return [...links.values()].flatMap(({ device, virtual }) => {
    if (virtual?.ours !== true) return [];
    const is = virtual.kind === "bridge" ? "bridge" : `vlan ${virtual.id} of ${virtual.parent}`;
    return wanted.get(device) === is ? [] : [{ kind: "delete-link" as const, device }];
  });
}
