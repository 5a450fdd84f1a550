// `show security nat source rule`, `destination rule` and `static rule`: what each rule matches and does, how often it did,
// and how many sessions it translates now.

import type {
  DestinationAction,
  IrNat,
  NatKind,
  PersistentNat,
  SourceAction,
  StaticAction,
} from "@merlon/compiler/nat/ir-nat.ts";
import type { Ir } from "@merlon/compiler/ir.ts";
import { plainName } from "@merlon/model/schema/value.ts";
import type { NumberRange } from "@merlon/model/schema/value.ts";
import type { XmlElement } from "@merlon/netconf/element.ts";
import type { Gateway } from "../gateway.ts";
import { addressesOf, lowOf, portFacts, prefixCounts, rangeText, ruleFacts } from "./nat-facts.ts";
import type { NatCount, NatRuleFacts } from "./nat-facts.ts";
import { operation } from "./operation.ts";
import type { Parameter } from "./operation.ts";
import { field, group, reply } from "./reply.ts";

export interface NatRuleList {
  readonly kind: NatKind;
  readonly totalCount: number;
  readonly prefixes: { readonly v4: number; readonly v6: number };
  readonly rules: readonly NatRuleSummary[];
}

export interface NatRuleSummary {
  readonly kind: NatKind;
  readonly name: string;
  readonly ruleSet: string;
  readonly id: number;
  readonly position: number;
  readonly from: { readonly kind: string; readonly names: readonly string[] };
  readonly to?: { readonly kind: string; readonly names: readonly string[] };
  readonly sources: readonly string[];
  readonly destinations: readonly string[];
  readonly protocols: readonly string[];
  readonly applications: readonly string[];
  readonly sourcePorts: readonly NumberRange[];
  readonly destinationPorts: readonly NumberRange[];
  /** `interface`, `off`, the name of a pool, or why the rule refuses. */
  readonly action: string;
  readonly persistent?: PersistentNat;
  /** Of a static rule. */
  readonly host?: { readonly addresses: string; readonly length: number; readonly ports?: NumberRange };
  readonly hits: number;
  readonly outcome: NatCount["outcome"];
  readonly sessions: number;
}

const parametersOf = (kind: NatKind): readonly Parameter[] => [
  {
    word: "rule-name",
    help: "Only this rule, or all",
    type: plainName,
    positional: true,
    names: [["security", "nat", kind, "rule-set", "rule"]],
    also: { all: "All rules" },
  },
];

const helps = {
  source: "Show the rules of source NAT",
  destination: "Show the rules of destination NAT",
  static: "Show the rules of static NAT",
} as const;

const rpcNames = {
  source: "get-source-nat-rule-sets-information",
  destination: "get-destination-nat-rule-sets-information",
  static: "get-static-nat-rule-information",
} as const;

function showRules(kind: NatKind) {
  return operation<NatRuleList>({
    command: `show security nat ${kind} rule`,
    help: helps[kind],
    parameters: parametersOf(kind),
    run: (gateway, input) => collect(gateway, kind, input["rule-name"] as string | undefined),
    text,
    rpc: { name: rpcNames[kind], reply: replyOf },
  });
}

export const showSecurityNatSourceRule = showRules("source");
export const showSecurityNatDestinationRule = showRules("destination");
export const showSecurityNatStaticRule = showRules("static");

async function collect(gateway: Gateway, kind: NatKind, name: string | undefined): Promise<NatRuleList> {
  const wanted = name === "all" ? undefined : name;
  const ir = gateway.running?.prepared.ir;
  const nat = ir?.nat;
  if (ir === undefined || nat === undefined) return { kind, totalCount: 0, prefixes: { v4: 0, v6: 0 }, rules: [] };
  const sets = nat[kind];
  return {
    kind,
    totalCount: sets.reduce((sum, { rules }) => sum + rules.length, 0),
    prefixes: prefixCounts(ir, sets),
    rules: await summaries(gateway, ir, nat, kind, wanted),
  };
}

