// What persistent NAT has bound, as plain as can be: the reference for what stands in the kernel's sets, and what commands
// show of them.

import { sameIp } from "@merlon/model/ip/address.ts";
import type { IpAddress } from "@merlon/model/ip/address.ts";
import type { PacketHeader } from "../interpret.ts";
import type { Ir } from "../ir.ts";
import { isForDevice, leavingOf } from "./hairpins.ts";
import { placeOf, persistentRules } from "./persistent-nat.ts";
import type { PersistentRule } from "./persistent-nat.ts";

export interface Binding {
  /** The `bindingClass` of its rule. */
  readonly bindingClass: number;
  /** 0 where addresses are bound, for every protocol. */
  readonly protocol: number;
  readonly inner: End;
  /** With the stand-in of a device for its address (`placeOf`). */
  readonly outer: End;
  /** Whom the inner end has sent to; empty where everybody may begin a session. */
  readonly peers: readonly End[];
}

/** `port` is 0 where ports are not bound, or not told apart. */
export interface End {
  readonly address: IpAddress;
  readonly port: number;
}

export function sameEnd(a: End, b: End): boolean {
  return a.port === b.port && sameIp(a.address, b.address);
}

export interface InwardUse {
  readonly rule: PersistentRule;
  readonly binding: Binding;
  /** By another inner host. */
  readonly hairpin?: {
    /** The outer device by which it would have left. */
    readonly leaving: string;
    /** The binding is led to all the same, and the packet refused on its way out. */
    readonly isStranger: boolean;
  };
}

/** The binding that a packet may use, and its rule. */
export function findInward(
  ir: Ir,
  device: string,
  packet: PacketHeader,
  bindings: readonly Binding[],
  toGateway: boolean,
): InwardUse | undefined {
  for (const rule of bindings.length === 0 ? [] : persistentRules(ir)) {
    const { persistent, outer: bound, bindingClass } = rule;
    if (persistent.permit === "nobody") continue;
    const isOutside = (bound.kind === "device" ? [bound.device] : rule.set.to.devices).includes(device);
    const leaving = isOutside ? undefined : leavingOf(ir, rule, device);
    if (!isOutside && leaving === undefined) continue;
    if (bound.kind === "device" && !(isOutside ? toGateway : isForDevice(ir, rule, packet))) continue;
    const address = bound.kind === "device" ? placeOf(bound.device, packet.destination.family) : packet.destination;
    const outer: End = { address, port: persistent.addressMapping ? 0 : (packet.destinationPort ?? 0) };
    const protocol = persistent.addressMapping ? 0 : packet.protocol;
    const binding = bindings.find(
      (it) => it.bindingClass === bindingClass && it.protocol === protocol && sameEnd(it.outer, outer),
    );
    if (binding === undefined) continue;
    const peer = peerOf(rule, packet.source, packet.sourcePort ?? 0);
    const isAsked = persistent.permit === "any-remote-host" || binding.peers.some((it) => sameEnd(it, peer));
    if (leaving !== undefined) return { rule, binding, hairpin: { leaving, isStranger: !isAsked } };
    if (isAsked) return { rule, binding };
  }
  return undefined;
}

/** How a rule tells other hosts apart. */
export function peerOf({ persistent }: PersistentRule, address: IpAddress, port: number): End {
  return { address, port: persistent.permit === "target-host-port" && !persistent.addressMapping ? port : 0 };
}
