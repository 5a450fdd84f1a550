// One layer-4 service: what an application's term, a host-inbound service or a flow question means on the wire.
// A service matches when any of its terms does.

import type { NumberRange } from "./schema/value.ts";

export type ServiceTerm = ServiceShape & {
  /** Seconds after which an idle session of this service ends; the protocol's own time where absent. */
  readonly inactivityTimeout?: number | "never";
};

type ServiceShape =
  /** Every packet of an IP protocol (the last `next header` of IPv6), whatever its ports. */
  | { readonly kind: "protocol"; readonly protocol: number }
  /** TCP (6), UDP (17) or SCTP (132) with both port ranges; 0–65535 means any. */
  | {
      readonly kind: "ports";
      readonly protocol: 6 | 17 | 132;
      readonly source: NumberRange;
      readonly destination: NumberRange;
    }
  /** ICMP (family 4) or ICMPv6 (family 6) by type and code; 0–255 means any. */
  | { readonly kind: "icmp"; readonly family: 4 | 6; readonly type: NumberRange; readonly code: NumberRange };

/** ICMP in IPv4, ICMPv6 in IPv6; neither exists in the other one. */
export const icmpProtocol = { 4: 1, 6: 58 } as const;

export const anyPort: NumberRange = { first: 0, last: 65_535 };
export const anyByte: NumberRange = { first: 0, last: 255 };

export function tcp(first: number, last = first): ServiceTerm {
  return { kind: "ports", protocol: 6, source: anyPort, destination: { first, last } };
}

export function udp(first: number, last = first): ServiceTerm {
  return { kind: "ports", protocol: 17, source: anyPort, destination: { first, last } };
}

export function protocol(number: number): ServiceTerm {
  return { kind: "protocol", protocol: number };
}

export function icmp(type?: number, code?: number): ServiceTerm {
  return { kind: "icmp", family: 4, type: oneOrAny(type), code: oneOrAny(code) };
}

export function icmp6(type?: number, code?: number): ServiceTerm {
  return { kind: "icmp", family: 6, type: oneOrAny(type), code: oneOrAny(code) };
}

function oneOrAny(value: number | undefined): NumberRange {
  return value === undefined ? anyByte : { first: value, last: value };
}