async function summaries(
  gateway: Gateway,
  ir: Ir,
  nat: IrNat,
  kind: NatKind,
  wanted: string | undefined,
): Promise<readonly NatRuleSummary[]> {
  switch (kind) {
    case "source":
      return (await ruleFacts(gateway, kind, nat.source, wanted)).map((facts) => ({
        ...summaryOf(ir, facts),
        action: sourceAction(nat, facts.rule.action),
        ...persistentOf(facts.rule.action),
      }));
    case "destination":
      return (await ruleFacts(gateway, kind, nat.destination, wanted)).map((facts) => ({
        ...summaryOf(ir, facts),
        action: destinationAction(nat, facts.rule.action),
      }));
    case "static":
      return (await ruleFacts(gateway, kind, nat.static, wanted)).map((facts) => ({
        ...summaryOf(ir, facts),
        ...staticFacts(facts.rule.action),
      }));
  }
}

function summaryOf(ir: Ir, { kind, set, rule, position, count }: NatRuleFacts<unknown>): NatRuleSummary {
  const { protocols, source, destination } = portFacts(rule.match);
  const { from, to } = set;
  return {
    kind,
    name: rule.name,
    ruleSet: set.name,
    id: rule.id,
    position,
    from: { kind: from.kind, names: from.names },
    ...(to === undefined ? {} : { to: { kind: to.kind, names: to.names } }),
    sources: addressesOf(ir, rule.match.source).map(rangeText),
    destinations: addressesOf(ir, rule.match.destination).map(rangeText),
    protocols,
    applications: rule.match.applications,
    sourcePorts: source,
    destinationPorts: destination,
    action: "off",
    ...count,
  };
}

function sourceAction(nat: IrNat, action: SourceAction): string {
  switch (action.kind) {
    case "off":
    case "interface":
      return action.kind;
    case "refuse":
      return `refuse (${action.because})`;
    case "pool":
      return nat.sourcePools[action.pool]?.name ?? "N/A";
  }
}

function destinationAction(nat: IrNat, action: DestinationAction): string {
  if (action.kind === "refuse") return `refuse (${action.because})`;
  return action.kind === "off" ? "off" : (nat.destinationPools[action.pool]?.name ?? "N/A");
}

function staticFacts(action: StaticAction): Pick<NatRuleSummary, "action" | "host"> {
  if (action.kind === "refuse") return { action: `refuse (${action.because})` };
  const { inner, ports } = action;
  const sizeBits = (BigInt(inner.last) - BigInt(inner.first)).toString(2).length;
  const length = (inner.family === 4 ? 32 : 128) - (inner.first === inner.last ? 0 : sizeBits);
  return {
    action: "static",
    host: { addresses: lowOf(inner), length, ...(ports === undefined ? {} : { ports: ports.inner }) },
  };
}

const titles = { source: "source NAT rule", destination: "Destination NAT rule", static: "Static NAT rule" } as const;
const totals = { source: "rules", destination: "destination-nat rules", static: "static-nat rules" } as const;

function text({ kind, totalCount, prefixes, rules }: NatRuleList): string {
  const head = [
    `Total ${totals[kind]}: ${totalCount}`,
    `Total referenced IPv4/IPv6 ip-prefixes: ${prefixes.v4}/${prefixes.v6}`,
  ];
  return [...head, ...rules.map(ruleText)].map((line) => `${line}\n`).join("");
}

function line(label: string, value: string | number): string {
  return `${label.padEnd(29)}: ${value}`;
}

