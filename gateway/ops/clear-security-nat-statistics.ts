// `clear security nat statistics`: the counters of NAT rules begin at zero again. The kernel counts with the elements of a
// set, so they are taken out and put back in one transaction; a packet between the two meets the set's catch-all.

import { firstValue } from "@merlon/compiler/nft/first-value.ts";
import { natHitsSet } from "@merlon/compiler/nat/nat-names.ts";
import type { NatKind } from "@merlon/compiler/nat/ir-nat.ts";
import { plainName } from "@merlon/model/schema/value.ts";
import type { Gateway } from "../gateway.ts";
import { operation } from "./operation.ts";
import { output } from "./reply.ts";

export interface ClearedNatCounters {
  readonly clearedCount: number;
}

function clearRules(kind: NatKind) {
  return operation<ClearedNatCounters>({
    command: `clear security nat statistics ${kind} rule`,
    help: `Let the counters of ${kind} NAT rules begin at zero again`,
    parameters: [
      { word: "rule-name", help: "Only this rule, or all", type: plainName, positional: true, required: true },
    ],
    run: (gateway, input) => gateway.exclusively(() => clear(gateway, rulesNamed(gateway, kind, input["rule-name"]))),
    text,
    rpc: { name: `clear-${kind}-nat-rule-sets-information`, reply: (cleared) => output(text(cleared)) },
  });
}

function clearPools(kind: "source" | "destination") {
  return operation<ClearedNatCounters>({
    command: `clear security nat statistics ${kind} pool`,
    help: `Let the counters of ${kind} NAT pools begin at zero again`,
    parameters: [
      { word: "pool-name", help: "Only this pool, or all", type: plainName, positional: true, required: true },
    ],
    run: (gateway, input) => gateway.exclusively(() => clear(gateway, rulesOfPool(gateway, kind, input["pool-name"]))),
    text,
    rpc: { name: `clear-${kind}-nat-pool-information`, reply: (cleared) => output(text(cleared)) },
  });
}

export const clearSecurityNatStatistics = [
  clearRules("source"),
  clearRules("destination"),
  clearRules("static"),
  clearPools("source"),
  clearPools("destination"),
] as const;

function text({ clearedCount }: ClearedNatCounters): string {
  return `Counters of ${clearedCount} NAT rules cleared\n`;
}

function rulesNamed(gateway: Gateway, kind: NatKind, wanted: unknown): ReadonlySet<number> {
  const rules = (gateway.running?.prepared.ir.nat?.[kind] ?? []).flatMap((set) => [...set.rules]);
  return new Set(rules.filter(({ name }) => wanted === "all" || name === wanted).map(({ id }) => id));
}

/** A pool has counted what the rules that lead to it have. */
function rulesOfPool(gateway: Gateway, kind: "source" | "destination", wanted: unknown): ReadonlySet<number> {
  const nat = gateway.running?.prepared.ir.nat;
  const pools = kind === "source" ? nat?.sourcePools : nat?.destinationPools;
  const rules = (nat?.[kind] ?? []).flatMap((set) => [...set.rules]);
  return new Set(
    rules.flatMap(({ id, action }) => {
      const pool = action.kind === "pool" ? pools?.[action.pool] : undefined;
      return pool !== undefined && (wanted === "all" || pool.name === wanted) ? [id] : [];
    }),
  );
}

async function clear(gateway: Gateway, ids: ReadonlySet<number>): Promise<ClearedNatCounters> {
  const table = await gateway.kernel.readTable();
  const set = table?.sets.find(({ name }) => name === natHitsSet);
  const elements = (set?.elements ?? []).filter((element) => {
    const key = firstValue(element);
    return key?.kind === "number" && ids.has(key.value);
  });
  if (table !== undefined && elements.length > 0) {
    await gateway.kernel.applyTransaction(
      [
        { kind: "delete-elements", set: natHitsSet, elements },
        { kind: "add-elements", set: natHitsSet, elements },
      ],
      table,
    );
  }
  return { clearedCount: elements.length };
}
