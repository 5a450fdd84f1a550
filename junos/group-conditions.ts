// Whether a group counts on this gateway: what stands below `groups NAME when`. All conditions must be met. A gateway is
// one machine with one routing engine; what only the parts of larger systems can be, it is not.

import { windowOf, isWithin } from "./group-times.ts";
import type { ConfigNode } from "./tree.ts";

export type ClusterNode = "node0" | "node1";

/** How `when model` and `show version` know this product. */
export const gatewayModel = "merlon";
export const gatewayRoutingEngine = "re0";

/** Groups of these names count on one routing engine only, without any condition, as on the original. */
const foreignEngines: ReadonlySet<string> = new Set(["re1"]);

/** What a gateway is, as far as groups ask. */
export interface GatewayIdentity {
  readonly node?: ClusterNode | undefined;
  /** Undefined while it is not known: it stands in the configuration itself. */
  readonly own?: OwnSettings | undefined;
  /** Groups that count for their time whatever it is, for what a configuration may become. */
  readonly timeMet?: ((name: string) => boolean) | undefined;
}

/** What the configuration says about its gateway: its name, and the moment in its time zone. */
export interface OwnSettings {
  readonly hostName?: string | undefined;
  readonly now: Temporal.ZonedDateTime;
}

export type Decision =
  | { readonly kind: "met" | "unmet" }
  /** A condition asks for the node, and this gateway has no name. */
  | { readonly kind: "no-node" }
  /** It asks for a setting of the configuration, and these are not known yet. */
  | { readonly kind: "not-yet" }
  | { readonly kind: "wrong"; readonly condition: ConfigNode; readonly message: string; readonly hint: string };

export function decideGroup(group: ConfigNode, identity: GatewayIdentity): Decision {
  if (foreignEngines.has(group.keys[0] ?? "")) return { kind: "unmet" };
  const when = group.children.get("when");
  if (when === undefined || when.inactive) return { kind: "met" };
  const decisions = [...when.children.values()]
    .filter(({ inactive }) => !inactive)
    .map((condition) => decide(group, condition, identity));
  const first = (kind: Decision["kind"]) => decisions.find((decision) => decision.kind === kind);
  return first("wrong") ?? first("unmet") ?? first("no-node") ?? first("not-yet") ?? { kind: "met" };
}

function decide(group: ConfigNode, condition: ConfigNode, identity: GatewayIdentity): Decision {
  const { word, values } = condition;
  const [value = ""] = values;
  switch (word) {
    case "node":
      return identity.node === undefined ? { kind: "no-node" } : answer(identity.node === value);
    case "model":
      return answer(value === gatewayModel);
    case "routing-engine":
      return answer(value === gatewayRoutingEngine);
    case "peers":
      if (identity.own === undefined) return { kind: "not-yet" };
      return answer(identity.own.hostName !== undefined && values.includes(identity.own.hostName));
    case "chassis":
    case "member":
      return { kind: "unmet" };
    case "time":
      return decideTime(group, condition, identity);
    default:
      return {
        kind: "wrong",
        condition,
        message: `the condition "${word}" is not known`,
        hint: "conditions are chassis, member, model, node, peers, routing-engine and time",
      };
  }
}

function decideTime(group: ConfigNode, condition: ConfigNode, { own, timeMet }: GatewayIdentity): Decision {
  const window = windowOf(condition);
  if (window === undefined) {
    return {
      kind: "wrong",
      condition,
      message: "the time has no start, or a date on one side only",
      hint: "write time 22:00 to 06:00, or time 2026-12-24.18:00 to 2026-12-27.06:00",
    };
  }
  if (timeMet?.(group.keys[0] ?? "") === true) return { kind: "met" };
  return own === undefined ? { kind: "not-yet" } : answer(isWithin(window, own.now));
}

function answer(met: boolean): Decision {
  return { kind: met ? "met" : "unmet" };
}

const settingWords: ReadonlySet<string> = new Set(["peers", "time"]);

/** Whether some group asks for what stands in the configuration itself. */
export function asksForSettings(tree: ConfigNode): boolean {
  for (const group of tree.children.values()) {
    const when = group.word === "groups" && !group.inactive ? group.children.get("when") : undefined;
    if (when === undefined || when.inactive) continue;
    for (const { word, inactive } of when.children.values()) if (!inactive && settingWords.has(word)) return true;
  }
  return false;
}