function ruleText(rule: NatRuleSummary): string {
  const listed = (label: string, values: readonly string[]) =>
    values.map((value, index) => line(index === 0 ? `    ${label}` : "", value));
  const sideName = (word: string, { kind, names }: { readonly kind: string; readonly names: readonly string[] }) =>
    line(`  ${word} ${kind}`, names.join(","));
  const portTexts = (ranges: readonly NumberRange[]) => ranges.map(({ first, last }) => `${first} - ${last}`);
  return [
    `${titles[rule.kind]}: ${rule.name.padEnd(Math.max(1, 37 - titles[rule.kind].length))} Rule-set: ${rule.ruleSet}`,
    line("  Rule-Id", rule.id),
    line("  Rule position", rule.position),
    sideName("From", rule.from),
    ...(rule.to === undefined ? [] : [sideName("To", rule.to)]),
    ...(rule.kind === "source" ? ["  Match"] : []),
    ...listed("Source addresses", rule.sources),
    ...listed("Destination addresses", rule.destinations),
    ...listed("Source port", portTexts(rule.sourcePorts)),
    ...listed("Destination port", portTexts(rule.destinationPorts)),
    ...listed("IP protocol", rule.protocols),
    ...listed("Application", rule.applications),
    ...actionText(rule),
    line("  Translation hits", rule.hits),
    line("    Successful sessions", rule.outcome?.successful ?? "N/A"),
    line("    Failed sessions", rule.outcome?.failed ?? "N/A"),
    line("  Number of sessions", rule.sessions),
  ].join("\n");
}

function persistentOf(action: SourceAction): Pick<NatRuleSummary, "persistent"> {
  return "persistent" in action && action.persistent !== undefined ? { persistent: action.persistent } : {};
}

function actionText({ kind, action, persistent, host }: NatRuleSummary): readonly string[] {
  if (kind === "static" && host !== undefined) {
    const { addresses, length, ports } = host;
    return [
      line("  Host addresses", addresses),
      ...(ports === undefined ? [] : [line("  Host ports", `${ports.first} - ${ports.last}`)]),
      line("  Netmask", length),
      line("  Host routing-instance", "N/A"),
    ];
  }
  if (kind !== "source") return [line("  Action", action)];
  return [
    line("  Action", action),
    line("    Persistent NAT type", persistent?.permit ?? "N/A"),
    line(
      "    Persistent NAT mapping type",
      persistent?.addressMapping === true ? "address-mapping" : "address-port-mapping",
    ),
    line("    Inactivity timeout", persistent?.inactivitySeconds ?? 0),
    line("    Max session number", persistent?.sessionsMax ?? 0),
  ];
}

const roots = {
  source: ["source-nat-rule-detail-information", "total-source-nat-rules", "source-nat-rule-entry"],
  destination: ["destination-nat-rule-information", "total-destination-nat-rules", "destination-nat-rule-entry"],
  static: ["static-nat-rule-information", "total-static-nat-rules", "static-nat-rule-entry"],
} as const;

function replyOf({ kind, totalCount, rules }: NatRuleList): XmlElement {
  const [root, total, entry] = roots[kind];
  return reply(
    root,
    "junos-nat",
    group(total, field(kind === "static" ? "total-rules" : "rule-count", totalCount)),
    rules.map((rule) =>
      group(
        entry,
        field("rule-name", rule.name),
        field("rule-set-name", rule.ruleSet),
        field("rule-id", rule.id),
        field("rule-matching-position", rule.position),
        field("rule-from-context", rule.from.kind),
        field("rule-from-context-name", rule.from.names.join(",")),
        field("rule-to-context", rule.to?.kind),
        field("rule-to-context-name", rule.to?.names.join(",")),
        rule.sources.map((range) => rangeReply("source", range)),
        rule.kind === "static"
          ? field("rule-destination-address-prefix", rule.destinations[0]?.split(" ")[0])
          : rule.destinations.map((range) => rangeReply("destination", range)),
        field("rule-host-address-prefix", rule.host?.addresses),
        field("rule-address-netmask", rule.host?.length),
        field("rule-host-port-low", rule.host?.ports?.first),
        field("rule-host-port-high", rule.host?.ports?.last),
        rule.kind !== "static" && field(`${rule.kind}-nat-rule-action`, rule.action),
        field("rule-translation-hits", rule.hits),
        field("succ-hits", rule.outcome?.successful),
        field("failed-hits", rule.outcome?.failed),
        field("concurrent-hits", rule.sessions),
      ),
    ),
  );
}

function rangeReply(side: "source" | "destination", range: string): XmlElement {
  const [low = "", high = ""] = range.split("-").map((part) => part.trim());
  return group(
    `${side}-address-range-entry`,
    field(`rule-${side}-address-low-range`, low),
    field(`rule-${side}-address-high-range`, high),
  );
}
