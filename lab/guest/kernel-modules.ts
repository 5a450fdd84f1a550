// The modules of the guest's kernel in the order in which they can be loaded: the package comes without the list of what
// needs what, so it is read from the modules themselves.

import { readFileSync, readdirSync } from "node:fs";
import { basename, join } from "node:path";

/** What Merlon uses, and what its stories make networks of. */
const wanted: readonly string[] = Object.values({
  tables: "nf_tables nfnetlink_log nfnetlink_queue nfnetlink_cttimeout nf_conntrack_netlink",
  instructions: "nft_ct nft_limit nft_log nft_hash nft_numgen nft_objref nft_quota nft_connlimit nft_socket nft_tproxy",
  verdicts: "nft_reject_inet nft_queue nft_synproxy nft_fwd_netdev nft_dup_netdev nft_fib_inet",
  translation: "nft_chain_nat nft_nat nft_masq nft_redir",
  fastPath: "nft_flow_offload nf_flow_table_inet",
  helpers: "nf_nat_ftp nf_nat_tftp nf_nat_sip nf_nat_pptp nf_nat_h323",
  devices: "veth dummy tun 8021q bridge inet_diag tcp_diag",
  bridges: "br_netfilter nf_conntrack_bridge nft_meta_bridge nft_reject_bridge",
  // Asked for by name, which no module says of itself.
  checksums: "crc32c_generic",
}).flatMap((names) => names.split(" "));

/** The files of the modules below `folder`, each behind those that it needs. What a kernel has built in has no file. */
export function moduleFiles(folder: string): readonly string[] {
  const files = new Map<string, string>();
  for (const path of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
    if (path.endsWith(".ko")) files.set(moduleName(path), join(folder, path));
  }
  return loadOrder(
    wanted.filter((name) => files.has(name)),
    (name) => {
      const file = files.get(name);
      if (file === undefined) throw new Error(`there is no kernel module ${name} below ${folder}`);
      return neededBy(readFileSync(file));
    },
  ).map((name) => files.get(name) ?? "");
}

/** Each name once, behind all that it needs. */
export function loadOrder(names: readonly string[], needsOf: (name: string) => readonly string[]): readonly string[] {
  const order = new Set<string>();
  const visit = (name: string): void => {
    if (order.has(name)) return;
    for (const needed of needsOf(name)) visit(needed);
    order.add(name);
  };
  names.forEach(visit);
  return [...order];
}

/** What a module says that it needs, in the text that the kernel's build puts into it (`modinfo -F depends`). */
export function neededBy(module: Uint8Array): readonly string[] {
  const text = Buffer.from(module.buffer, module.byteOffset, module.length).toString("latin1");
  const list = /\0depends=([\w,-]*)\0/.exec(text)?.[1] ?? "";
  return list.split(",").flatMap((name) => (name === "" ? [] : [moduleName(name)]));
}

/** The kernel says `_` where the names of some files say `-`. */
function moduleName(path: string): string {
  return basename(path, ".ko").replaceAll("-", "_");
}
