// Ordered rules for nftables, as a good administrator writes them, in one list with both interfaces in every rule, or in one
// list per pair of zones behind a verdict map, the structure of the white paper on data centers. Groups of addresses are
// named sets. Where there are thousands there are no sets at all, because the kernel searches those of a table one by one
// and would load for hours: groups are chains then, and each range of ports a rule. Within a rule the ports stand first:
// most rules fail there, and to compare a port costs less than to look an address up. As a policy is written, with
// addresses first, the same rules cost about twice as much.

import type { Family } from "@merlon/model/ip/address.ts";
import type { NumberRange } from "@merlon/model/schema/value.ts";
import { benchAddress } from "./bench-address.ts";
import type { PeerContext, PeerRule, PeerSide } from "./peer-rule.ts";

export interface NftPeerForm {
  /** One list for each pair of zones; otherwise one for all. */
  readonly split: boolean;
  readonly first: "ports" | "addresses";
}

/** With more, loading takes longer than all the rest together. */
export const setsMax = 2_000;

export function nftPeerText(contexts: readonly PeerContext[], { split, first }: NftPeerForm): string {
  const writer = new PeerWriter(contexts[0]?.family ?? 4, first, countGroups(contexts) <= setsMax);
  const lists = contexts.map(({ inDevice, outDevice, rules }) => {
    const front = split ? "" : `iifname "${inDevice}" oifname "${outDevice}" `;
    return rules.flatMap((rule) => writer.ruleLines(rule).map((line) => `${front}${line}`));
  });
  const elements = contexts.map(({ inDevice, outDevice }, at) => `"${inDevice}" . "${outDevice}" : goto pair_${at}`);
  return [
    "table inet peer {",
    ...writer.objects,
    ...(split ? lists.flatMap((lines, at) => [`chain pair_${at} {`, ...lines, "drop", "}"]) : []),
    "chain forward {",
    "type filter hook forward priority filter; policy drop;",
    "ct state established,related accept",
    "ct state invalid drop",
    ...(split ? [`iifname . oifname vmap { ${elements.join(", ")} }`] : lists.flat()),
    "}",
    "}",
    "",
  ].join("\n");
}

const verdicts = { permit: "accept", deny: "drop", reject: "reject" } as const;

class PeerWriter {
  /** Sets and chains of groups, in the order in which they must stand. */
  readonly objects: string[] = [];
  readonly #names = new Map<string, string>();
  readonly #family: Family;
  readonly #first: NftPeerForm["first"];
  readonly #withSets: boolean;

  constructor(family: Family, first: NftPeerForm["first"], withSets: boolean) {
    this.#family = family;
    this.#first = first;
    this.#withSets = withSets;
  }

  /** A rule holds one protocol's ports, so a policy for both is two; without sets it holds one range of them. */
  ruleLines({ source, destination, ports, action }: PeerRule): readonly string[] {
    const [from, to] = [this.#inRule("saddr", source), this.#inRule("daddr", destination)];
    const behindSource = to === undefined ? this.#stage("daddr", destination, verdicts[action]) : verdicts[action];
    const target = from === undefined ? this.#stage("saddr", source, behindSource) : behindSource;
    const addresses = `${from ?? ""}${to ?? ""}`;
    if (ports === undefined) return [`${addresses}${target}`];
    return (["tcp", "udp"] as const)
      .flatMap((protocol) => this.#portTexts(ports[protocol]).map((text) => `${protocol} dport ${text} `))
      .map((port) => `${this.#first === "ports" ? `${port}${addresses}` : `${addresses}${port}`}${target}`);
  }

  #portTexts(ranges: readonly NumberRange[]): readonly string[] {
    const texts = ranges.map(({ first, last }) => (first === last ? String(first) : `${first}-${last}`));
    return this.#withSets && texts.length > 1 ? [`{ ${texts.join(", ")} }`] : texts;
  }

  /** The side as a part of one rule; undefined when it needs a chain. */
  #inRule(field: string, { ranges, excluded }: PeerSide): string | undefined {
    if (ranges === undefined) return "";
    const not = excluded ? "!= " : "";
    const [only] = ranges;
    if (ranges.length === 1 && only !== undefined) return `${this.#word(field)} ${not}${this.#spanText(only)} `;
    if (!this.#withSets) return undefined;
    const content = `elements = { ${ranges.map((range) => this.#spanText(range)).join(", ")} }`;
    const type = `type ipv${this.#family}_addr; flags interval;`;
    const name = this.#named("group", content, (set) => [`set ${set} {`, type, content, "}"]);
    return `${this.#word(field)} ${not}@${name} `;
  }

  /** A chain that leads on from these addresses; rules with the same addresses and target share it. */
  #stage(field: string, { ranges = [], excluded }: PeerSide, target: string): string {
    const word = this.#word(field);
    const lines = ranges.map((range) => `${word} ${this.#spanText(range)} ${excluded ? "return" : target}`);
    if (excluded) lines.push(target);
    return `jump ${this.#named("stage", lines.join("\n"), (name) => [`chain ${name} {`, ...lines, "}"])}`;
  }

  #word(field: string): string {
    return `${this.#family === 4 ? "ip" : "ip6"} ${field}`;
  }

  #spanText({ first, last }: NumberRange): string {
    const low = benchAddress(this.#family, first);
    return first === last ? low : `${low}-${benchAddress(this.#family, last)}`;
  }

  #named(word: string, content: string, write: (name: string) => readonly string[]): string {
    const known = this.#names.get(content);
    if (known !== undefined) return known;
    const name = `${word}_${this.#names.size}`;
    this.#names.set(content, name);
    this.objects.push(...write(name));
    return name;
  }
}

function countGroups(contexts: readonly PeerContext[]): number {
  const sides = contexts.flatMap(({ rules }) => rules.flatMap(({ source, destination }) => [source, destination]));
  const groups = sides.flatMap(({ ranges = [] }) =>
    ranges.length > 1 ? [ranges.map(({ first, last }) => `${first}-${last}`).join()] : [],
  );
  return new Set(groups).size;
}
