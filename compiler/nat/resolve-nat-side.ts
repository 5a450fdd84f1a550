// On which devices a rule set counts. An interface is more specific than a zone, a zone than a routing instance, and where
// traffic leaves says more than where it comes from.

import { origin } from "@merlon/model/schema/node.ts";
import type { HasOrigin } from "@merlon/model/schema/node.ts";
import { formatInterfaceUnit } from "@merlon/model/schema/value.ts";
import type { InterfaceUnit } from "@merlon/model/schema/value.ts";
import { didYouMean } from "@merlon/model/did-you-mean.ts";
import type { DiagnosticList } from "../diagnostic-list.ts";
import { hostZone } from "../ir.ts";
import type { NatKind, NatSide } from "./ir-nat.ts";
import type { NatContext } from "./nat-context.ts";

export interface SideWords {
  readonly routingInstance: readonly string[];
  readonly zone: readonly string[];
  readonly interface: readonly InterfaceUnit[];
}

interface SetWords extends HasOrigin {
  readonly name: string;
  readonly from?: SideWords;
  readonly to?: SideWords;
}

/** The only instance there is, by the original's name for it. */
const defaultInstance = "default";

/** Undefined, and said, when the set counts nowhere. */
export function resolveSide(
  kind: NatKind,
  set: SetWords,
  side: "from" | "to",
  context: NatContext,
): NatSide | undefined {
  const words = set[side];
  const { diagnostics, interfaces } = context;
  if (words !== undefined && words.interface.length > 0) {
    const names = words.interface.map(formatInterfaceUnit);
    const devices = names.flatMap((name) => {
      const known = interfaces.find((entry) => entry.name === name);
      if (known === undefined) unknown(kind, set, `interface ${name}, which is in no zone`, undefined, diagnostics);
      return known === undefined ? [] : [known.device];
    });
    return { kind: "interface", names, devices };
  }
  if (words !== undefined && words.zone.length > 0) {
    for (const zone of words.zone) checkZone(kind, set, zone, context);
    const devices = interfaces.filter(({ zone }) => words.zone.includes(zone)).map(({ device }) => device);
    return { kind: "zone", names: words.zone, devices };
  }
  if (words !== undefined && words.routingInstance.length > 0) {
    const others = words.routingInstance.filter((name) => name !== defaultInstance);
    if (others.length > 0) {
      const message = `${kind} NAT rule set ${set.name} does nothing for routing instance ${others.join(", ")}: there is none`;
      diagnostics.warning("nat.no-instance", set[origin], message, `use routing-instance ${defaultInstance}, or zones`);
    }
    const devices = others.length < words.routingInstance.length ? interfaces.map(({ device }) => device) : [];
    return { kind: "routing-instance", names: words.routingInstance, devices };
  }
  diagnostics.error(
    "nat.no-context",
    set[origin],
    `${kind} NAT rule set ${set.name} does not say ${side === "from" ? "where traffic comes from" : "where it goes to"}`,
    `set security nat ${kind} rule-set ${set.name} ${side} zone …`,
  );
  return undefined;
}

function checkZone(kind: NatKind, set: SetWords, zone: string, { diagnostics, zones }: NatContext): void {
  const known = zones.filter((one) => one.kind === "security").map(({ name }) => name);
  if (known.includes(zone)) return;
  if (zone === hostZone) {
    const message = `${kind} NAT rule set ${set.name} does nothing for sessions of the gateway itself`;
    diagnostics.warning("nat.own-sessions", set[origin], message, `take ${hostZone} out of it`);
  } else unknown(kind, set, `the unknown zone ${zone}`, didYouMean(zone, known), diagnostics);
}

function unknown(
  kind: NatKind,
  set: SetWords,
  what: string,
  hint: string | undefined,
  diagnostics: DiagnosticList,
): void {
  const message = `${kind} NAT rule set ${set.name} names ${what}`;
  diagnostics.error("nat.unknown-context", set[origin], message, hint);
}

interface Placed {
  readonly set: SetWords;
  readonly from: NatSide;
  readonly to: NatSide | undefined;
}

const specificity: Readonly<Record<NatSide["kind"], number>> = { interface: 0, zone: 1, "routing-instance": 2 };

/** The most specific first, in configured order among equals. */
export function bySpecificity<P extends Placed>(placed: readonly P[]): readonly P[] {
  const rank = ({ from, to }: Placed) => (to === undefined ? 0 : specificity[to.kind] * 3) + specificity[from.kind];
  return placed.toSorted((a, b) => rank(a) - rank(b));
}

/** Two sets about the same traffic, of which the second would never be asked on the original. */
export function refuseSameContext(kind: NatKind, placed: readonly Placed[], diagnostics: DiagnosticList): void {
  const owners = new Map<string, string>();
  for (const { set, from, to } of placed) {
    for (const source of from.names) {
      for (const target of to?.names ?? [""]) {
        const key = `${from.kind} ${source} ${to?.kind ?? ""} ${target}`;
        const owner = owners.get(key);
        owners.set(key, owner ?? set.name);
        if (owner === undefined) continue;
        const where = `from ${from.kind} ${source}${to === undefined ? "" : ` to ${to.kind} ${target}`}`;
        const message = `${kind} NAT rule sets ${owner} and ${set.name} are both about traffic ${where}`;
        diagnostics.error("nat.same-context", set[origin], message, "put their rules into one rule set");
      }
    }
  }
}
