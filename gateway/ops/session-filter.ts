// Which sessions a command is about: the parameters that `show` and `clear security flow session` have in common. A
// session is taken by what its first packet was, as the policy saw it.

import { rangeSetContains, rangeSetOf } from "@merlon/model/ip/range-set.ts";
import { rangeOfPrefix } from "@merlon/model/ip/prefix.ts";
import type { IpAddress } from "@merlon/model/ip/address.ts";
import type { IpPrefix } from "@merlon/model/ip/prefix.ts";
import {
  formatInterfaceUnit,
  integer,
  interfaceUnit,
  ipPrefix,
  ipProtocol,
  objectName,
  oneOf,
  zoneName,
} from "@merlon/model/schema/value.ts";
import type { InterfaceUnit } from "@merlon/model/schema/value.ts";
import type { Gateway } from "../gateway.ts";
import type { KernelSession } from "../kernel/kernel.ts";
import type { RuleEntry } from "../log/rule-book.ts";
import { demandZones } from "./demand-zones.ts";
import { OperationRefused } from "./operation.ts";
import type { Input, Parameter } from "./operation.ts";

export const sessionParameters: readonly Parameter[] = [
  { word: "source-prefix", help: "Only from these addresses", type: ipPrefix },
  { word: "destination-prefix", help: "Only to these addresses", type: ipPrefix },
  { word: "source-port", help: "Only from this port", type: integer(1, 65_535) },
  { word: "destination-port", help: "Only to this port", type: integer(1, 65_535) },
  { word: "protocol", help: "Only of this protocol", type: ipProtocol },
  { word: "application", help: "Only of this application, by its port", type: objectName },
  { word: "zone", help: "Only from or to this zone", type: zoneName },
  { word: "interface", help: "Only through this interface", type: interfaceUnit },
  {
    word: "family",
    help: "Only of this IP version",
    type: oneOf({ inet: "IPv4", inet6: "IPv6" }),
  },
  { word: "nat", help: "Only with translated addresses" },
];

/** Of the commands that are about one session. */
export const sessionIdentifier: Parameter = {
  word: "session-identifier",
  help: "Its number, as `show security flow session` has it",
  type: integer(1, 0xffff_ffff),
  required: true,
  positional: true,
};

export type SessionFilter = (session: KernelSession, rule: RuleEntry) => boolean;

/** Throws `OperationRefused` where the question cannot be answered. */
export function sessionFilter(gateway: Gateway, input: Input): SessionFilter {
  demandZones(gateway, input);
  const source = containedIn(input["source-prefix"]);
  const destination = containedIn(input["destination-prefix"]);
  const zones = zonesOf(gateway, input["interface"] as InterfaceUnit | undefined);
  const family = input["family"] === undefined ? undefined : input["family"] === "inet" ? 4 : 6;
  const { application, zone, nat } = input;
  const same = (word: string, value: number | undefined): boolean => input[word] === undefined || input[word] === value;
  const either = (known: ReadonlySet<string> | undefined, { fromZone, toZone }: RuleEntry): boolean =>
    known === undefined || known.has(fromZone) || known.has(toZone);
  const named = zone === undefined ? undefined : new Set([zone as string]);
  return ({ original, reply }, rule) =>
    source(original.source) &&
    destination(original.destination) &&
    same("source-port", original.sourcePort) &&
    same("destination-port", original.destinationPort) &&
    same("protocol", original.protocol) &&
    (family === undefined || original.source.family === family) &&
    (nat !== true || !isMirror(original, reply)) &&
    either(named, rule) &&
    either(zones, rule) &&
    (application === undefined || isApplication(gateway.services.nameOf(original), application as string));
}

function containedIn(value: unknown): (address: IpAddress) => boolean {
  if (value === undefined) return () => true;
  const addresses = rangeSetOf([rangeOfPrefix(value as IpPrefix)]);
  return (address) => rangeSetContains(addresses, address);
}

/** `ssh` is what the original's command calls `junos-ssh`. */
function isApplication(name: string, wanted: string): boolean {
  return name === wanted || name === `junos-${wanted}`;
}

function isMirror(original: KernelSession["original"], reply: KernelSession["reply"]): boolean {
  return (
    original.source.value === reply.destination.value &&
    original.destination.value === reply.source.value &&
    original.sourcePort === reply.destinationPort &&
    original.destinationPort === reply.sourcePort
  );
}

/** The kernel keeps no interface with a session: it is known where it is the only one of its zone. */
function zonesOf(gateway: Gateway, unit: InterfaceUnit | undefined): ReadonlySet<string> | undefined {
  if (unit === undefined) return undefined;
  const name = formatInterfaceUnit(unit);
  const interfaces = gateway.running?.prepared.ir.interfaces ?? [];
  const found = interfaces.find((entry) => entry.name === name);
  if (found === undefined) throw new OperationRefused(`interface ${name} is in no zone`);
  if (interfaces.filter(({ zone }) => zone === found.zone).length > 1) {
    throw new OperationRefused(
      `zone ${found.zone} has other interfaces beside ${name}, and sessions do not say which they take; ` +
        `name the addresses with source-prefix or destination-prefix`,
    );
  }
  return new Set([found.zone]);
}
