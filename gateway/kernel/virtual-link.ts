// Devices that Merlon makes: the bridge of a secure wire and the device of a VLAN. They carry our name as their alias,
// because a kernel's device outlives the process that made it; nothing without it is ever deleted.
// Formats: linux/if_link.h (IFLA_LINKINFO, IFLA_BR_*, IFLA_VLAN_*, IFLA_INET6_*) of Linux 6.1.

import type { VirtualLink } from "./kernel.ts";
import { addressFamily } from "./libc.ts";
import { AttributeTable, netlinkFlag } from "./netlink-message.ts";
import type { MessageWriter } from "./netlink-message.ts";
import { networkMessage } from "./network-number.ts";

export const linkAlias = "merlon";

const ifla = { name: 3, link: 5, master: 10, linkInfo: 18, alias: 20, familySpecific: 26 } as const;
const info = { kind: 1, data: 2 } as const;
const vlanId = 1;
const bridge = { forwardDelay: 1, spanningTree: 5, groupForwardMask: 9, multicastSnooping: 23 } as const;
/** Frames of 01-80-C2-00-00-03 to -0F cross; the kernel keeps pause frames, slow protocols and its own BPDUs to itself. */
const groupForwardMask = 0xfff8;
/** IFLA_INET6_ADDR_GEN_MODE and IN6_ADDR_GEN_MODE_NONE: no address of its own, so that it says nothing to anybody. */
const addressMode = { attribute: 8, none: 1 } as const;
const ifinfomsgBytes = 16;

function begin(writer: MessageWriter, type: number, sequence: number, flags: number, index: number): MessageWriter {
  const header = new DataView(new ArrayBuffer(ifinfomsgBytes));
  header.setInt32(4, index, true);
  return writer
    .begin(type, netlinkFlag.request | netlinkFlag.acknowledge | flags, sequence)
    .raw(new Uint8Array(header.buffer));
}

const createNew = netlinkFlag.create | netlinkFlag.exclusive;

export function encodeAddBridge(writer: MessageWriter, sequence: number, device: string): void {
  begin(writer, networkMessage.newLink, sequence, createNew, 0).attributeText(ifla.name, device);
  writer.nested(ifla.linkInfo, () => {
    writer.attributeText(info.kind, "bridge").nested(info.data, () => {
      writer.attributeU32(bridge.forwardDelay, 0).attributeU32(bridge.spanningTree, 0);
      writer.attribute(bridge.groupForwardMask, u16(groupForwardMask));
      writer.attribute(bridge.multicastSnooping, Uint8Array.of(0));
    });
  });
}

export function encodeAddVlan(
  writer: MessageWriter,
  sequence: number,
  { device, parentIndex, id }: { readonly device: string; readonly parentIndex: number; readonly id: number },
): void {
  begin(writer, networkMessage.newLink, sequence, createNew, 0).attributeText(ifla.name, device);
  writer.attributeU32(ifla.link, parentIndex).nested(ifla.linkInfo, () => {
    writer.attributeText(info.kind, "vlan").nested(info.data, () => {
      writer.attribute(vlanId, u16(id));
    });
  });
}

/** The kernel takes alias and address mode only of a device that is there. `silent` devices get no address by themselves. */
export function encodeClaimLink(writer: MessageWriter, sequence: number, index: number, silent: boolean): void {
  begin(writer, networkMessage.newLink, sequence, 0, index).attributeText(ifla.alias, linkAlias);
  if (!silent) return;
  writer.nested(ifla.familySpecific, () => {
    writer.nested(addressFamily.inet6, () => {
      writer.attribute(addressMode.attribute, Uint8Array.of(addressMode.none));
    });
  });
}

/** `masterIndex` 0 takes the device out of its bridge. */
export function encodeSetMaster(writer: MessageWriter, sequence: number, index: number, masterIndex: number): void {
  begin(writer, networkMessage.newLink, sequence, 0, index).attributeU32(ifla.master, masterIndex);
}

export function encodeDeleteLink(writer: MessageWriter, sequence: number, index: number): void {
  begin(writer, networkMessage.deleteLink, sequence, 0, index);
}

const infoAttributes = new AttributeTable("link message", info.data);
const dataAttributes = new AttributeTable("link message", vlanId);

/** What the attributes of a link message say; the parent is an index still. */
export function decodeVirtualLink(
  attributes: AttributeTable,
): { readonly virtual: VirtualLink; readonly parentIndex?: number } | undefined {
  if (!attributes.readNested(ifla.linkInfo, infoAttributes)) return undefined;
  const kind = infoAttributes.text(info.kind);
  const ours = attributes.text(ifla.alias) === linkAlias;
  if (kind === "bridge") return { virtual: { kind, ours } };
  if (kind !== "vlan" || !infoAttributes.readNested(info.data, dataAttributes)) return undefined;
  const bytes = dataAttributes.bytes(vlanId);
  const parentIndex = attributes.u32(ifla.link);
  if (bytes?.length !== 2 || parentIndex === undefined) return undefined;
  return { virtual: { kind, ours, id: (bytes[0] ?? 0) | ((bytes[1] ?? 0) << 8) }, parentIndex };
}

function u16(value: number): Uint8Array {
  return Uint8Array.of(value & 0xff, value >>> 8);
}
