// What the checks of one zone need beside their rules: chains of attacks, chains of their own, sets of addresses, and meters.
// Everything carries the generation in its name but the meters: what they have counted outlives a commit that leaves their
// numbers alone, so the numbers stand in their names.

import { rangeOfPrefix } from "@merlon/model/ip/prefix.ts";
import type { IpPrefix } from "@merlon/model/ip/prefix.ts";
import { rangeSetOf, rangesOf } from "@merlon/model/ip/range-set.ts";
import type { AttackName } from "./attacks.ts";
import type { ChainNamer } from "../nft/chain-names.ts";
import { fixedSet } from "../nft/fixed-set.ts";
import type { NftChain, NftElement, NftRule, NftSet, NftStatement, NftType } from "../nft/program.ts";
import { jump } from "../nft/statements.ts";
import { generationName } from "../nft/table-names.ts";
import { attackRules } from "./attack-rules.ts";
import type { IrScreen } from "./screen.ts";

/** Addresses, pairs and ports that a meter can tell apart; further ones are not measured while it is full. */
export const meterSize = 65_536;

export const families = [4, 6] as const;
export type Family = (typeof families)[number];

export const addressType = { 4: "ipv4_addr", 6: "ipv6_addr" } as const;

/** Where packets enter a zone: by devices, and by ports of secure wires, which are told by packet marks. */
export interface Entrances {
  readonly devices: readonly string[];
  readonly ports: readonly number[];
}

export class ZoneObjects {
  readonly screen: IrScreen;
  readonly entrances: Entrances;
  readonly chains: NftChain[] = [];
  readonly sets: NftSet[] = [];
  readonly #generation: number;
  readonly #nameUnique: ChainNamer;
  readonly #attacks = new Map<string, string>();
  #deviceSet: string | undefined;

  /** `nameUnique` is shared by all zones. */
  constructor(screen: IrScreen, nameUnique: ChainNamer, entrances: Entrances, generation: number) {
    this.screen = screen;
    this.entrances = entrances;
    this.#nameUnique = nameUnique;
    this.#generation = generation;
  }

  /** Counts and logs the attack and drops the packet; comes back where the screen only alarms. */
  attack(name: AttackName): NftStatement {
    const made = this.#attacks.get(name);
    if (made !== undefined) return jump(made);
    const { ids, drops } = this.screen;
    const id = ids.get(name);
    if (id === undefined) throw new Error(`attack ${name} has no number`);
    const chain = this.addChain(`attack_${name}`, attackRules(id, drops ? "drop" : "pass"));
    this.#attacks.set(name, chain);
    return jump(chain);
  }

  addChain(words: string, rules: readonly NftRule[]): string {
    const name = this.nameOf(words);
    this.chains.push({ name, rules });
    return name;
  }

  nameOf(words: string): string {
    return generationName(this.#nameUnique("screen", words, this.screen.zone), this.#generation);
  }

  /** A set of points. */
  addSet(words: string, key: readonly NftType[], elements: readonly NftElement[], data?: "verdict"): string {
    const name = this.nameOf(words);
    this.sets.push(fixedSet(name, key, data, elements));
    return name;
  }

  /** A set of the prefixes of one family; undefined when there are none. */
  addPrefixes(words: string, family: Family, prefixes: readonly IpPrefix[]): string | undefined {
    const ranges = [...rangesOf(rangeSetOf(prefixes.map(rangeOfPrefix)))].filter((range) => range.family === family);
    if (ranges.length === 0) return undefined;
    const name = this.nameOf(`${words}_v${family}`);
    const elements = ranges.map((range) => ({ key: [{ kind: "addresses" as const, range }] }));
    this.sets.push({ name, key: [addressType[family]], interval: true, counter: false, elements });
    return name;
  }

  /** A set that rules fill. `numbers` is everything that its measure depends on beside the time. */
  addMeter(words: string, key: readonly NftType[], numbers: readonly number[], timeoutMs?: number): string {
    const times = timeoutMs === undefined ? [] : [timeoutMs];
    const name = this.#nameUnique("meter", words, this.screen.zone, ...[...numbers, ...times].map(String));
    this.sets.push({
      name,
      key,
      interval: false,
      counter: false,
      size: meterSize,
      dynamic: timeoutMs === undefined ? {} : { timeoutMs },
      elements: [],
    });
    return name;
  }

  /** The devices of the zone, as a set. */
  get devices(): string {
    const elements = this.entrances.devices.map((device): NftElement => ({ key: [{ kind: "text", value: device }] }));
    this.#deviceSet ??= this.addSet("devices", ["ifname"], elements);
    return this.#deviceSet;
  }
}
