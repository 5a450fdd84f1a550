// Which living sessions stand in other zones after a change of interfaces, addresses or routes. Packets of a session pass by its
// mark and are not asked where they come in and leave, so a session ends when one of its ends is behind an interface of
// another zone than its rule speaks of, or of none: what no policy has permitted does not go on.

import { hostZone } from "@merlon/compiler/ir.ts";
import type { Ir, RuleId } from "@merlon/compiler/ir.ts";
import { isLinkLocal } from "@merlon/model/ip/address.ts";
import type { IpAddress } from "@merlon/model/ip/address.ts";
import { jsonText } from "@merlon/model/json-text.ts";
import { AddressLocator } from "../kernel/address-locator.ts";
import { sessionMarkMask } from "../kernel/kernel.ts";
import type { Kernel, KernelNetwork, SessionVerdict } from "../kernel/kernel.ts";
import { zoneChanged } from "../log/close-reason.ts";
import type { SessionQuestion } from "./plan-session-review.ts";

/** A configuration, and what the kernel's interfaces and routes were while it was in force. */
export interface Place {
  readonly ir: Pick<Ir, "interfaces" | "contexts" | "network">;
  readonly network: KernelNetwork;
}

const end: SessionVerdict = { kind: "end", reason: zoneChanged };

/** What each kernel's interfaces and routes were last. */
const known = new WeakMap<Kernel, KernelNetwork>();

/** What to ask every session now that the kernel has `network`; undefined when nothing is elsewhere since the last time. */
export function zoneReview(
  kernel: Kernel,
  { before, next, network }: { readonly before: Ir; readonly next: Ir; readonly network: KernelNetwork },
): SessionQuestion | undefined {
  const last = known.get(kernel);
  known.set(kernel, network);
  return last === undefined ? undefined : planZoneReview({ ir: before, network: last }, { ir: next, network });
}

/** A session that did not stand in the zones of its rule before either is left alone: nobody can tell where it is. */
export function planZoneReview(before: Place, next: Place): SessionQuestion | undefined {
  if (placeText(before) === placeText(next)) return undefined;
  const [was, is] = [new Zones(before), new Zones(next)];
  const pairs = new Map<RuleId, Ir["contexts"][number]>();
  for (const context of before.ir.contexts) for (const { id } of context.rules) pairs.set(id, context);
  const leaves = (zone: string, address: IpAddress): boolean => {
    if (zone === hostZone || was.of(address) !== zone) return false;
    const now = is.of(address);
    return now !== unreached && now !== zone;
  };
  return ({ mark, original, reply, connectionZone = 0 }) => {
    const pair = pairs.get((mark & sessionMarkMask) as RuleId);
    if (pair === undefined) return undefined;
    const { fromZone, toZone } = pair;
    if (connectionZone !== 0) {
      const crosses = (zones: Zones) => zones.ofWire(connectionZone).has(`${fromZone} ${toZone}`);
      return crosses(was) && !crosses(is) ? end : undefined;
    }
    return leaves(fromZone, original.source) || leaves(toZone, reply.source) ? end : undefined;
  };
}

/** No interface and no route leads there. */
const unreached = Symbol("unreached");

class Zones {
  readonly #zoneOf: ReadonlyMap<string, string>;
  readonly #locator: AddressLocator;
  readonly #wires: ReadonlyMap<number, ReadonlySet<string>>;

  constructor({ ir, network }: Place) {
    this.#zoneOf = new Map(ir.interfaces.map(({ device, zone }) => [device, zone]));
    this.#locator = new AddressLocator(network);
    this.#wires = new Map(
      (ir.network.wires ?? []).map(({ connectionZone, ports: [one, other] }) => {
        const [a, b] = [this.#zoneOf.get(one.device), this.#zoneOf.get(other.device)];
        return [connectionZone, new Set([`${a} ${b}`, `${b} ${a}`])];
      }),
    );
  }

  /** Undefined behind an interface without a zone. */
  of(address: IpAddress): string | undefined | typeof unreached {
    const device = this.#locator.find(address);
    return device === undefined ? unreached : this.#zoneOf.get(device);
  }

  /** From what zone to what zone it leads, in words that no zone's name can be. */
  ofWire(connectionZone: number): ReadonlySet<string> {
    return this.#wires.get(connectionZone) ?? new Set();
  }
}

function placeText({ ir, network }: Place): string {
  const interfaces = ir.interfaces.map(({ device, zone }) => [device, zone]);
  const wires = ir.network.wires?.map(({ connectionZone, ports }) => [
    connectionZone,
    ports.map(({ device }) => device),
  ]);
  // Devices come and go with every container; those without a network of their own lead nowhere.
  const links = network.links.flatMap(({ device, up, addresses }) => {
    const reached = addresses.filter(({ address }) => !isLinkLocal(address));
    return reached.length === 0 ? [] : [[device, up, reached]];
  });
  return jsonText([interfaces, wires, links, network.routes]);
}
