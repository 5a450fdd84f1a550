// Fragments of IPv4 that overlapped others of their packet: the kernel's reassembly throws such a packet away before any
// chain sees it, and counts that by itself, for the whole network namespace and since that is there. (One that repeats
// nothing but what is there already is thrown away alone, and is not counted.) Of IPv6, connection tracking puts packets
// together (nf_ct_frag6_queue), and counts nothing.
// Format: /proc/net/netstat has a line of names and a line of numbers for each group; IPSTATS_MIB_REASM_OVERLAPS of
// net/ipv4/ip_fragment.c is there since Linux 4.19.

import { readFileSync } from "node:fs";
import { KernelFailure } from "./kernel.ts";

const path = "/proc/thread-self/net/netstat";

/** Undefined where the kernel does not count them. Throws `KernelFailure`. */
export function readFragmentOverlaps(): number | undefined {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (cause) {
    throw new KernelFailure("the kernel's counts of IP cannot be read", path, { cause });
  }
  return overlapsIn(text);
}

export function overlapsIn(text: string): number | undefined {
  const [names = [], numbers = []] = text
    .split("\n")
    .filter((line) => line.startsWith("IpExt: "))
    .map((line) => line.split(" "));
  const word = numbers[names.indexOf("ReasmOverlaps")];
  return word !== undefined && /^\d{1,15}$/.test(word) ? Number(word) : undefined;
}
