// Which devices of a configuration may use the kernel's fast path: those that carry routed traffic between zones, as
// far as the kernel takes packets from them, and whose zone looks at no packet of sessions that stand. A secure wire
// forwards frames, which the fast path does not see.

import type { Ir } from "../ir.ts";
import type { HeaderAttack, ScreenCheck } from "../screen/screen.ts";

/** `found` are the devices that the kernel can take packets from now; none where it has no fast path. */
export function withFastDevices(ir: Ir, found: ReadonlySet<string>): Ir {
  const { fastDevices: _, ...rest } = ir;
  const watched = new Set((ir.screens ?? []).flatMap(({ zone, checks }) => (checks.some(seesEveryPacket) ? zone : [])));
  const routed = ir.interfaces.filter(({ wire, zone }) => wire === undefined && !watched.has(zone));
  const devices = [...new Set(routed.map(({ device }) => device))].filter((device) => found.has(device)).toSorted();
  // One device alone forwards nothing to another.
  return devices.length < 2 ? rest : { ...rest, fastDevices: devices };
}

/** Which header attacks a packet of a standing session can show on the fast path. */
const shownOnFastPath: Readonly<Record<HeaderAttack, boolean>> = {
  "bad-option": false,
  "fin-no-ack": false,
  "icmp-fragment": false,
  "icmp-large": false,
  "icmpv6-malformed": false,
  "ipv6-malformed-header": false,
  land: false,
  "loose-source-route": false,
  "no-flag": true,
  "ping-death": false,
  "record-route": false,
  security: false,
  "source-route": false,
  spoofing: false,
  stream: false,
  "strict-source-route": false,
  "syn-fin": false,
  "syn-fragment": false,
  "tear-drop": false,
  timestamp: false,
  "unknown-protocol": false,
  winnuke: true,
};

/**
 * Whether a check must see packets that the fast path would take: those of TCP without FIN and RST, and of UDP, without
 * options, extension headers and fragments; all others meet the chains (nf_flow_table_ip.c, Linux 6.1). Segments with SYN
 * in the middle of a session begin nothing, and so are no flood.
 */
function seesEveryPacket(check: ScreenCheck): boolean {
  switch (check.kind) {
    case "header":
      return shownOnFastPath[check.attack];
    case "flood":
      return check.attack === "udp-flood";
    case "tunnel":
      return check.tunnels.includes("teredo");
    case "limit":
      return check.what === "packets-per-second" && check.protocol !== "icmp";
    case "extension":
    case "extension-option":
    case "extension-limit":
    case "block-fragment":
    case "syn-flood":
    case "sweep":
      return false;
  }
}
