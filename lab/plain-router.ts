// Makes the gateway's namespace a plain router without any filter. Stories use it to prove that the network, the servers
// and the probes work by themselves, so that a silence seen later is the gateway's doing.

import { existsSync, writeFileSync } from "node:fs";
import { runIp } from "@merlon/gateway/kernel/run-ip.ts";
import { inNetwork } from "./network-namespace.ts";
import { families, gatewayName, hosts, zones } from "./topology.ts";

const forwardingFiles = ["/proc/sys/net/ipv4/ip_forward", "/proc/sys/net/ipv6/conf/all/forwarding"];

export async function startPlainRouter(): Promise<void> {
  inNetwork(gatewayName, () => {
    for (const path of forwardingFiles) if (existsSync(path)) writeFileSync(path, "1");
  });
  const ports = zones.flatMap((zone) => [
    ...families.map(
      (family) =>
        `address add ${zone.gatewayAddresses[family]}/${zone.prefixLengths[family]} dev ${zone.gatewayDevice}` +
        (family === 4 ? "" : " nodad"),
    ),
    `link set ${zone.gatewayDevice} up`,
  ]);
  const routes = hosts.flatMap((host) =>
    families
      .filter((family) => host.addresses[family] !== host.linkAddresses[family])
      .map((family) => `route add ${host.addresses[family]} via ${host.linkAddresses[family]}`),
  );
  await runIp([...ports, ...routes], gatewayName);
}
