// Ordered rules for iptables, or ip6tables, in the form of iptables-restore, one chain per pair of zones. A rule of iptables holds one
// address on each side, so groups become chains: the pair's chain asks for the service, the next for the source, the last
// for the destination, shared by all rules with the same destination. With `sets` a group is an ipset and a policy one rule.

import type { Family } from "@merlon/model/ip/address.ts";
import type { NumberRange } from "@merlon/model/schema/value.ts";
import { benchAddress, benchPrefix } from "./bench-address.ts";
import { prefixesOf } from "./firewalld-peer-files.ts";
import type { PeerContext, PeerRule, PeerSide } from "./peer-rule.ts";

export interface IptablesPeerText {
  /** For `iptables-restore`. */
  readonly rules: string;
  /** For `ipset restore`; empty without sets. */
  readonly sets: string;
}

export function iptablesPeerText(contexts: readonly PeerContext[], withSets: boolean): IptablesPeerText {
  const writer = new RuleWriter(contexts[0]?.family ?? 4, withSets);
  for (const [at, { inDevice, outDevice, rules }] of contexts.entries()) {
    const pair = `pair_${at}`;
    writer.front.push(`-A FORWARD -i ${inDevice} -o ${outDevice} -j ${pair}`);
    writer.chain(pair, () => rules.flatMap((rule) => writer.policy(rule)));
  }
  const rules = [
    "*filter",
    ":INPUT ACCEPT [0:0]",
    ":FORWARD DROP [0:0]",
    ":OUTPUT ACCEPT [0:0]",
    ...[...writer.chains.keys()].map((name) => `:${name} - [0:0]`),
    "-A FORWARD -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT",
    "-A FORWARD -m conntrack --ctstate INVALID -j DROP",
    ...writer.front,
    ...[...writer.chains].flatMap(([name, lines]) => lines.map((line) => `-A ${name} ${line}`)),
    "COMMIT",
    "",
  ];
  return { rules: rules.join("\n"), sets: `${writer.setLines.join("\n")}\n` };
}

const verdicts = { permit: "ACCEPT", deny: "DROP", reject: "REJECT" } as const;
/** Of the multiport match; a range counts for two. */
const portsPerRuleMax = 15;

class RuleWriter {
  readonly #family: Family;
  readonly #withSets: boolean;
  readonly front: string[] = [];
  /** Rules by chain, without their `-A`. */
  readonly chains = new Map<string, readonly string[]>();
  readonly setLines: string[] = [];
  readonly #names = new Map<string, string>();

  constructor(family: Family, withSets: boolean) {
    this.#family = family;
    this.#withSets = withSets;
  }

  chain(name: string, lines: () => readonly string[]): void {
    this.chains.set(name, lines());
  }

  policy({ source, destination, ports, action }: PeerRule): readonly string[] {
    const from = this.#inRule(source, "s");
    const to = this.#inRule(destination, "d");
    const afterSource = to !== undefined ? verdicts[action] : this.#stage("d", destination, verdicts[action]);
    const target = from !== undefined ? afterSource : this.#stage("s", source, afterSource);
    const addresses = `${from ?? ""}${to ?? ""}`;
    return serviceTexts(ports).map((service) => `${addresses}${service}-j ${target}`);
  }

  /** The side as a part of one rule; undefined when it needs a chain. */
  #inRule({ ranges, excluded }: PeerSide, letter: "s" | "d"): string | undefined {
    if (ranges === undefined) return "";
    const [only] = ranges;
    if (ranges.length === 1 && only !== undefined) return this.#spanText(only, letter, excluded);
    if (!this.#withSets) return undefined;
    return `-m set ${excluded ? "! " : ""}--match-set ${this.#setOf(ranges)} ${letter === "s" ? "src" : "dst"} `;
  }

  /** A chain that leads on from these addresses; rules with the same addresses and target share it. */
  #stage(letter: "s" | "d", { ranges = [], excluded }: PeerSide, target: string): string {
    const spans = ranges.map((range) => this.#spanText(range, letter, false));
    const lines = excluded
      ? [...spans.map((span) => `${span}-j RETURN`), `-j ${target}`]
      : spans.map((span) => `${span}-j ${target}`);
    const content = lines.join("\n");
    const known = this.#names.get(content);
    if (known !== undefined) return known;
    const name = `${letter}_${this.#names.size}`;
    this.#names.set(content, name);
    this.chains.set(name, lines);
    return name;
  }

  #spanText({ first, last }: NumberRange, letter: "s" | "d", excluded: boolean): string {
    const not = excluded ? "! " : "";
    const size = last - first + 1;
    const length = 32 - Math.log2(size);
    if (Number.isInteger(length) && first % size === 0)
      return `${not}-${letter} ${benchPrefix(this.#family, first, length)} `;
    const range = `${benchAddress(this.#family, first)}-${benchAddress(this.#family, last)}`;
    return `-m iprange ${not}--${letter === "s" ? "src" : "dst"}-range ${range} `;
  }

  #setOf(ranges: readonly NumberRange[]): string {
    const family = this.#family;
    // Over IPv6 a set of networks takes no ranges (ipset(8)).
    const spans =
      family === 4
        ? ranges.map(({ first, last }) => `${benchAddress(4, first)}-${benchAddress(4, last)}`)
        : ranges.flatMap((range) => prefixesOf(family, range));
    const content = spans.join("\n");
    const known = this.#names.get(content);
    if (known !== undefined) return known;
    const name = `group_${this.#names.size}`;
    this.#names.set(content, name);
    this.setLines.push(
      `create ${name} hash:net${this.#family === 6 ? " family inet6" : ""} hashsize 64`,
      ...spans.map((span) => `add ${name} ${span}`),
    );
    return name;
  }
}

function serviceTexts(ports: PeerRule["ports"]): readonly string[] {
  if (ports === undefined) return [""];
  return (["tcp", "udp"] as const).flatMap((protocol) =>
    portGroups(ports[protocol]).map((group) => {
      const text = group.map(({ first, last }) => (first === last ? String(first) : `${first}:${last}`)).join(",");
      return group.length === 1
        ? `-p ${protocol} -m ${protocol} --dport ${text} `
        : `-p ${protocol} -m multiport --dports ${text} `;
    }),
  );
}

function portGroups(ranges: readonly NumberRange[]): readonly (readonly NumberRange[])[] {
  const perRule = Math.floor(portsPerRuleMax / 2);
  return Array.from({ length: Math.ceil(ranges.length / perRule) }, (_, at) =>
    ranges.slice(at * perRule, (at + 1) * perRule),
  );
}
