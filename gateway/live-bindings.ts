// What persistent NAT has bound now: the rows of the kernel's sets, with the rules that made them. Rows of rules that have
// gone or mean something else lead nowhere and are left out; they go with their time.

import { bindingSets } from "@merlon/compiler/nat/binding-sets.ts";
import type { End } from "@merlon/compiler/nat/binding.ts";
import { persistentRules } from "@merlon/compiler/nat/persistent-nat.ts";
import type { PersistentRule } from "@merlon/compiler/nat/persistent-nat.ts";
import type { Ir } from "@merlon/compiler/ir.ts";
import { printElement } from "@merlon/compiler/nft/print-statement.ts";
import type { NftValue } from "@merlon/compiler/nft/program.ts";
import type { Family, IpAddress } from "@merlon/model/ip/address.ts";
import type { FilledElement, Kernel } from "./kernel/kernel.ts";

export interface LiveBinding {
  readonly rule: PersistentRule;
  readonly family: Family;
  /** 0 for every protocol. */
  readonly protocol: number;
  readonly inner: End;
  /** With a stand-in for its address where that of a device is bound. */
  readonly outer: End;
  /** How long the binding stays when nothing more comes. */
  readonly remainingMs: number;
  /** Whether sessions have it. */
  readonly isBusy: boolean;
  /** The row in the kernel, and the text of the outer end that is a key of the others. */
  readonly row: FilledElement;
  readonly outerKey: readonly NftValue[];
}

const families = [4, 6] as const;

/** None, and no question to the kernel, where no rule makes any. */
export async function readBindings(kernel: Kernel, ir: Ir | undefined): Promise<readonly LiveBinding[]> {
  const rules = ir === undefined ? [] : persistentRules(ir);
  if (ir === undefined || rules.length === 0) return [];
  const byClass = new Map(rules.map((rule) => [rule.bindingClass, rule]));
  const all: LiveBinding[] = [];
  for (const family of families) {
    const rows = await kernel.readFilled(bindingSets[family].bound);
    if (rows.length === 0) continue;
    const busy = new Set((await kernel.readFilled(bindingSets[family].busy)).map(({ key }) => printElement({ key })));
    for (const row of rows) {
      const binding = bindingOf(row, family, byClass, busy);
      if (binding !== undefined) all.push(binding);
    }
  }
  return all;
}

function bindingOf(
  row: FilledElement,
  family: Family,
  byClass: ReadonlyMap<number, PersistentRule>,
  busy: ReadonlySet<string>,
): LiveBinding | undefined {
  const [protocol, bindingClass, innerAddress, innerPort] = row.key;
  const [, outerAddress, outerPort] = row.data ?? [];
  const rule = byClass.get(numberOf(bindingClass));
  const [inner, outer] = [endOf(innerAddress, innerPort), endOf(outerAddress, outerPort)];
  if (rule === undefined || inner === undefined || outer === undefined || protocol === undefined) return undefined;
  if (outerAddress === undefined || outerPort === undefined) return undefined;
  const outerKey = [protocol, outerAddress, outerPort];
  return {
    rule,
    family,
    protocol: numberOf(protocol),
    inner,
    outer,
    remainingMs: row.remainingMs ?? 0,
    isBusy: busy.has(printElement({ key: outerKey })),
    row,
    outerKey,
  };
}

function numberOf(value: NftValue | undefined): number {
  return value?.kind === "number" ? value.value : 0;
}

function endOf(address: NftValue | undefined, port: NftValue | undefined): End | undefined {
  const ip = address?.kind === "addresses" ? addressOf(address) : undefined;
  return ip === undefined ? undefined : { address: ip, port: numberOf(port) };
}

function addressOf({ range }: NftValue & { readonly kind: "addresses" }): IpAddress {
  return range.family === 4 ? { family: 4, value: range.first } : { family: 6, value: range.first };
}
