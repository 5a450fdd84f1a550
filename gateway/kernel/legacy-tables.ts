// Tables of the old iptables, which nftables does not see: their names are in /proc, their contents behind a socket
// option. Only what matters is read: at which hooks a table drops what its rules do not accept, whether it has rules at
// all, and what they do beside dropping packets and translating addresses.
// Source: linux/netfilter_ipv4/ip_tables.h, netfilter_ipv6/ip6_tables.h, netfilter/x_tables.h.

import { readFileSync } from "node:fs";
import type { ForeignAct } from "./foreign-act.ts";
import { actsOfMatch, actsOfTarget } from "./foreign-target.ts";
import { KernelFailure } from "./kernel.ts";
import { addressFamily, closeFile, exchangeSocketOption, openSocket, socketType } from "./libc.ts";

export interface LegacyTable {
  readonly family: "ip" | "ip6";
  /** `filter`, `nat`, `raw` … */
  readonly table: string;
  /** Beside the policies of its chains. */
  readonly ruleCount: number;
  /** Chains whose policy is DROP. */
  readonly droppingHooks: readonly string[];
  /** Of all its rules, whichever chain they stand in. */
  readonly acts: readonly ForeignAct[];
  /** Names of devices that its rules ask for. */
  readonly devices: readonly string[];
}

/** NF_INET_*, as iptables calls its chains. */
const hooks = ["PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING"] as const;
const protocolRaw = 255;
/** IPT_SO_GET_INFO and IPT_SO_GET_ENTRIES; IPv6 has the same numbers. */
const option = { info: 64, entries: 65 } as const;
const nameBytes = 32;
const infoBytes = 84;
/** A table of this size has some 100,000 rules. */
const tableBytesMax = 64 * 1024 * 1024;

interface Layout {
  readonly family: LegacyTable["family"];
  readonly names: string;
  readonly domain: number;
  /** IPPROTO_IP, IPPROTO_IPV6. */
  readonly level: number;
  /** Where `target_offset` stands in an entry. */
  readonly targetOffset: number;
  /** sizeof(struct ipt_entry): its matches come behind it. */
  readonly entryBytes: number;
  /** Where the names of the two devices stand in an entry, one behind the other. */
  readonly devicesOffset: number;
}

const layouts: Readonly<Record<LegacyTable["family"], Layout>> = {
  ip: {
    family: "ip",
    names: "ip_tables_names",
    domain: addressFamily.inet,
    level: 0,
    targetOffset: 88,
    entryBytes: 112,
    devicesOffset: 16,
  },
  ip6: {
    family: "ip6",
    names: "ip6_tables_names",
    domain: addressFamily.inet6,
    level: 41,
    targetOffset: 140,
    entryBytes: 168,
    devicesOffset: 64,
  },
};

/** Only tables that somebody has used exist; a kernel without them has none. Throws `KernelFailure`. */
export function readLegacyTables(): readonly LegacyTable[] {
  return Object.values(layouts).flatMap((layout) => {
    const names = tableNames(layout.names);
    if (names.length === 0) return [];
    const fd = openSocket(layout.domain, socketType.raw, protocolRaw);
    try {
      return names.map((name) => readLegacyTable(fd, layout, name));
    } catch (cause) {
      throw new KernelFailure("the tables of iptables cannot be read", String(cause), { cause });
    } finally {
      closeFile(fd);
    }
  });
}

function tableNames(file: string): readonly string[] {
  try {
    // The calling thread's, because another thread may be in another network namespace.
    return readFileSync(`/proc/thread-self/net/${file}`, "utf8").split("\n").filter(Boolean);
  } catch {
    return [];
  }
}

function readLegacyTable(fd: number, layout: Layout, name: string): LegacyTable {
  const info = new Uint8Array(infoBytes);
  info.set(Buffer.from(name).subarray(0, nameBytes - 1));
  exchangeSocketOption(fd, layout.level, option.info, info);
  const { size } = readInfo(info);
  if (size > tableBytesMax) throw new Error(`table ${name} has ${size} bytes`);
  // struct ipt_get_entries: the name, the size, and the entries from a multiple of 8 on.
  const request = new Uint8Array(nameBytes + 8 + size);
  request.set(info.subarray(0, nameBytes));
  new DataView(request.buffer).setUint32(nameBytes, size, true);
  exchangeSocketOption(fd, layout.level, option.entries, request);
  return judgeLegacyTable(layout.family, name, info, request.subarray(nameBytes + 8));
}

