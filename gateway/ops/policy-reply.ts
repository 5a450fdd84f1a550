// A policy as the reply trees of `get-firewall-policies` and `match-firewall-policies` have it.

import { formatPrefix, prefixOfRange } from "@merlon/model/ip/prefix.ts";
import { formatRange, rangesOf } from "@merlon/model/ip/range-set.ts";
import { formatProtocol } from "@merlon/model/schema/value.ts";
import type { NumberRange } from "@merlon/model/schema/value.ts";
import type { ServiceTerm } from "@merlon/model/service-term.ts";
import type { XmlElement } from "@merlon/netconf/element.ts";
import type { GlobalPolicySummary, NamedAddress, NamedService, PolicyDetail, PolicySummary } from "./policy-facts.ts";
import { idleSecondsOf } from "./policy-text.ts";
import { field, group, mark } from "./reply.ts";

/** Addresses of one name in a reply. */
const membersMax = 1_000;

export interface PolicyContextNames {
  readonly fromZone: string;
  readonly toZone: string;
}

/** `context` stands inside the policy where a reply is not ordered by contexts. */
export function policyReply(
  policy: PolicySummary | GlobalPolicySummary,
  detail: PolicyDetail | undefined,
  context?: PolicyContextNames,
): XmlElement {
  const addresses = (list: readonly string[], details: readonly NamedAddress[] | undefined): NamedAddress[] =>
    list.map((name, i) => details?.[i] ?? { name, book: "", members: { ipv4: [], ipv6: [] } });
  return group(
    "policy-information",
    field("policy-name", policy.name),
    field("policy-state", policy.state),
    field("policy-identifier", policy.index),
    field("scope-policy-identifier", 0),
    field("policy-sequence-number", policy.sequence),
    field("log-profile-id", 0),
    field("policy-description", policy.description),
    group(
      "policy-action",
      field("action-type", policy.action),
      mark("log", policy.log),
      mark("count", policy.count),
      mark("scheduled", policy.scheduler !== undefined),
    ),
    context !== undefined && contextReply(context),
    detail !== undefined && group("policy-type-information", field("policy-type-string", "Configured")),
    "fromZones" in policy && group("multiple-source-zones", zonesReply("source", policy.fromZones)),
    "fromZones" in policy && group("multiple-destination-zones", zonesReply("destination", policy.toZones)),
    addressesReply("source", addresses(policy.sourceAddresses, detail?.sources)),
    addressesReply("destination", addresses(policy.destinationAddresses, detail?.destinations)),
    group(
      "applications",
      policy.applications.map((name, i) => serviceReply(detail?.services[i] ?? { name, terms: [] })),
    ),
    detail !== undefined && detailReply(detail),
  );
}

function detailReply({ tcp, logAt }: PolicyDetail): XmlElement[] {
  const yesNo = (isSo: boolean): string => (isSo ? "Yes" : "No");
  const options = group(
    "policy-tcp-options",
    field("policy-tcp-options-syn-check", yesNo(tcp.synCheck)),
    field("policy-tcp-options-sequence-check", yesNo(tcp.sequenceCheck)),
    field("policy-tcp-options-window-scale", "No"),
  );
  if (logAt.length === 0) return [options];
  const log = group(
    "policy-log",
    mark("log-session-creation", logAt.includes("at-create")),
    mark("log-session-close", logAt.includes("at-close")),
  );
  return [options, log];
}

export function contextReply({ fromZone, toZone }: PolicyContextNames): XmlElement {
  return group("context-information", field("source-zone-name", fromZone), field("destination-zone-name", toZone));
}

function zonesReply(side: "source" | "destination", zones: readonly string[]): readonly XmlElement[] {
  return zones.map((zone) => group(`${side}-zone`, field(`${side}-zone-name`, zone)));
}

function addressesReply(side: "source" | "destination", addresses: readonly NamedAddress[]): XmlElement {
  return group(
    `${side}-addresses`,
    addresses.map((address) => addressReply(side, address)),
  );
}

function addressReply(side: "source" | "destination", { name, members }: NamedAddress): XmlElement {
  const ranges = [...rangesOf(members)].slice(0, membersMax).map((range) => ({ range, prefix: prefixOfRange(range) }));
  const prefixes = ranges.flatMap(({ prefix }) => (prefix === undefined ? [] : [formatPrefix(prefix)]));
  return group(
    `${side}-address`,
    field("address-name", name),
    prefixes.length > 0 &&
      group(
        "prefixes",
        prefixes.map((text) => ({ name: "address-prefix", content: text })),
      ),
    ranges.flatMap(({ range, prefix }) => {
      if (prefix !== undefined) return [];
      const [low, high] = formatRange(range).split("-");
      return [group("address-range", field("address-low", low), field("address-high", high))];
    }),
  );
}

function serviceReply({ name, terms }: NamedService): XmlElement {
  const list = terms === "any" ? [] : terms.map(termReply);
  return group("application", field("application-name", name), list);
}

function termReply(term: ServiceTerm): XmlElement {
  const timeout = field("inactivity-timeout", idleSecondsOf(term));
  switch (term.kind) {
    case "protocol":
      return group("application-term", field("protocol", formatProtocol(term.protocol)), timeout);
    case "ports":
      return group(
        "application-term",
        field("protocol", formatProtocol(term.protocol)),
        field("alg-name", 0),
        timeout,
        portsReply("source-port-range", term.source),
        portsReply("destination-port-range", term.destination),
      );
    case "icmp":
      return group(
        "application-term",
        field("protocol", term.family === 4 ? "icmp" : "icmp6"),
        timeout,
        group("icmp-info", field("icmp-type", rangeText(term.type)), field("icmp-code", rangeText(term.code))),
      );
  }
}

function portsReply(name: string, { first, last }: NumberRange): XmlElement {
  const isAny = first === 0 && last === 65_535;
  if (first === last && name === "destination-port-range") return group(name, field("single", first));
  return group(name, field("low", first), field("high", isAny ? 0 : last));
}

function rangeText({ first, last }: NumberRange): string {
  return first === last ? String(first) : `${first}-${last}`;
}
