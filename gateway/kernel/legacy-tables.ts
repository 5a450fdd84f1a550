// Tables of the old iptables, which nftables does not see: their names are in /proc, their contents behind a socket
// option. Only what matters is read: at which hooks a table drops what its rules do not accept, and whether it has
// rules at all.
// Source: linux/netfilter_ipv4/ip_tables.h, netfilter_ipv6/ip6_tables.h, netfilter/x_tables.h.

import { readFileSync } from "node:fs";
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
}

const layouts: readonly Layout[] = [
  { family: "ip", names: "ip_tables_names", domain: addressFamily.inet, level: 0, targetOffset: 88 },
  { family: "ip6", names: "ip6_tables_names", domain: addressFamily.inet6, level: 41, targetOffset: 140 },
];

/** Only tables that somebody has used exist; a kernel without them has none. Throws `KernelFailure`. */
export function readLegacyTables(): readonly LegacyTable[] {
  return layouts.flatMap((layout) => {
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
  const { targetOffset } = layouts.find((layout) => layout.family === family) ?? { targetOffset: 88 };
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
  return { family, table, ruleCount: Math.max(0, entryCount - policies), droppingHooks };
}
