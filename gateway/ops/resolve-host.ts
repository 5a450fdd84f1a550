// A host as an operator types it: an address, or a name that the configured servers are asked for.

import { formatIp, parseIp } from "@merlon/model/ip/address.ts";
import type { Family, IpAddress } from "@merlon/model/ip/address.ts";
import { rangesOf } from "@merlon/model/ip/range-set.ts";
import { askServers } from "../dns/ask-servers.ts";
import type { Gateway } from "../gateway.ts";
import { OperationRefused } from "./operation.ts";

const nameShape = /^(?=.{1,253}$)[A-Za-z0-9_][A-Za-z0-9_-]{0,62}(?:\.[A-Za-z0-9_-]{1,63})*\.?$/;

/** Throws `OperationRefused` for what is neither, and for a name without an address of the family. */
export async function resolveHost(
  { running }: Pick<Gateway, "running">,
  host: string,
  family?: Family,
): Promise<IpAddress> {
  const address = parseIp(host);
  if (address !== undefined) {
    if (family === undefined || family === address.family) return address;
    throw new OperationRefused(`${host} is no IPv${family} address`);
  }
  if (!nameShape.test(host)) throw new OperationRefused(`"${host.slice(0, 64)}" is no address and no name`);
  const servers = (running?.prepared.configuration.system?.nameServer ?? []).map(({ name }) => formatIp(name));
  const reply = await askServers(servers)({ name: host, queryIntervalSeconds: 0, ...(family && { family }) });
  const range = reply.kind === "addresses" ? [...rangesOf(reply.ranges)][0] : undefined;
  if (range !== undefined)
    return range.family === 4 ? { family: 4, value: range.first } : { family: 6, value: range.first };
  throw new OperationRefused(`cannot resolve ${host}: ${reply.kind === "failure" ? reply.why : "no such name"}`);
}
