// `show security dns-cache`: what the domain names of address books stand for now. `show security dynamic-address` lists the
// same names, because they are the addresses here that change by themselves.

import { dnsNamesOf } from "@merlon/compiler/address-members.ts";
import { formatRange, rangesOf } from "@merlon/model/ip/range-set.ts";
import { text as textType } from "@merlon/model/schema/value.ts";
import type { XmlElement } from "@merlon/netconf/element.ts";
import type { Gateway } from "../gateway.ts";
import { operation } from "./operation.ts";
import { field, fields, group, reply } from "./reply.ts";

export interface CachedName {
  readonly name: string;
  /** False when no server has answered, or the answer was that there is no such name. */
  readonly resolved: boolean;
  readonly addresses: readonly string[];
}

const nameLengthMax = 253;

export const showSecurityDnsCache = operation<readonly CachedName[]>({
  command: "show security dns-cache",
  help: "Show what domain names of address books stand for",
  parameters: [{ word: "dns-name", help: "Only this name", type: textType(nameLengthMax) }],
  run: async (gateway, input) => {
    const wanted = (input["dns-name"] as string | undefined)?.toLowerCase();
    return cachedNames(gateway).filter(({ name }) => (wanted ?? name) === name);
  },
  text: (names) => (names.length === 0 ? "No domain names in the address books\n" : names.map(render).join("")),
  rpc: { name: "get-firewall-policy-dns-cache", reply: replyOf },
});

export function cachedNames(gateway: Gateway): readonly CachedName[] {
  const { running } = gateway;
  if (running === undefined) return [];
  const { answers } = gateway.world;
  return dnsNamesOf(running.prepared.ir).map(({ name }) => {
    const ranges = answers.get(name);
    return {
      name,
      resolved: ranges !== undefined,
      addresses: ranges === undefined ? [] : [...rangesOf(ranges)].map(formatRange),
    };
  });
}

function render({ name, resolved, addresses }: CachedName): string {
  const lines = resolved ? addresses.map((address) => `  ${address}\n`) : ["  not resolved\n"];
  return `DNS name: ${name}\n${lines.join("")}`;
}

function replyOf(names: readonly CachedName[]): XmlElement {
  return reply(
    "security-dns-cache",
    "junos-secpolinfo",
    names.map(({ name, addresses }) =>
      group("dns-cache-entry", field("dns-name", name), fields("ip-address", addresses)),
    ),
  );
}
