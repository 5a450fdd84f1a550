// What a static NAT rule maps: outer addresses one by one to as many inner ones, with ports where it names them.

import { formatPrefix, rangeOfPrefix } from "@merlon/model/ip/prefix.ts";
import type { IpPrefix } from "@merlon/model/ip/prefix.ts";
import { formatRange, rangesOf } from "@merlon/model/ip/range-set.ts";
import type { IpRange } from "@merlon/model/ip/range-set.ts";
import { keptWords, origin } from "@merlon/model/schema/node.ts";
import type { NumberRange } from "@merlon/model/schema/value.ts";
import type { StaticAction, StaticMap } from "./ir-nat.ts";
import { noAction } from "./nat-actions.ts";
import { isPrefix, sizeOf } from "./range-size.ts";
import { refuseRule } from "./refuse-rule.ts";
import type { NatConfiguration, NatContext } from "./nat-context.ts";

type StaticRule = NonNullable<NatConfiguration["static"]>["ruleSet"][number]["rule"][number];

/** A port of each address is an element of a map, for each of two protocols. */
export const staticPortsMax = 65_536;

export function staticActionOf(rule: StaticRule, set: string, context: NatContext): StaticAction {
  const action = rule.then?.staticNat;
  const kept = action?.[keptWords]?.[0];
  if (kept !== undefined) return refuseRule("static", set, rule, `${kept} is not carried out`, context);
  const outer = outerOf(rule, set, context);
  const inner = innerOf(rule, set, context);
  if (action?.prefix === undefined && action?.prefixName === undefined) return noAction("static", set, rule, context);
  if (outer === undefined || inner === undefined) return { kind: "refuse", because: "an address is missing" };
  if (outer.family !== inner.family) {
    return refuseRule("static", set, rule, "it translates between IPv4 and IPv6, which is not carried out", context);
  }
  const report = (code: string, message: string, hint?: string): StaticAction => {
    const text = `static NAT rule ${rule.name} of rule set ${set} ${message}`;
    context.diagnostics.error(code, rule[origin], text, hint);
    return { kind: "refuse", because: message };
  };
  if (sizeOf(outer) !== sizeOf(inner)) {
    const sizes = `${formatRange(outer)} and ${formatRange(inner)}`;
    return report("nat.static-size", `maps two ranges of different lengths: ${sizes}`, "use prefixes of one length");
  }
  if (!isPrefix(outer) || !isPrefix(inner)) {
    const sizes = `${formatRange(outer)} and ${formatRange(inner)}`;
    return report("nat.static-size", `maps ranges that are no prefixes: ${sizes}`, "use prefixes of one length");
  }
  const ports = portsOf(rule, report);
  if (ports !== undefined && "kind" in ports) return ports;
  const portCount = ports === undefined ? 0 : ports.outer.last - ports.outer.first + 1;
  if (portCount * sizeOf(outer) > staticPortsMax) {
    const message = `maps more than ${staticPortsMax} ports of addresses`;
    return report("limit.nat-ports", message, "map whole addresses, or fewer ports");
  }
  return { kind: "map", outer, inner, ...(ports === undefined ? {} : { ports }) };
}

function outerOf(rule: StaticRule, set: string, context: NatContext): IpRange | undefined {
  const { destinationAddress: address, destinationAddressName: name } = rule.match ?? {};
  if (address?.dstAddr !== undefined) return wholePrefix(rule, set, address.dstAddr, context);
  return namedRange(rule, set, name?.dstAddrName, context);
}

function innerOf(rule: StaticRule, set: string, context: NatContext): IpRange | undefined {
  const { prefix, prefixName } = rule.then?.staticNat ?? {};
  if (prefix?.addrPrefix !== undefined) return wholePrefix(rule, set, prefix.addrPrefix, context);
  return namedRange(rule, set, prefixName?.addrPrefixName, context);
}

/** A prefix with host bits is taken as the whole of it, and that may not be what was meant. */
function wholePrefix(rule: StaticRule, set: string, prefix: IpPrefix, { diagnostics }: NatContext): IpRange {
  const range = rangeOfPrefix(prefix);
  if (BigInt(range.first) !== BigInt(prefix.address.value)) {
    const message = `static NAT rule ${rule.name} of rule set ${set} takes ${formatPrefix(prefix)} as all of ${formatRange(range)}`;
    diagnostics.warning("nat.host-bits", rule[origin], message, "write the prefix without host bits");
  }
  return range;
}

function namedRange(
  rule: StaticRule,
  set: string,
  name: string | undefined,
  { addresses, diagnostics }: NatContext,
): IpRange | undefined {
  if (name === undefined) return undefined;
  const members = addresses.resolve(undefined, name)?.members;
  const ranges = members === undefined ? [] : [...rangesOf(members)];
  const [only] = ranges;
  if (only !== undefined && ranges.length === 1 && members?.dns === undefined && members?.wildcards === undefined)
    return only;
  const message = `static NAT rule ${rule.name} of rule set ${set} names ${name}, which is not one range of the global address book`;
  diagnostics.error("nat.unknown-address", rule[origin], message, addresses.hint(undefined, name));
  return undefined;
}

type Refused = Extract<StaticAction, { kind: "refuse" }>;

function portsOf(
  rule: StaticRule,
  report: (code: string, message: string, hint?: string) => StaticAction,
): StaticMap["ports"] | Refused | undefined {
  const { prefix, prefixName } = rule.then?.staticNat ?? {};
  const outer = rangeOf(rule.match?.destinationPort);
  const inner = rangeOf((prefix ?? prefixName)?.mappedPort);
  if (outer === undefined && inner === undefined) return undefined;
  if (outer === undefined || inner === undefined) {
    const hint = "set both destination-port and mapped-port, or neither";
    return report("nat.static-ports", "names ports on one side alone", hint) as Refused;
  }
  const lengths = [outer, inner].map(({ first, last }) => last - first);
  if (lengths[0] !== lengths[1] || (lengths[0] ?? 0) < 0) {
    return report("nat.static-ports", "maps port ranges of different lengths", "name as many ports") as Refused;
  }
  return { outer, inner };
}

interface PortWords {
  readonly low?: number;
  readonly to?: { readonly high?: number };
}

function rangeOf(words: PortWords | undefined): NumberRange | undefined {
  if (words?.low === undefined) return undefined;
  return { first: words.low, last: words.to?.high ?? words.low };
}
