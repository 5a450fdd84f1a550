// What `ping` and `traceroute` have in common: parameters of the probes, and the socket that they go out by.

import { formatIp } from "@merlon/model/ip/address.ts";
import type { Family, IpAddress } from "@merlon/model/ip/address.ts";
import { integer, ipAddress, text } from "@merlon/model/schema/value.ts";
import type { Gateway } from "../gateway.ts";
import type { EchoSocket } from "../kernel/echo.ts";
import { deviceOf } from "./interface-names.ts";
import type { Input, Parameter } from "./operation.ts";
import { resolveHost } from "./resolve-host.ts";
import { interfacePattern } from "./show-interfaces.ts";

export const probeParameters: readonly Parameter[] = [
  { word: "host", help: "Address or name", type: text(253), positional: true, required: true },
  { word: "source", help: "Address of the gateway that it comes from", type: ipAddress },
  { word: "interface", help: "Only out of this interface", type: interfacePattern },
  { word: "tos", help: "Type-of-service byte, or traffic class", type: integer(0, 255) },
  { word: "inet", help: "Only IPv4", group: "family" },
  { word: "inet6", help: "Only IPv6", group: "family" },
  { word: "no-resolve", help: "Do not look for names (this is the default)" },
];

export interface ProbeTarget {
  readonly host: string;
  readonly address: IpAddress;
  readonly addressText: string;
}

/** Throws `OperationRefused`. */
export async function probeTarget(gateway: Gateway, input: Input): Promise<ProbeTarget> {
  const host = input["host"] as string;
  const source = input["source"] as IpAddress | undefined;
  const family: Family | undefined = input["inet"] === true ? 4 : input["inet6"] === true ? 6 : source?.family;
  const address = await resolveHost(gateway, host, family);
  return { host, address, addressText: formatIp(address) };
}

/** Throws `KernelFailure`. */
export function openProbe(gateway: Gateway, input: Input, { address }: ProbeTarget): Promise<EchoSocket> {
  const { source, interface: port, tos, "do-not-fragment": doNotFragment } = input;
  return gateway.kernel.openEcho({
    family: address.family,
    ...(source === undefined ? {} : { source: source as IpAddress }),
    ...(port === undefined ? {} : { device: deviceOf(gateway, port as string) }),
    ...(tos === undefined ? {} : { tos: tos as number }),
    ...(doNotFragment === true ? { doNotFragment: true } : {}),
  });
}
