// What the commands about persistent NAT say of its bindings, and which of them an operator asked for.

import { ipAddress, integer, ipProtocol, formatProtocol, plainName } from "@merlon/model/schema/value.ts";
import { formatIp } from "@merlon/model/ip/address.ts";
import type { IpAddress } from "@merlon/model/ip/address.ts";
import type { Gateway } from "../gateway.ts";
import type { KernelSession } from "../kernel/kernel.ts";
import { readBindings } from "../live-bindings.ts";
import type { LiveBinding } from "../live-bindings.ts";
import type { Input, Parameter } from "./operation.ts";

export interface BindingFacts {
  readonly innerAddress: string;
  readonly innerPort: number;
  /** `any` where addresses alone are bound. */
  readonly protocol: string;
  readonly outerAddress: string;
  readonly outerPort: number;
  /** The pool, or `interface`. */
  readonly pool: string;
  readonly permit: string;
  /** Absent while the binding has sessions. */
  readonly secondsLeft?: number;
  readonly inactivitySeconds: number;
  readonly sessionCount: number;
  readonly sessionsMax: number;
  readonly rule: string;
}

/** Which bindings: of all, of interfaces, of one pool, or of one inner address. */
export type BindingChoice = "all" | "interface" | "pool" | "internal-ip";

export const bindingParameters: Readonly<Record<BindingChoice, readonly Parameter[]>> = {
  all: [],
  interface: [],
  pool: [{ word: "pool-name", help: "Name of the pool", type: plainName, positional: true, required: true }],
  "internal-ip": [
    { word: "ip", help: "Inner address", type: ipAddress, positional: true, required: true },
    { word: "internal-port", help: "Inner port", type: integer(0, 65_535) },
    { word: "internal-protocol", help: "Protocol", type: ipProtocol },
  ],
};

export async function bindingsAsked(
  gateway: Gateway,
  choice: BindingChoice,
  input: Input,
): Promise<readonly LiveBinding[]> {
  const all = await readBindings(gateway.kernel, gateway.running?.prepared.ir);
  switch (choice) {
    case "all":
      return all;
    case "interface":
      return all.filter(({ rule }) => rule.outer.kind === "device");
    case "pool":
      return all.filter(({ rule }) => rule.outer.kind === "pool" && rule.outer.pool.name === input["pool-name"]);
    case "internal-ip": {
      const address = formatIp(input["ip"] as IpAddress);
      const [port, protocol] = [input["internal-port"], input["internal-protocol"]];
      return all.filter(
        (it) =>
          formatIp(it.inner.address) === address &&
          (port === undefined || it.inner.port === port) &&
          (protocol === undefined || it.protocol === protocol),
      );
    }
  }
}

export async function bindingFacts(
  gateway: Gateway,
  bindings: readonly LiveBinding[],
): Promise<readonly BindingFacts[]> {
  const countOf = await sessionCounts(gateway, bindings);
  return bindings.map((binding) => {
    const { rule, inner, outer, protocol, isBusy, remainingMs } = binding;
    const bound = rule.outer;
    const { inactivitySeconds, sessionsMax, permit } = rule.persistent;
    return {
      innerAddress: formatIp(inner.address),
      innerPort: inner.port,
      protocol: protocol === 0 ? "any" : formatProtocol(protocol),
      outerAddress: bound.kind === "device" ? bound.device : formatIp(outer.address),
      outerPort: outer.port,
      pool: bound.kind === "pool" ? bound.pool.name : "interface",
      permit,
      ...(isBusy ? {} : { secondsLeft: Math.ceil(remainingMs / 1_000) }),
      inactivitySeconds,
      sessionCount: countOf(binding),
      sessionsMax,
      rule: rule.rule.name,
    };
  });
}

/** Sessions by the inner end of their binding, in one walk through the table. */
async function sessionCounts(
  gateway: Gateway,
  bindings: readonly LiveBinding[],
): Promise<(binding: LiveBinding) => number> {
  const counts = new Map(bindings.map((binding) => [keyOf(binding), 0]));
  if (bindings.some(({ isBusy }) => isBusy)) {
    for await (const batch of gateway.kernel.dumpSessions()) {
      for (const session of batch) {
        for (const key of keysOf(session)) {
          const count = counts.get(key);
          if (count !== undefined) counts.set(key, count + 1);
        }
      }
    }
  }
  return (binding) => counts.get(keyOf(binding)) ?? 0;
}

function keyOf({ rule, protocol, inner }: LiveBinding): string {
  return `${rule.rule.id} ${protocol} ${formatIp(inner.address)} ${inner.port}`;
}

/** As a binding of ports and as one of addresses; its rule says which it is. */
function keysOf({ natRules, original, reply }: KernelSession): readonly string[] {
  const ways = [
    [natRules?.source, original],
    [natRules?.destination, reply],
  ] as const;
  return ways.flatMap(([id, { protocol, source, sourcePort = 0 }]) =>
    id === undefined ? [] : [`${id} ${protocol} ${formatIp(source)} ${sourcePort}`, `${id} 0 ${formatIp(source)} 0`],
  );
}
