// What the session commands tell of one session: made from the kernel's entry, the rule that its mark names, and the
// interfaces behind which its ends are.

import { hostZone } from "@merlon/compiler/ir.ts";
import { formatIp } from "@merlon/model/ip/address.ts";
import { formatProtocol } from "@merlon/model/schema/value.ts";
import type { Gateway } from "../gateway.ts";
import type { KernelSession, KernelTuple } from "../kernel/kernel.ts";
import type { RuleEntry } from "../log/rule-book.ts";
import { AddressLocator } from "../kernel/address-locator.ts";
import { logicalNames } from "./interface-names.ts";

export interface SessionSummary {
  readonly id: number;
  readonly policy: string;
  readonly policyId: number;
  readonly fromZone: string;
  readonly toZone: string;
  readonly timeoutSeconds: number;
  readonly protocol: string;
  /** By protocol and destination port; `None` for a service without a name. */
  readonly application: string;
  /** Milliseconds since 1970, where the kernel says so. */
  readonly startedAtMs?: number;
  readonly durationSeconds?: number;
  readonly tcpState?: string;
  readonly in: Wing;
  readonly out: Wing;
}

export interface Wing {
  readonly source: string;
  readonly sourcePort: number;
  readonly destination: string;
  readonly destinationPort: number;
  readonly interface: string;
  readonly packets: number;
  readonly bytes: number;
}

/** Made once for a command; the network may change meanwhile, and then a name is that of a moment ago. */
export class SessionFacts {
  readonly #gateway: Gateway;
  readonly #locator: AddressLocator;
  readonly #nameOf: (device: string) => string;
  /** Interfaces of zones that have one alone. */
  readonly #onlyOf = new Map<string, string | undefined>();
  readonly #nowMs: number;

  private constructor(gateway: Gateway, locator: AddressLocator) {
    this.#gateway = gateway;
    this.#locator = locator;
    this.#nowMs = gateway.nowMs();
    const ir = gateway.running?.prepared.ir;
    this.#nameOf = logicalNames(ir);
    for (const { zone, name } of ir?.interfaces ?? [])
      this.#onlyOf.set(zone, this.#onlyOf.has(zone) ? undefined : name);
  }

  static async read(gateway: Gateway): Promise<SessionFacts> {
    return new SessionFacts(gateway, new AddressLocator(await gateway.kernel.readNetwork()));
  }

  of(session: KernelSession, rule: RuleEntry): SessionSummary {
    const { original, reply, startedNs } = session;
    const startedAtMs = startedNs === undefined || startedNs === 0n ? undefined : Number(startedNs / 1_000_000n);
    return {
      id: session.id,
      policy: rule.policy.name,
      policyId: session.mark & 0xff_ffff,
      fromZone: rule.fromZone,
      toZone: rule.toZone,
      timeoutSeconds: session.timeoutSeconds ?? 0,
      protocol: formatProtocol(original.protocol),
      application: this.#gateway.services.nameOf(original),
      ...(startedAtMs === undefined
        ? {}
        : { startedAtMs, durationSeconds: Math.max(0, Math.floor((this.#nowMs - startedAtMs) / 1000)) }),
      ...(session.tcpState === undefined ? {} : { tcpState: session.tcpState }),
      in: this.#wing(original, rule.fromZone, session.packetsOriginal, session.bytesOriginal),
      out: this.#wing(reply, rule.toZone, session.packetsReply, session.bytesReply),
    };
  }

  #wing(tuple: KernelTuple, zone: string, packets: number | undefined, bytes: number | undefined): Wing {
    return {
      source: formatIp(tuple.source),
      sourcePort: tuple.sourcePort ?? tuple.icmpId ?? 0,
      destination: formatIp(tuple.destination),
      destinationPort: tuple.destinationPort ?? ((tuple.icmpType ?? 0) << 8) + (tuple.icmpCode ?? 0),
      interface: this.#interfaceOf(tuple, zone),
      packets: packets ?? 0,
      bytes: bytes ?? 0,
    };
  }

  /** The kernel keeps no interface with a session; the routes of this moment lead to it, as they did at its begin. */
  #interfaceOf({ source }: KernelTuple, zone: string): string {
    if (zone === hostZone) return ".local..0";
    const only = this.#onlyOf.get(zone);
    if (only !== undefined) return only;
    const device = this.#locator.find(source);
    return device === undefined ? "unknown" : this.#nameOf(device);
  }
}
