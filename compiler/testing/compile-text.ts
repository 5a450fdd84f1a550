// Configuration text to IR in one step, for tests: `set` lines or curly braces, through the real parser.

import { loadConfiguration } from "@merlon/junos/load.ts";
import { readConfiguration } from "@merlon/junos/read.ts";
import { emptyTree } from "@merlon/junos/tree.ts";
import { hasErrors } from "@merlon/model/diagnostic.ts";
import type { Configuration } from "@merlon/model/schema/configuration.ts";
import { compile } from "../compile.ts";
import type { Compilation } from "../compile.ts";
import { explainDecision } from "../explain.ts";
import { interpret } from "../interpret.ts";
import type { FlowPacket, Ir } from "../ir.ts";
import { noRuleIds } from "../rule-ids.ts";
import type { RuleIdTable } from "../rule-ids.ts";
import { parseIp } from "@merlon/model/ip/address.ts";

/** The typed configuration of a text; throws when the text itself is wrong, because then the test is. */
export function configurationOf(text: string, source = "test.conf"): Configuration {
  const isSet = /^\s*(?:#.*\n\s*)*(?:set|deactivate) /.test(text);
  const loaded = loadConfiguration(emptyTree, text, { action: isSet ? "set" : "override", source });
  if (hasErrors(loaded.diagnostics)) throw new Error(JSON.stringify(loaded.diagnostics, undefined, 2));
  return readConfiguration(loaded.tree).configuration;
}

export function compileText(text: string, ruleIds: RuleIdTable = noRuleIds): Compilation {
  return compile(configurationOf(text), { ruleIds });
}

/** `set security policies from-zone A to-zone B policy …` lines for one policy, with `any` where nothing is said. */
export function policyLines(
  pair: readonly [string, string] | "global",
  name: string,
  terms: {
    readonly source?: string;
    readonly destination?: string;
    readonly application?: string;
    readonly then?: string;
    readonly more?: readonly string[];
  } = {},
): string {
  const { source = "any", destination = "any", application = "any", then = "permit", more = [] } = terms;
  const place = pair === "global" ? "global" : `from-zone ${pair[0]} to-zone ${pair[1]}`;
  const policy = `set security policies ${place} policy ${name}`;
  return [
    `match source-address ${source}`,
    `match destination-address ${destination}`,
    `match application ${application}`,
    ...then.split(",").map((action) => `then ${action.trim()}`),
    ...more,
  ]
    .map((line) => `${policy} ${line}\n`)
    .join("");
}

/** Contents of an address book, separated by `;`. */
export function bookLines(name: string, contents: string): string {
  return contents
    .split(";")
    .map((line) => `set security address-book ${name} ${line.trim()}\n`)
    .join("");
}

/** Zones with one interface each: zone `a` has `eth-a`. */
export function zoneLines(...zones: readonly string[]): string {
  return zones.map((zone) => `set security zones security-zone ${zone} interfaces eth-${zone}\n`).join("");
}

const protocols: Readonly<Record<string, number>> = { tcp: 6, udp: 17, sctp: 132, icmp: 1, icmp6: 58 };

/**
 * A packet from a short text: `a b 10.0.0.1 10.0.0.2 tcp 22`, with `sport>dport` where the source port matters, a type
 * and `/code` for ICMP, and a protocol number for everything else.
 */
export function packetOf(text: string): FlowPacket {
  const [fromZone = "", toZone = "", from = "", to = "", word = "", detail = ""] = text.split(/\s+/);
  const source = parseIp(from);
  const destination = parseIp(to);
  if (source === undefined || destination === undefined) throw new Error(`no addresses in ${text}`);
  const packet = { fromZone, toZone, source, destination, protocol: protocols[word] ?? Number(word) };
  const [first, second] = detail.split(/[>/]/).map(Number);
  if (word === "icmp" || word === "icmp6") return { ...packet, icmpType: first ?? 0, icmpCode: second ?? 0 };
  if (!(word in protocols)) return packet;
  return second === undefined
    ? { ...packet, sourcePort: 40_000, destinationPort: first ?? 0 }
    : { ...packet, sourcePort: first ?? 0, destinationPort: second };
}

/** Errors and warnings as `error policy.unknown-address`, in order. */
export function codesOf({ diagnostics }: Pick<Compilation, "diagnostics">): readonly string[] {
  return diagnostics.map(({ severity, code }) => `${severity} ${code}`);
}

/** An IR of nothing at all. */
export const emptyIr: Ir = {
  zones: [],
  interfaces: [],
  addressSets: new Map(),
  contexts: [],
  network: { links: [], routes: [] },
};

/** What happens to each packet, as the sentence that a person reads. Throws when the configuration has an error. */
export function verdictsOf(text: string, ...packets: readonly string[]): readonly string[] {
  const { ir, diagnostics } = compileText(text);
  if (hasErrors(diagnostics)) throw new Error(JSON.stringify(diagnostics, undefined, 2));
  return packets.map(packetOf).map((packet) => explainDecision(interpret(ir, packet), packet));
}
