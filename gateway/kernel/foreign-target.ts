// What targets and matches of iptables do to a packet, by their names and their data. The old iptables and iptables over
// nftables carry them alike.
// Source: linux/netfilter/xt_*.h and net/netfilter/xt_*.c, Linux 6.1 to 6.18. Numbers are in the byte order of the
// machine, which is little-endian on every platform that Merlon runs on.

import type { ForeignAct } from "./foreign-act.ts";
import { sessionMarkMask } from "./kernel.ts";

const actsOfTargets: Readonly<Record<string, ForeignAct>> = {
  DROP: "drops",
  REJECT: "drops",
  TARPIT: "drops",
  DNAT: "translates",
  SNAT: "translates",
  MASQUERADE: "translates",
  REDIRECT: "translates",
  NETMAP: "translates",
  TPROXY: "intercepts",
  NOTRACK: "untracks",
  NFQUEUE: "queues",
  FLOWOFFLOAD: "offloads",
  MARK: "marks",
  HMARK: "marks",
  TEE: "copies",
  SYNPROXY: "answers",
};

export function actsOfTarget(name: string, revision: number, info: Uint8Array): readonly ForeignAct[] {
  if (name === "CT") return actsOfTracking(info);
  if (name === "CONNMARK") return actsOfConnectionMark(revision, info);
  const act = actsOfTargets[name];
  return act === undefined ? [] : [act];
}

/** struct xt_ct_target_info: flags, zone, events, events of expectations, and the name of a helper. */
function actsOfTracking(info: Uint8Array): readonly ForeignAct[] {
  const noTrackFlag = 1;
  if ((word(info, 0) & noTrackFlag) !== 0) return ["untracks"];
  const [events, expectedEvents] = [word(info, 4), word(info, 8)];
  const helperAt = 12;
  return [
    ...((events | expectedEvents) !== 0 && withholdsEvents(events) ? ["silences" as const] : []),
    ...((info[helperAt] ?? 0) === 0 ? [] : ["expects" as const]),
  ];
}

/** IPCT_NEW and IPCT_DESTROY: what logs are made of. */
const loggedEvents = (1 << 0) | (1 << 2);

export function withholdsEvents(mask: number): boolean {
  return (mask & loggedEvents) !== loggedEvents;
}

const connectionMarkMode = { set: 0, restore: 2 } as const;

/**
 * struct xt_connmark_tginfo1: ctmark, ctmask, nfmask, mode. In revision 2 whither and how far bits are shifted stands
 * before the mode: when it sets, all of the mark; when it saves, the mark of the packet.
 */
function actsOfConnectionMark(revision: number, info: Uint8Array): readonly ForeignAct[] {
  const [mark, mask, packetMask] = [word(info, 0), word(info, 4), word(info, 8)];
  const [toRight = 0, distance = 0, mode = 0] = revision < 2 ? [0, 0, info[12]] : info.subarray(12, 15);
  if (mode === connectionMarkMode.restore) return ["marks"];
  if (mode === connectionMarkMode.set) {
    return distance === 0 && ((mark | mask) & sessionMarkMask) === 0 ? [] : ["remarks"];
  }
  const saved = toRight === 1 ? packetMask >>> distance : packetMask << distance;
  return ((mask | saved) & sessionMarkMask) === 0 ? [] : ["remarks"];
}

/** A match that does something: `connlabel --set` (struct xt_connlabel_mtinfo: the bit, and options). */
export function actsOfMatch(name: string, info: Uint8Array): readonly ForeignAct[] {
  const setsLabel = 2;
  return name === "connlabel" && ((info[2] ?? 0) & setsLabel) !== 0 ? ["relabels"] : [];
}

function word(info: Uint8Array, at: number): number {
  if (at + 4 > info.length) return 0;
  return new DataView(info.buffer, info.byteOffset, info.byteLength).getUint32(at, true);
}