interface Info {
  readonly validHooks: number;
  readonly underflow: readonly number[];
  readonly entryCount: number;
  readonly size: number;
}

/** struct ipt_getinfo: name, valid_hooks, hook_entry[5], underflow[5], num_entries, size. */
function readInfo(bytes: Uint8Array): Info {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const word = (index: number): number => view.getUint32(nameBytes + index * 4, true);
  return {
    validHooks: word(0),
    underflow: hooks.map((_, hook) => word(6 + hook)),
    entryCount: word(11),
    size: word(12),
  };
}

/** What the kernel's two answers say. A policy is the last entry of its chain, where `underflow` points. */
export function judgeLegacyTable(
  family: LegacyTable["family"],
  table: string,
  info: Uint8Array,
  entries: Uint8Array,
): LegacyTable {
  const { validHooks, underflow, entryCount } = readInfo(info);
  const { targetOffset } = layouts[family];
  const view = new DataView(entries.buffer, entries.byteOffset, entries.byteLength);
  const has = (_: string, hook: number): boolean => (validHooks & (1 << hook)) !== 0;
  // struct xt_standard_target: a header of 32 bytes, then the verdict: -1 - NF_DROP.
  const drop = -1;
  const droppingHooks = hooks.filter(has).filter((hook) => {
    const at = underflow[hooks.indexOf(hook)] ?? 0;
    if (at + targetOffset + 2 > view.byteLength) return false;
    const verdictAt = at + view.getUint16(at + targetOffset, true) + 32;
    return verdictAt + 4 <= view.byteLength && view.getInt32(verdictAt, true) === drop;
  });
  // Each chain has its policy, and the table ends with an entry of its own.
  const policies = hooks.filter(has).length + 1;
  const { acts, devices } = readEntries(view, layouts[family]);
  const ruleCount = Math.max(0, entryCount - policies);
  return { family, table, ruleCount, droppingHooks, acts: [...acts].toSorted(), devices: [...devices] };
}

/** struct xt_entry_target and xt_entry_match: size, name and revision, then the data. */
const extension = { name: 2, revision: 31, header: 32 } as const;

/** Each entry says where its target is and where the next one begins; its matches stand between it and its target. */
function readEntries(view: DataView, { targetOffset, entryBytes, devicesOffset }: Layout) {
  const acts = new Set<ForeignAct>();
  const devices = new Set<string>();
  const read = (start: number, end: number, actsOf: typeof actsOfTarget): number => {
    const size = start + extension.header > view.byteLength ? 0 : view.getUint16(start, true);
    if (size < extension.header || start + size > end) return end;
    const bytes = new Uint8Array(view.buffer, view.byteOffset + start, size);
    const name = nameAt(view, start + extension.name, extension.revision - extension.name);
    for (const act of actsOf(name, bytes[extension.revision] ?? 0, bytes.subarray(extension.header))) acts.add(act);
    return start + size;
  };
  for (let at = 0; at + entryBytes <= view.byteLength;) {
    const [toTarget, toNext] = [view.getUint16(at + targetOffset, true), view.getUint16(at + targetOffset + 2, true)];
    const end = Math.min(at + toNext, view.byteLength);
    if (toTarget < entryBytes || at + toTarget > end) break;
    for (let match = at + entryBytes; match < at + toTarget;) {
      match = read(match, at + toTarget, (name, _, info) => actsOfMatch(name, info));
    }
    read(at + toTarget, end, actsOfTarget);
    for (const offset of [devicesOffset, devicesOffset + deviceBytes]) {
      const device = nameAt(view, at + offset, deviceBytes);
      if (device !== "") devices.add(device);
    }
    at = end;
  }
  return { acts, devices };
}

/** IFNAMSIZ. */
const deviceBytes = 16;

function nameAt(view: DataView, at: number, sizeBytesMax: number): string {
  const bytes = Buffer.from(view.buffer, view.byteOffset + at, sizeBytesMax);
  const zero = bytes.indexOf(0);
  return bytes.toString("latin1", 0, zero < 0 ? sizeBytesMax : zero);
}
