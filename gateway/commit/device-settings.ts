// Settings of the devices that the configuration names. Some hold when either the device or all devices say so
// (IN_DEV_ORCONF of linux/inetdevice.h), so it is not enough to set them once for all.

import type { IrNetwork } from "@merlon/compiler/ir.ts";
import { KernelFailure } from "../kernel/kernel.ts";
import type { Kernel } from "../kernel/kernel.ts";

/**
 * A device that is not there has no settings; it gets them when it appears. Answers what is lost, a sentence for each
 * setting that the kernel does not take.
 */
export async function settleDevices(
  kernel: Kernel,
  { links, wires = [], proxies = [] }: IrNetwork,
): Promise<readonly string[]> {
  const lost: string[] = [];
  const set = async (name: string, value: "0" | "1", loss: string): Promise<void> => {
    const present = await kernel.readSysctl(name);
    if (present === undefined || present === value) return;
    try {
      await kernel.writeSysctl(name, value);
    } catch (error) {
      if (!(error instanceof KernelFailure)) throw error;
      lost.push(`${name} cannot be set to ${value}: ${loss}`);
    }
  };
  const ports = new Set(wires.flatMap((wire) => wire.ports.map(({ device }) => device)));
  for (const device of new Set([...links.map((link) => link.device), ...ports])) {
    // An ICMP redirect is sent before any rule is asked, also about a packet that is denied (ip_forward.c).
    await set(`net.ipv4.conf.${partOf(device)}.send_redirects`, "0", "senders may be told to go around the gateway");
    // Each zone learns of the gateway's address in its own network alone.
    await set(`net.ipv4.conf.${partOf(device)}.arp_ignore`, "1", "ARP tells of the addresses of other interfaces");
  }
  for (const device of new Set(proxies.map((proxy) => proxy.device))) {
    // The kernel would wait for up to 0.8 s, in case that somebody else has the address.
    for (const version of ["ipv4", "ipv6"]) {
      await set(`net.${version}.neigh.${partOf(device)}.proxy_delay`, "0", "who asks for a proxied address waits");
    }
  }
  // A port of a wire has no address and says nothing: the kernel joins groups and asks for routers on every device that
  // knows IPv6. What was a port and has addresses now speaks again.
  for (const device of ports) {
    await set(`net.ipv6.conf.${partOf(device)}.disable_ipv6`, "1", "the gateway speaks IPv6 on a port of a wire");
  }
  for (const { device, addresses } of links) {
    const speaks = !ports.has(device) && addresses.some(({ address }) => address.family === 6);
    if (speaks) await set(`net.ipv6.conf.${partOf(device)}.disable_ipv6`, "0", "it has no IPv6 address");
  }
  return lost;
}

/** As in sysctl(8): a slash stands for a dot in a name. */
function partOf(device: string): string {
  return device.replaceAll(".", "/");
}
