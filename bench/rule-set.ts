// A rule set as plain data: what the measurements ask of a policy, before it is written as a configuration. The shapes
// are made by `generate-rule-set.ts`, the text by `rule-set-text.ts`.

import type { Family } from "@merlon/model/ip/address.ts";

/** Addresses as `bench-address.ts` has them in either family, both ends inclusive. */
export interface AddressSpan {
  readonly first: number;
  readonly last: number;
}

export interface AddressGroup {
  readonly name: string;
  readonly members: readonly AddressSpan[];
}

export interface BenchZone {
  readonly name: string;
  /** The gateway's device into the zone. */
  readonly device: string;
  /** Every address behind that device. */
  readonly space: AddressSpan;
}

export interface BenchService {
  readonly name: string;
  readonly protocol: "tcp" | "udp";
  readonly firstPort: number;
  readonly lastPort: number;
}

export interface ServiceSet {
  readonly name: string;
  readonly members: readonly BenchService[];
}

export type PolicySide =
  | { readonly kind: "any" }
  | { readonly kind: "group"; readonly group: AddressGroup; readonly excluded: boolean };

export interface BenchPolicy {
  readonly name: string;
  readonly source: PolicySide;
  readonly destination: PolicySide;
  /** Single services or one set of them; none is any application. */
  readonly services: readonly BenchService[] | ServiceSet;
  readonly action: "permit" | "deny" | "reject";
}

export interface ZonePair {
  readonly from: BenchZone;
  readonly to: BenchZone;
  readonly policies: readonly BenchPolicy[];
  /**
   * Flows that only the last policy of the pair matches: the longest way through any list. Unmatched by all the others,
   * spread over its addresses.
   */
  readonly worst: {
    readonly addresses: readonly { readonly source: number; readonly destination: number }[];
    readonly tcpPort: number;
    readonly udpPort: number;
    /** A UDP port that no policy permits between these addresses: the default policy denies it. */
    readonly deniedPort: number;
  };
}

export interface RuleSet {
  readonly family: Family;
  readonly shape: string;
  readonly policyCount: number;
  readonly zones: readonly BenchZone[];
  readonly pairs: readonly ZonePair[];
  readonly services: readonly BenchService[];
  readonly serviceSets: readonly ServiceSet[];
}

export function servicesOf({ services }: BenchPolicy): readonly BenchService[] {
  return "members" in services ? services.members : services;
}

/** Whether the side matches every one of these addresses, some of them, or none. */
export function coverOf(side: PolicySide, span: AddressSpan): "all" | "some" | "none" {
  if (side.kind === "any") return "all";
  const overlapping = side.group.members.filter(({ first, last }) => first <= span.last && last >= span.first);
  const whole = overlapping.some(({ first, last }) => first <= span.first && last >= span.last);
  if (overlapping.length === 0) return side.excluded ? "all" : "none";
  if (whole) return side.excluded ? "none" : "all";
  return "some";
}
