// `show security dynamic-address`: addresses that change without a commit: the members of dynamic addresses, and what the
// domain names of address books stand for.

import { formatRange, rangesOf } from "@merlon/model/ip/range-set.ts";
import type { XmlElement } from "@merlon/netconf/element.ts";
import { objectName, oneOf } from "@merlon/model/schema/value.ts";
import { operation } from "./operation.ts";
import { elements, field, reply } from "./reply.ts";
import { cachedNames } from "./show-security-dns-cache.ts";
import type { CachedName } from "./show-security-dns-cache.ts";

export const showSecurityDynamicAddress = operation<readonly CachedName[]>({
  command: "show security dynamic-address",
  help: "Show addresses that change without a commit",
  parameters: [
    { word: "address-name", help: "Only of this name", type: objectName },
    { word: "family", help: "Only of this IP version", type: oneOf({ inet: "IPv4", inet6: "IPv6" }) },
  ],
  run: async (gateway, input) => {
    const { "address-name": wanted, family } = input;
    const taken = (address: string): boolean => family === undefined || address.includes(":") === (family === "inet6");
    const { membership } = gateway;
    const dynamic = membership.names.map((name): CachedName => ({
      name,
      resolved: true,
      addresses: [...rangesOf(membership.membersOf(name))].map(formatRange),
    }));
    return [...dynamic, ...cachedNames(gateway)]
      .filter(({ name }) => (wanted ?? name) === name)
      .map((one) => ({ ...one, addresses: one.addresses.filter(taken) }));
  },
  text: (names) => {
    const entries = rowsOf(names);
    const rows = entries.map(({ index, first, last, name }) =>
      [String(index).padEnd(7), first.padEnd(39), last.padEnd(39), name].join(" "),
    );
    const head = "No.     IP-start                                IP-end                                  Address";
    const total = `Total number of matching entries: ${entries.length}`;
    return `${[...(entries.length === 0 ? [] : [head, ...rows]), total].join("\n")}\n`;
  },
  rpc: { name: "get-security-dynamic-address", reply: replyOf },
});

function rowsOf(names: readonly CachedName[]) {
  const all = names.flatMap(({ name, addresses }) => addresses.map((address) => ({ name, address })));
  return all.map(({ name, address }, at) => {
    const [first = "", last = first] = address.split("-");
    return { index: at + 1, first, last, name };
  });
}

function replyOf(names: readonly CachedName[]): XmlElement {
  const entries = rowsOf(names);
  return reply(
    "security-dynamic-address",
    "junos-dynamic-address",
    // As the original has them: the fields of one entry after those of the other, without an element around them.
    entries.flatMap(({ index, first, last, name }) =>
      elements(
        field("da-ip-entry-idx", index),
        field("da-ip-start", first),
        field("da-ip-end", last),
        field("da-name", name),
      ),
    ),
    field("da-total-count", entries.length),
  );
}
