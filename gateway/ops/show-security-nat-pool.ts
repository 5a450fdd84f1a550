// `show security nat source pool` and `destination pool`: the addresses of each pool, and how often its rules translated.

import type { DestinationPool, IrNat, SourcePool } from "@merlon/compiler/nat/ir-nat.ts";
import { sizeOf } from "@merlon/compiler/nat/range-size.ts";
import { formatIp } from "@merlon/model/ip/address.ts";
import { plainName } from "@merlon/model/schema/value.ts";
import type { XmlElement } from "@merlon/netconf/element.ts";
import type { Gateway } from "../gateway.ts";
import { highOf, lowOf, natUse, usedCount } from "./nat-facts.ts";
import { operation } from "./operation.ts";
import type { Parameter } from "./operation.ts";
import { field, fields, group, reply } from "./reply.ts";

interface PoolUse {
  readonly id: number;
  readonly hits: number;
}

interface SourcePoolUse extends PoolUse {
  readonly references: number;
  /** Of a pool that translates no ports, none. */
  readonly usedPorts: number;
  /** Of each range of addresses. */
  readonly usedPortsByRange: readonly number[];
}

export type SourcePoolList = readonly (SourcePool & SourcePoolUse)[];
export type DestinationPoolList = readonly (DestinationPool & PoolUse)[];

const parametersOf = (kind: "source" | "destination"): readonly Parameter[] => [
  {
    word: "pool-name",
    help: "Only this pool, or all",
    type: plainName,
    positional: true,
    names: [["security", "nat", kind, "pool"]],
    also: { all: "All pools" },
  },
];

export const showSecurityNatSourcePool = operation<SourcePoolList>({
  command: "show security nat source pool",
  help: "Show the pools of source NAT",
  parameters: parametersOf("source"),
  run: async (gateway, input) => {
    const { nat, usesOf, portsOf } = await usage(gateway);
    return (nat?.sourcePools ?? [])
      .map((pool, index) => ({
        ...pool,
        id: index + 1,
        ...usesOf("source", index),
        usedPorts: usedCount(portsOf(index)),
        usedPortsByRange: pool.ranges.map((range) => usedCount(portsOf(index), range)),
      }))
      .filter(named(input["pool-name"]));
  },
  text: (pools) => `Total pools: ${pools.length}\n${pools.map(sourceText).join("\n")}`,
  rpc: { name: "retrieve-source-nat-pool-information", reply: sourceReply },
});

export const showSecurityNatDestinationPool = operation<DestinationPoolList>({
  command: "show security nat destination pool",
  help: "Show the pools of destination NAT",
  parameters: parametersOf("destination"),
  run: async (gateway, input) => {
    const { nat, usesOf } = await usage(gateway);
    return (nat?.destinationPools ?? [])
      .map((pool, index) => ({ ...pool, id: index + 1, ...usesOf("destination", index) }))
      .filter(named(input["pool-name"]));
  },
  text: (pools) => `Total destination-nat pools: ${pools.length}\n${pools.map(destinationText).join("\n")}`,
  rpc: { name: "get-destination-nat-pool-information", reply: destinationReply },
});

function named(wanted: unknown): (pool: { readonly name: string }) => boolean {
  return ({ name }) => wanted === undefined || wanted === "all" || name === wanted;
}

/** What the rules that lead to a pool have counted together. */
async function usage(gateway: Gateway) {
  const nat: IrNat | undefined = gateway.running?.prepared.ir.nat;
  const { countOf, portsOf } = await natUse(gateway);
  const usesOf = (kind: "source" | "destination", pool: number) => {
    const rules = (nat?.[kind] ?? []).flatMap((set) => [...set.rules]);
    const users = rules
      .filter(({ action }) => action.kind === "pool" && action.pool === pool)
      .map(({ id }) => countOf(id));
    return {
      references: users.length,
      hits: users.reduce((sum, { hits }) => sum + hits, 0),
    };
  };
  return { nat, usesOf, portsOf };
}

function line(label: string, value: string | number): string {
  return `${label.padEnd(19)}: ${value}\n`;
}

function addressCount(ranges: SourcePool["ranges"]): number {
  return ranges.reduce((sum, range) => sum + sizeOf(range), 0);
}

function sourceText(pool: SourcePoolList[number]): string {
  const { name, id, base, ports, persistent, ranges, hits, usedPorts, usedPortsByRange } = pool;
  return (
    line("Pool name", name) +
    line("Pool id", id) +
    line("Routing instance", "default") +
    line("Host address base", base === undefined ? "0.0.0.0" : formatIp(base)) +
    line("Port", ports === "keep" ? "no translation" : `[${ports.first}, ${ports.last}]`) +
    line("Port overloading", 1) +
    line("Address assignment", persistent ? "paired" : "no-paired") +
    line("Total addresses", addressCount(ranges)) +
    line("Translation hits", hits) +
    `Address range${" ".repeat(24)}Single Ports   Twin Ports\n` +
    ranges
      .map(
        (range, at) =>
          `  ${`${lowOf(range)} - ${highOf(range)}`.padEnd(35)}${String(usedPortsByRange[at] ?? 0).padEnd(15)}0\n`,
      )
      .join("") +
    line("Total used ports", usedPorts)
  );
}

function destinationText({ name, id, range, port, hits }: DestinationPoolList[number]): string {
  const short = (label: string, value: string | number) => `${label.padEnd(16)}: ${value}\n`;
  return (
    short("Pool name", name) +
    short("Pool id", id) +
    short("Routing instance", "default") +
    short("Total address", sizeOf(range)) +
    short("Translation hits", hits) +
    `Address range                        Port\n` +
    ` ${`${lowOf(range).padEnd(15)} - ${highOf(range)}`.padEnd(36)}${port ?? 0}\n`
  );
}

function sourceReply(pools: SourcePoolList): XmlElement {
  return reply(
    "source-nat-pool-information",
    "junos-nat",
    pools.map((pool) =>
      group(
        "source-nat-pool-entry",
        field("pool-name", pool.name),
        field("pool-id", pool.id),
        fields(
          "address",
          pool.ranges.map((range) => `${lowOf(range)}-${highOf(range)}`),
        ),
        field("pool-status", "active"),
        field("single-ports", pool.usedPorts),
        field("twin-ports", 0),
        field("port-address-translation", pool.ports === "keep" ? "no" : "yes"),
        field("host-address", pool.base === undefined ? undefined : formatIp(pool.base)),
        field("references", pool.references),
        field("pool-translation-hits", pool.hits),
      ),
    ),
  );
}

function destinationReply(pools: DestinationPoolList): XmlElement {
  return reply(
    "destination-nat-pool-information",
    "junos-nat",
    group("total-destination-nat-pool-number", field("total-pools", pools.length)),
    pools.map(({ name, id, range, port, hits }) =>
      group(
        "destination-nat-pool-entry",
        field("pool-name", name),
        field("pool-id", id),
        field("routing-instance-name", "default"),
        field("total-pool-address", sizeOf(range)),
        field("address-pool-hits", hits),
        group(
          "pool-address-range",
          field("address-range-low", lowOf(range)),
          field("address-range-high", highOf(range)),
          field("address-port", port ?? 0),
        ),
      ),
    ),
  );
}
