// Addresses that an interface answers for as if they were its own: pools and outer addresses that lie in its network.

import { addressAt, sizeOf } from "./range-size.ts";
import type { IpAddress } from "@merlon/model/ip/address.ts";
import { rangeOfPrefix } from "@merlon/model/ip/prefix.ts";
import type { IpPrefix } from "@merlon/model/ip/prefix.ts";
import type { IpRange } from "@merlon/model/ip/range-set.ts";
import type { Configuration } from "@merlon/model/schema/configuration.ts";
import { origin } from "@merlon/model/schema/node.ts";
import type { HasOrigin } from "@merlon/model/schema/node.ts";
import { formatInterfaceUnit } from "@merlon/model/schema/value.ts";
import type { InterfaceUnit } from "@merlon/model/schema/value.ts";
import type { DiagnosticList } from "../diagnostic-list.ts";
import type { IrInterface, IrProxy } from "../ir.ts";

/** The kernel searches a list for each question, so there is a number that it can bear. */
const proxiesMax = 4_096;

interface Words extends HasOrigin {
  readonly name: InterfaceUnit;
  readonly address: readonly (HasOrigin & {
    readonly name: IpPrefix;
    readonly to?: { readonly ipaddr?: IpPrefix; readonly ipv6addr?: IpPrefix };
  })[];
}

export function resolveProxies(
  configuration: Configuration,
  interfaces: readonly IrInterface[],
  diagnostics: DiagnosticList,
): readonly IrProxy[] {
  const nat = configuration.security?.nat;
  const proxies = new Map<string, IrProxy>();
  const sides = [
    ["proxy-arp", 4, nat?.proxyArp?.interface ?? []],
    ["proxy-ndp", 6, nat?.proxyNdp?.interface ?? []],
  ] as const;
  for (const [word, family, entries] of sides) {
    for (const entry of entries as readonly Words[]) {
      const name = formatInterfaceUnit(entry.name);
      const device = interfaces.find((known) => known.name === name)?.device;
      if (device === undefined) {
        const message = `${word} names interface ${name}, which is in no zone`;
        diagnostics.error(
          "nat.unknown-context",
          entry[origin],
          message,
          `set security zones security-zone … interfaces ${name}`,
        );
        continue;
      }
      for (const range of entry.address.flatMap((address) => rangeOf(word, family, address, diagnostics))) {
        for (const address of each(range))
          proxies.set(`${device} ${address.family} ${address.value}`, { device, address });
      }
    }
  }
  if (proxies.size <= proxiesMax) return [...proxies.values()];
  const message = `there are ${proxies.size} addresses to be answered for; at most ${proxiesMax} can be`;
  diagnostics.error(
    "limit.nat-proxies",
    { path: ["security", "nat"] },
    message,
    "have the other routers route the network here",
  );
  return [];
}

function* each(range: IpRange): Generator<IpAddress> {
  for (let offset = 0; offset < sizeOf(range); offset++) yield addressAt(range, offset);
}

function rangeOf(
  word: string,
  family: 4 | 6,
  { name, to, [origin]: at }: Words["address"][number],
  diagnostics: DiagnosticList,
): readonly IpRange[] {
  const [low, high] = [rangeOfPrefix(name), rangeOfPrefix(to?.ipaddr ?? to?.ipv6addr ?? name)];
  const report = (what: string, hint: string) => {
    diagnostics.error("nat.bad-range", at, `an address of ${word} ${what}`, hint);
    return [];
  };
  if (low.family !== family || high.family !== family) {
    return report(
      `is no IPv${family} address`,
      `use ${family === 4 ? "proxy-ndp" : "proxy-arp"} for the other version`,
    );
  }
  const range: IpRange =
    low.family === 4 && high.family === 4
      ? { family: 4, first: low.first, last: high.last }
      : { family: 6, first: BigInt(low.first), last: BigInt(high.last) };
  if (range.first > range.last) return report("ends before it begins", "name the lower address first");
  if (sizeOf(range) > proxiesMax) return report(`stands for more than ${proxiesMax} addresses`, "name fewer addresses");
  return [range];
}
