// The part of the IR that says what is checked of packets that enter a zone, before any session and any policy. A check is
// data with everything resolved: defaults, white lists as prefixes, options and headers by number.

import type { Origin } from "@merlon/model/diagnostic.ts";
import type { IpPrefix } from "@merlon/model/ip/prefix.ts";
import type { NumberRange } from "@merlon/model/schema/value.ts";
import type { RuleId } from "../ir.ts";
import type { AttackName } from "./attacks.ts";

/** What one zone's screen checks. */
export interface IrScreen {
  readonly zone: string;
  /** The name of the `ids-option`. */
  readonly name: string;
  /** False with `alarm-without-drop`: everything passes, and is counted and logged all the same. */
  readonly drops: boolean;
  readonly checks: readonly ScreenCheck[];
  /** The number of each attack that is checked for: it stands in counters and logs. */
  readonly ids: ReadonlyMap<AttackName, RuleId>;
  readonly origin: Origin;
}

/** Attacks that one packet or fragment shows by itself, whatever the configuration says. */
export type HeaderAttack =
  | "bad-option"
  | "fin-no-ack"
  | "icmp-fragment"
  | "icmp-large"
  | "icmpv6-malformed"
  | "ipv6-malformed-header"
  | "land"
  | "loose-source-route"
  | "no-flag"
  | "ping-death"
  | "record-route"
  | "security"
  | "source-route"
  | "spoofing"
  | "stream"
  | "strict-source-route"
  | "syn-fin"
  | "syn-fragment"
  | "tear-drop"
  | "timestamp"
  | "unknown-protocol"
  | "winnuke";

export type TunnelKind =
  | "dslite"
  | "gre-4in4"
  | "gre-4in6"
  | "gre-6in4"
  | "gre-6in6"
  | "ipip-4in4"
  | "ipip-4in6"
  | "ipip-6in4"
  | "ipip-6in6"
  | "ipip-6to4relay"
  | "isatap"
  | "teredo";

export type ScreenProtocol = "icmp" | "tcp" | "udp";

/** Which packets are counted together. Prefix lengths make one of all addresses of a prefix. */
export interface CountedBy {
  readonly end: "source" | "destination";
  readonly prefixLength4: number;
  readonly prefixLength6: number;
}

export type LimitAttack = "source-session-limit" | "destination-session-limit";

export type ScreenCheck =
  | { readonly kind: "header"; readonly attack: HeaderAttack }
  /** Any of these headers of IPv6, by number. */
  | { readonly kind: "extension"; readonly headers: readonly NumberRange[] }
  | {
      readonly kind: "extension-option";
      readonly header: "hop-by-hop" | "destination";
      /** By number; `any` is every such header, also one without options. */
      readonly options: "any" | readonly NumberRange[];
    }
  | { readonly kind: "extension-limit"; readonly countMax: number }
  | { readonly kind: "tunnel"; readonly tunnels: readonly TunnelKind[] }
  | { readonly kind: "block-fragment"; readonly except: readonly IpPrefix[] }
  /** More packets a second than this to one address, with UDP to one port of it. */
  | {
      readonly kind: "flood";
      readonly attack: "icmp-flood" | "udp-flood";
      readonly perSecond: number;
      readonly except: readonly IpPrefix[];
    }
  | SynFloodCheck
  /** The tenth new session within this time from one source to another target: another address, or another port of one. */
  | {
      readonly kind: "sweep";
      readonly attack: "icmp-sweep" | "tcp-sweep" | "udp-sweep" | "tcp-port-scan" | "udp-port-scan";
      readonly protocol: ScreenProtocol;
      readonly target: "address" | "port";
      readonly withinMs: number;
    }
  | {
      readonly kind: "limit";
      readonly attack: LimitAttack;
      readonly what: "sessions" | "sessions-per-second" | "packets-per-second";
      readonly countMax: number;
      readonly by: CountedBy;
      readonly protocol?: ScreenProtocol;
      readonly except: readonly IpPrefix[];
    };

export interface SynFloodCheck {
  readonly kind: "syn-flood";
  /** SYNs a second. */
  readonly attackThreshold: number;
  readonly alarmThreshold: number;
  readonly sourceThreshold: number;
  readonly destinationThreshold: number;
  readonly timeoutSeconds: number;
  readonly except: readonly { readonly sources: readonly IpPrefix[]; readonly destinations: readonly IpPrefix[] }[];
  /** Above the attack threshold a SYN is answered with a cookie; else it is dropped. */
  readonly cookies: boolean;
}

/** The attacks that a check tells, the most telling first. */
export function attacksOf(check: ScreenCheck): readonly AttackName[] {
  switch (check.kind) {
    case "header":
    case "flood":
    case "sweep":
    case "limit":
      return [check.attack];
    case "extension":
      return ["ipv6-extension-header"];
    case "extension-option":
      return [check.header === "hop-by-hop" ? "ipv6-hop-by-hop-option" : "ipv6-destination-option"];
    case "extension-limit":
      return ["ipv6-header-limit"];
    case "tunnel":
      return ["tunnel"];
    case "block-fragment":
      return ["block-fragment"];
    case "syn-flood":
      return ["syn-flood", "syn-flood-source", "syn-flood-destination"];
  }
}
