// `show security nat source summary` and `destination summary`: pools and rules in one table each.

import type { IrNat, NatSide } from "@merlon/compiler/nat/ir-nat.ts";
import { sizeOf } from "@merlon/compiler/nat/range-size.ts";
import type { XmlElement } from "@merlon/netconf/element.ts";
import type { Gateway } from "../gateway.ts";
import { highOf, lowOf, natUse, usedCount } from "./nat-facts.ts";
import { operation } from "./operation.ts";
import { field, group, reply } from "./reply.ts";

export interface NatSummary {
  /** Sessions that have a port of a pool now. */
  readonly portsInUse: number;
  readonly pools: readonly {
    readonly name: string;
    readonly ranges: readonly string[];
    readonly pat: string;
    readonly size: number;
  }[];
  readonly rules: readonly {
    readonly name: string;
    readonly ruleSet: string;
    readonly from: string;
    readonly to: string;
    readonly action: string;
  }[];
}

export const showSecurityNatSourceSummary = operation<NatSummary>({
  command: "show security nat source summary",
  help: "Show pools and rules of source NAT",
  parameters: [],
  run: sourceSummary,
  text: ({ portsInUse, pools, rules }) =>
    `Total port number usage for port translation pool: ${portsInUse}\n` +
    `Maximum port number for port translation pool: 67108864\n` +
    poolsText(pools, "PAT") +
    rulesText(rules),
  rpc: { name: "retrieve-source-nat-summary", reply: (summary) => replyOf("source", summary) },
});

export const showSecurityNatDestinationSummary = operation<NatSummary>({
  command: "show security nat destination summary",
  help: "Show pools and rules of destination NAT",
  parameters: [],
  run: destinationSummary,
  text: ({ pools, rules }) => poolsText(pools, "Port") + rulesText(rules),
  rpc: { name: "retrieve-destination-nat-summary-information", reply: (summary) => replyOf("destination", summary) },
});

function natOf(gateway: Gateway): IrNat | undefined {
  return gateway.running?.prepared.ir.nat;
}

function nameOfSide({ names }: NatSide): string {
  return names.join(",");
}

async function sourceSummary(gateway: Gateway): Promise<NatSummary> {
  const nat = natOf(gateway);
  const { portsOf } = await natUse(gateway);
  const sets = nat?.source ?? [];
  return {
    portsInUse: (nat?.sourcePools ?? []).reduce((sum, _, at) => sum + usedCount(portsOf(at)), 0),
    pools: (nat?.sourcePools ?? []).map(({ name, ranges, ports }) => ({
      name,
      ranges: ranges.map((range) => `${lowOf(range)}-${highOf(range)}`),
      pat: ports === "keep" ? "no" : "yes",
      size: ranges.reduce((sum, range) => sum + sizeOf(range), 0),
    })),
    rules: sets.flatMap((set) =>
      set.rules.map(({ name, action }) => ({
        name,
        ruleSet: set.name,
        from: nameOfSide(set.from),
        to: nameOfSide(set.to),
        action: action.kind === "pool" ? (nat?.sourcePools[action.pool]?.name ?? "N/A") : action.kind,
      })),
    ),
  };
}

async function destinationSummary(gateway: Gateway): Promise<NatSummary> {
  const nat = natOf(gateway);
  return {
    portsInUse: 0,
    pools: (nat?.destinationPools ?? []).map(({ name, range, port }) => ({
      name,
      ranges: [`${lowOf(range)}-${highOf(range)}`],
      pat: String(port ?? 0),
      size: sizeOf(range),
    })),
    rules: (nat?.destination ?? []).flatMap((set) =>
      set.rules.map(({ name, action }) => ({
        name,
        ruleSet: set.name,
        from: nameOfSide(set.from),
        to: "",
        action: action.kind === "pool" ? (nat?.destinationPools[action.pool]?.name ?? "N/A") : action.kind,
      })),
    ),
  };
}

function poolsText(pools: NatSummary["pools"], title: string): string {
  const rows = pools.flatMap(({ name, ranges, pat, size }) =>
    ranges.map((range, index) =>
      index === 0
        ? `${name.padEnd(20)} ${range.padEnd(30)} ${"default".padEnd(14)} ${pat.padEnd(5)} ${size}\n`
        : `${" ".repeat(20)} ${range}\n`,
    ),
  );
  return (
    `Total pools: ${pools.length}\n` +
    `${"Pool name".padEnd(20)} ${"Address".padEnd(30)} ${"Routing".padEnd(14)} ${title.padEnd(5)} Total\n` +
    `${" ".repeat(20)} ${"Range".padEnd(30)} ${"Instance".padEnd(14)} ${" ".repeat(5)} Address\n${rows.join("")}\n`
  );
}

function rulesText(rules: NatSummary["rules"]): string {
  const row = (...cells: readonly [string, string, string, string, string]) =>
    `${cells[0].padEnd(20)} ${cells[1].padEnd(16)} ${cells[2].padEnd(18)} ${cells[3].padEnd(18)} ${cells[4]}\n`;
  const rows = rules.map(({ name, ruleSet, from, to, action }) => row(name, ruleSet, from, to, action));
  return `Total rules: ${rules.length}\n${row("Rule name", "Rule set", "From", "To", "Action")}${rows.join("")}`;
}

function replyOf(kind: "source" | "destination", { pools }: NatSummary): XmlElement {
  const root = kind === "source" ? "source-nat-summary" : "destination-nat-summary-information";
  return reply(
    root,
    "junos-nat",
    pools.flatMap(({ name, ranges, pat }) =>
      ranges.map((range) =>
        group(
          kind === "source" ? "source-nat-pool-entry" : "destination-nat-entry",
          field(kind === "source" ? "pool-name" : "destination-nat-pool-name", name),
          field(kind === "source" ? "address" : "destination-address-range", range),
          field(kind === "source" ? "port-address-translation" : "destination-port-number", pat),
        ),
      ),
    ),
  );
}
