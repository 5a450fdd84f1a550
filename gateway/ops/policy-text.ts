// Policies as text, as the original prints them: a few lines each, or with all that the names stand for.

import { formatPrefix, prefixOfRange } from "@merlon/model/ip/prefix.ts";
import { formatRange, rangesOf } from "@merlon/model/ip/range-set.ts";
import { formatIpv4 } from "@merlon/model/ip/address.ts";
import type { AddressMembers } from "@merlon/compiler/address-members.ts";
import { keepsIdleTime, protocolIdleTime } from "@merlon/compiler/idle-time.ts";
import type { IdleTime } from "@merlon/compiler/idle-time.ts";
import { formatProtocol } from "@merlon/model/schema/value.ts";
import type { NumberRange } from "@merlon/model/schema/value.ts";
import { icmpProtocol } from "@merlon/model/service-term.ts";
import type { ServiceTerm } from "@merlon/model/service-term.ts";
import type { GlobalPolicySummary, NamedAddress, NamedService, PolicyDetail, PolicySummary } from "./policy-facts.ts";

/** Addresses of one name that are printed; the rest are counted. */
const membersShownMax = 1_000;

export function policyLines(policy: PolicySummary | GlobalPolicySummary): readonly string[] {
  const zones =
    "fromZones" in policy
      ? [`    From zones: ${policy.fromZones.join(", ")}`, `    To zones: ${policy.toZones.join(", ")}`]
      : [];
  return [
    `  Policy: ${policy.name}, State: ${policy.state}, Index: ${policy.index}, Scope Policy: 0, ` +
      `Sequence number: ${policy.sequence}, Log Profile ID: 0`,
    ...reasonLines(policy).map((line) => `    ${line}`),
    ...zones,
    "    Source vrf group: any",
    "    Destination vrf group: any",
    `    Source addresses${excluded(policy.sourceExcluded)}: ${policy.sourceAddresses.join(", ")}`,
    `    Destination addresses${excluded(policy.destinationExcluded)}: ${policy.destinationAddresses.join(", ")}`,
    `    Applications: ${policy.applications.join(", ")}`,
    "    Source identity feeds: any",
    "    Destination identity feeds: any",
    `    Action: ${actionWords(policy).join(", ")}`,
  ];
}

/** Why it does other than it says. */
function reasonLines({ because, unmet }: PolicySummary): readonly string[] {
  return [
    ...(because === undefined ? [] : [`Not in force: ${because}`]),
    ...(unmet === undefined ? [] : [`Denies what it matches: ${unmet}`]),
  ];
}

export function actionWords({ action, log, count }: Pick<PolicySummary, "action" | "log" | "count">): string[] {
  return [action, ...(log ? ["log"] : []), ...(count ? ["count"] : [])];
}

function excluded(isSo: boolean): string {
  return isSo ? "(excluded)" : "";
}

/** `zones` as the second line of the block names them. */
export function policyDetailLines(policy: PolicySummary, detail: PolicyDetail, zones: string): readonly string[] {
  const { synCheck, sequenceCheck } = detail.tcp;
  return [
    `Policy: ${policy.name}, action-type: ${policy.action}, State: ${policy.state}, Index: ${policy.index}, Scope Policy: 0`,
    ...reasonLines(policy).map((line) => `  ${line}`),
    ...(policy.description === undefined ? [] : [`  Description: ${policy.description}`]),
    "  Policy Type: Configured",
    `  Sequence number: ${policy.sequence}`,
    `  ${zones}`,
    ...(policy.scheduler === undefined ? [] : [`  Scheduler: ${policy.scheduler}`]),
    `  Source addresses${excluded(policy.sourceExcluded)}:`,
    ...detail.sources.flatMap(addressLines),
    `  Destination addresses${excluded(policy.destinationExcluded)}:`,
    ...detail.destinations.flatMap(addressLines),
    ...detail.services.flatMap(serviceLines),
    `  Per policy TCP Options: SYN check: ${yesNo(synCheck)}, SEQ check: ${yesNo(sequenceCheck)}, Window scale: No`,
    ...(detail.logAt.length === 0 ? [] : [`  Session log: ${detail.logAt.join(", ")}`]),
    ...(policy.count ? ["  Policy statistics: yes"] : []),
  ];
}

function addressLines({ name, book, members }: NamedAddress): readonly string[] {
  if (name === "any") return ["    any-ipv4(global): 0.0.0.0/0 ", "    any-ipv6(global): ::/0 "];
  const all = memberTexts(members);
  const shown = all.slice(0, membersShownMax).map((text) => `    ${name}(${book === "" ? "global" : book}): ${text} `);
  if (all.length > membersShownMax) shown.push(`    ${name}: ${all.length - membersShownMax} more`);
  return all.length === 0 ? [`    ${name}(${book}): no address`] : shown;
}

/** Prefixes where a range is one; `10.0.0.11/255.255.0.255` for a wildcard mask. */
export function memberTexts(members: AddressMembers): readonly string[] {
  const ranges = [...rangesOf(members)].map((range) => {
    const prefix = prefixOfRange(range);
    return prefix === undefined ? formatRange(range).replace("-", " ~ ") : formatPrefix(prefix);
  });
  const wildcards = (members.wildcards ?? []).map(({ value, mask }) => `${formatIpv4(value)}/${formatIpv4(mask)}`);
  return [...ranges, ...wildcards];
}

function serviceLines({ name, terms }: NamedService): readonly string[] {
  if (terms === "any") {
    return [
      `  Application: ${name}`,
      "    IP protocol: 0, ALG: 0, Inactivity timeout: 0",
      "      Source port range: [0-0] ",
      "      Destination ports: [0-0]",
    ];
  }
  return [`  Application: ${name}`, ...terms.flatMap(termLines)];
}

export function idleSecondsOf(term: ServiceTerm): IdleTime {
  const own = keepsIdleTime(term) ? term.inactivityTimeout : undefined;
  return own ?? protocolIdleTime(term.kind === "icmp" ? icmpProtocol[term.family] : term.protocol);
}

function termLines(term: ServiceTerm): readonly string[] {
  const head = (protocol: string): string =>
    `    IP protocol: ${protocol}, ALG: 0, Inactivity timeout: ${idleSecondsOf(term)}`;
  switch (term.kind) {
    case "protocol":
      return [head(formatProtocol(term.protocol)), "      Source port range: [0-0] ", "      Destination ports: [0-0]"];
    case "ports":
      return [
        head(formatProtocol(term.protocol)),
        `      Source port range: ${portRangeText(term.source)} `,
        `      Destination ports: ${term.destination.first === term.destination.last ? term.destination.first : portRangeText(term.destination)}`,
      ];
    case "icmp":
      return [
        head(term.family === 4 ? "icmp" : "icmp6"),
        `      ICMP Information: type=${byteText(term.type)}, code=${byteText(term.code)}`,
      ];
  }
}

/** Every port is written `[0-0]`, as on the original. */
function portRangeText({ first, last }: NumberRange): string {
  return first === 0 && last === 65_535 ? "[0-0]" : `[${first}-${last}]`;
}

function byteText({ first, last }: NumberRange): string {
  return first === 0 && last === 255 ? "255" : first === last ? String(first) : `${first}-${last}`;
}

function yesNo(isSo: boolean): string {
  return isSo ? "Yes" : "No";
}
