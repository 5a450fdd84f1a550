// A rule set as a Junos configuration: three zones, a global address book, applications, policies. Written on few lines,
// because the text of 100,000 policies is large enough without indentation.

import { formatIpv4 } from "@merlon/model/ip/address.ts";
import type { Family } from "@merlon/model/ip/address.ts";
import { benchAddress, benchPrefix } from "./bench-address.ts";
import type { AddressGroup, AddressSpan, BenchPolicy, BenchService, PolicySide, RuleSet } from "./rule-set.ts";

export function ruleSetText(ruleSet: RuleSet): string {
  return [
    "applications {",
    ...ruleSet.services.map((service) => `application ${service.name} { ${serviceTerms(service)} }`),
    ...ruleSet.serviceSets.map(
      ({ name, members }) =>
        `application-set ${name} { ${members.map((member) => `application ${member.name};`).join(" ")} }`,
    ),
    "}",
    "security {",
    "address-book { global {",
    ...addressLines(ruleSet),
    "} }",
    "policies {",
    ...ruleSet.pairs.flatMap(({ from, to, policies }) => [
      `from-zone ${from.name} to-zone ${to.name} {`,
      ...policies.map(policyLine),
      "}",
    ]),
    "default-policy { deny-all; }",
    "}",
    "zones {",
    ...ruleSet.zones.map(({ name, device }) => `security-zone ${name} { interfaces { ${device}; } }`),
    "}",
    "}",
    "",
  ].join("\n");
}

function serviceTerms({ protocol, firstPort, lastPort }: BenchService): string {
  return `protocol ${protocol}; destination-port ${firstPort === lastPort ? firstPort : `${firstPort}-${lastPort}`};`;
}

/** Only what a policy names; each address once, whatever groups it is in. */
function addressLines({ pairs, family }: RuleSet): readonly string[] {
  const groups = new Map<string, AddressGroup>();
  for (const { policies } of pairs) {
    for (const { source, destination } of policies) {
      for (const side of [source, destination]) if (side.kind === "group") groups.set(side.group.name, side.group);
    }
  }
  const addresses = new Map<string, string>();
  const sets: string[] = [];
  for (const { name, members } of groups.values()) {
    const names = new Set(members.map(addressName));
    for (const span of members) addresses.set(addressName(span), addressLine(span, family));
    sets.push(`address-set ${name} { ${[...names].map((member) => `address ${member};`).join(" ")} }`);
  }
  return [...addresses.values(), ...sets];
}

function addressName({ first, last }: AddressSpan): string {
  return first === last ? `h-${formatIpv4(first)}` : `n-${formatIpv4(first)}-${formatIpv4(last)}`;
}

function addressLine(span: AddressSpan, family: Family): string {
  const { first, last } = span;
  const size = last - first + 1;
  const length = 32 - Math.log2(size);
  if (Number.isInteger(length) && first % size === 0)
    return `address ${addressName(span)} ${benchPrefix(family, first, length)};`;
  const [low, high] = [benchAddress(family, first), benchAddress(family, last)];
  return `address ${addressName(span)} { range-address ${low} { to { ${high}; } } }`;
}

function policyLine({ name, source, destination, services, action }: BenchPolicy): string {
  const applications = "members" in services ? [services.name] : services.map((service) => service.name);
  const match = [
    sideTerms("source-address", source),
    sideTerms("destination-address", destination),
    `application ${applications.length === 0 ? "any" : `[ ${applications.join(" ")} ]`};`,
  ];
  return `policy ${name} { match { ${match.join(" ")} } then { ${action}; } }`;
}

function sideTerms(word: string, side: PolicySide): string {
  if (side.kind === "any") return `${word} any;`;
  return `${word} ${side.group.name};${side.excluded ? ` ${word}-excluded;` : ""}`;
}
