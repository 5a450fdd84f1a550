// `clear security nat source persistent-nat-table`: bindings without sessions are forgotten, so that their inner ends get
// others and nobody reaches them any more. A binding with sessions stays: without it their next one would look like another host.

import { bindingSets } from "@merlon/compiler/nat/binding-sets.ts";
import { printElement } from "@merlon/compiler/nft/print-statement.ts";
import type { NftValue } from "@merlon/compiler/nft/program.ts";
import type { Gateway } from "../gateway.ts";
import type { FilledChange, FilledElement } from "../kernel/kernel.ts";
import { KernelFailure } from "../kernel/kernel.ts";
import type { LiveBinding } from "../live-bindings.ts";
import { bindingParameters, bindingsAsked } from "./binding-facts.ts";
import type { BindingChoice } from "./binding-facts.ts";
import { operation } from "./operation.ts";
import type { Input } from "./operation.ts";
import { output } from "./reply.ts";

export interface ClearedBindings {
  readonly clearedCount: number;
  readonly busyCount: number;
}

const helps: Readonly<Record<BindingChoice, string>> = {
  all: "Forget all bindings without sessions",
  interface: "Forget bindings to addresses of interfaces",
  pool: "Forget bindings to addresses of a pool",
  "internal-ip": "Forget bindings of an inner address",
};

const rpcNames: Readonly<Record<BindingChoice, string>> = {
  all: "clear-persist-nat-all",
  interface: "clear-persist-nat-interface-information",
  pool: "clear-persist-nat-pool-information",
  "internal-ip": "clear-persist-nat-ip-port-information",
};

/** A row may end between two looks; then all is looked at again. */
const attemptsMax = 4;

function clear(choice: BindingChoice) {
  return operation<ClearedBindings>({
    command: `clear security nat source persistent-nat-table ${choice}`,
    help: helps[choice],
    parameters: bindingParameters[choice],
    run: (gateway, input) => gateway.exclusively(() => forget(gateway, choice, input)),
    text,
    rpc: { name: rpcNames[choice], reply: (cleared) => output(text(cleared)) },
  });
}

function text({ clearedCount, busyCount }: ClearedBindings): string {
  const kept = busyCount === 0 ? "" : `, ${busyCount} with sessions kept`;
  return `${clearedCount} persistent NAT bindings cleared${kept}\n`;
}

async function forget(gateway: Gateway, choice: BindingChoice, input: Input): Promise<ClearedBindings> {
  for (let attempt = 1; ; attempt++) {
    const asked = await bindingsAsked(gateway, choice, input);
    const idle = asked.filter(({ isBusy }) => !isBusy);
    try {
      gateway.checked.stepped(await gateway.kernel.changeFilled(await removals(gateway, idle)));
      return { clearedCount: idle.length, busyCount: asked.length - idle.length };
    } catch (error) {
      if (!(error instanceof KernelFailure) || attempt === attemptsMax) throw error;
    }
  }
}

async function removals({ kernel }: Gateway, bindings: readonly LiveBinding[]): Promise<readonly FilledChange[]> {
  const changes: FilledChange[] = [];
  for (const family of [4, 6] as const) {
    const { bound, taken, inward, peers } = bindingSets[family];
    const ofFamily = bindings.filter((binding) => binding.family === family);
    if (ofFamily.length === 0) continue;
    const ends = new Set(ofFamily.map(({ outerKey }) => textOf(outerKey)));
    const note = (set: FilledChange["set"], remove: readonly FilledElement[]) =>
      changes.push({ set, remove, add: [], timeoutMs: 0 });
    note(
      bound,
      ofFamily.map(({ row }) => row),
    );
    for (const set of [taken, inward, peers]) {
      note(
        set,
        (await kernel.readFilled(set)).filter(({ key }) => ends.has(textOf(key.slice(0, 3)))),
      );
    }
  }
  return changes;
}

function textOf(key: readonly NftValue[]): string {
  return printElement({ key });
}

export const clearSecurityNatPersistentTable = [
  clear("all"),
  clear("interface"),
  clear("internal-ip"),
  clear("pool"),
] as const;
