// Floods, sweeps, scans and limits as rules: what they count stands in dynamic sets that the kernel fills. A rate is a bucket
// that holds one second's worth, so that no second in which as many came as are allowed is ever cut.

import type { NftRate } from "../nft/packet-check.ts";
import type { NftInstruction, NftRule, NftStatement, NftType } from "../nft/program.ts";
import { accept, rule } from "../nft/statements.ts";
import { attackRules } from "./attack-rules.ts";
import {
  addressOutside,
  addressWords,
  bytes,
  instructions,
  isFirstSyn,
  load,
  loadAddress,
  maskAddress,
  protocolNumber,
} from "./packet-tests.ts";
import type { Test } from "./packet-tests.ts";
import type { Piece } from "./piece.ts";
import type { ScreenCheck, SynFloodCheck } from "./screen.ts";
import { addressType, families } from "./zone-objects.ts";
import type { Family, ZoneObjects } from "./zone-objects.ts";

type CheckOf<K extends ScreenCheck["kind"]> = Extract<ScreenCheck, { kind: K }>;

/** How long a flooded target is remembered after its last packet. */
const floodTimeoutMs = 2_000;
/** In a sweep, the tenth target within the time is one too many. */
const sweepTargets = 9;

const destinationPort = bytes("transport", 2, 2);

function perSecond(count: number): NftRate {
  // A bucket of nothing would be one of five (nft_limit_init), and a rate of nothing is refused.
  return { count: Math.max(1, count), unitSeconds: 1, burst: Math.max(1, count) };
}

export function lowerFlood(
  { attack, perSecond: count, except }: CheckOf<"flood">,
  zone: ZoneObjects,
): readonly Piece[] {
  return families.map((family): Piece => {
    const isUdp = attack === "udp-flood";
    const key: readonly NftType[] = isUdp ? [addressType[family], "inet_service"] : [addressType[family]];
    const set = zone.addMeter(`${attack}_v${family}`, key, [count], floodTimeoutMs);
    const port = isUdp ? [load(destinationPort, 1 + addressWords[family])] : [];
    const over: NftInstruction = { op: "meter", set, from: 1, refresh: true, over: perSecond(count) };
    const outside = addressOutside(family, zone.addPrefixes(`${attack}_except`, family, except));
    const test = instructions(...outside, loadAddress(family, "destination", 1), ...port, over);
    const protocol = protocolNumber[family][isUdp ? "udp" : "icmp"];
    return { place: "packet", family, protocol, rules: [rule(test, zone.attack(attack))] };
  });
}

export function lowerSynFlood(check: SynFloodCheck, zone: ZoneObjects): readonly Piece[] {
  return families.map((family): Piece => {
    const chain = zone.addChain(`syn_flood_v${family}`, synFloodRules(check, family, zone));
    const into = rule(instructions(...isFirstSyn), { kind: "verdict", verdict: { kind: "jump", chain } });
    return { place: "packet", family, protocol: protocolNumber[family].tcp, rules: [into] };
  });
}

function synFloodRules(check: SynFloodCheck, family: Family, zone: ZoneObjects): readonly NftRule[] {
  const timeoutMs = check.timeoutSeconds * 1_000;
  const address = addressType[family];
  const meter = (words: string, key: readonly NftType[], count: number): NftInstruction => {
    const set = zone.addMeter(`${words}_v${family}`, key, [count], timeoutMs);
    return { op: "meter", set, from: 1, refresh: true, over: perSecond(count) };
  };
  const destination = meter("syn-flood-destination", [address], check.destinationThreshold);
  const source = meter("syn-flood-source", [address], check.sourceThreshold);
  const attack = meter("syn-flood", [address, "inet_service"], check.attackThreshold);
  const toPort: Test = [loadAddress(family, "destination", 1), load(destinationPort, 1 + addressWords[family])];
  return [
    ...whiteListed(check, family, zone),
    rule(instructions(loadAddress(family, "destination", 1), destination), zone.attack("syn-flood-destination")),
    rule(instructions(loadAddress(family, "source", 1), source), zone.attack("syn-flood-source")),
    rule(instructions(...toPort, attack), synFloodAttack(check, family, zone)),
  ];
}

function whiteListed({ except }: SynFloodCheck, family: Family, zone: ZoneObjects): readonly NftRule[] {
  return except.flatMap(({ sources, destinations }, at): readonly NftRule[] => {
    const tests: NftInstruction[] = [];
    const ends = [
      ["source", sources],
      ["destination", destinations],
    ] as const;
    for (const [end, prefixes] of ends) {
      if (prefixes.length === 0) continue;
      const set = zone.addPrefixes(`syn_flood_except_${at}_${end}`, family, prefixes);
      // A list without addresses of this IP version lets none of it out.
      if (set === undefined) return [];
      tests.push(loadAddress(family, end, 1), { op: "lookup", set, from: 1 });
    }
    return tests.length === 0 ? [] : [rule(instructions(...tests), { kind: "verdict", verdict: { kind: "return" } })];
  });
}

/** Logged only above the alarm threshold, which counts what is above the attack threshold. */
function synFloodAttack(check: SynFloodCheck, family: Family, zone: ZoneObjects): NftStatement {
  const { ids, drops } = zone.screen;
  const id = ids.get("syn-flood");
  if (id === undefined) throw new Error("the SYN flood has no number");
  const set = zone.addMeter(`syn-flood-alarm_v${family}`, [addressType[family]], [check.alarmThreshold], 2_000);
  const alarming: Test = [
    loadAddress(family, "destination", 1),
    { op: "meter", set, from: 1, refresh: true, over: perSecond(check.alarmThreshold) },
  ];
  const end = !drops ? "pass" : check.cookies ? [instructions({ op: "notrack" }), accept] : "drop";
  const chain = zone.addChain(`attack_syn-flood_v${family}`, attackRules(id, end, alarming));
  return { kind: "verdict", verdict: { kind: "jump", chain } };
}

export function lowerSweep(check: CheckOf<"sweep">, zone: ZoneObjects): readonly Piece[] {
  const { attack, protocol, target, withinMs } = check;
  return families.map((family): Piece => {
    const words = addressWords[family];
    const address = addressType[family];
    const ends: readonly NftType[] = [address, address];
    const loads: Test = [
      loadAddress(family, "source", 1),
      loadAddress(family, "destination", 1 + words),
      ...(target === "port" ? [load(destinationPort, 1 + 2 * words)] : []),
    ];
    const seen = zone.addMeter(
      `${attack}-seen_v${family}`,
      target === "port" ? [...ends, "inet_service"] : ends,
      [],
      withinMs,
    );
    const counted = zone.addMeter(`${attack}_v${family}`, target === "port" ? ends : [address], [], withinMs);
    // The key is counted from its first packet on and forgotten when the time is over; the rate gives nothing back.
    const tenth: NftInstruction = {
      op: "meter",
      set: counted,
      from: 1,
      refresh: false,
      over: { count: 1, unitSeconds: 86_400, burst: sweepTargets },
    };
    const rules = [
      rule(instructions(...loads, { op: "lookup", set: seen, from: 1, negated: true }, tenth), zone.attack(attack)),
      rule(instructions(...loads, { op: "meter", set: seen, from: 1, refresh: false })),
    ];
    return { place: "session", family, protocol: protocolNumber[family][protocol], rules };
  });
}

export function lowerLimit(check: CheckOf<"limit">, zone: ZoneObjects): readonly Piece[] {
  const { attack, what, countMax, by, protocol, except } = check;
  return families.map((family): Piece => {
    const prefixLength = family === 4 ? by.prefixLength4 : by.prefixLength6;
    const words = [attack, what, ...(protocol === undefined ? [] : [protocol]), `v${family}`].join("_");
    const timeouts = what === "sessions" ? [] : [floodTimeoutMs];
    const set = zone.addMeter(words, [addressType[family]], [countMax, prefixLength], ...timeouts);
    const over = what === "sessions" ? { sessions: countMax } : perSecond(countMax);
    const test = instructions(
      ...addressOutside(family, zone.addPrefixes(`${words}_except`, family, except)),
      loadAddress(family, by.end, 1),
      ...maskAddress(family, 1, prefixLength),
      { op: "meter", set, from: 1, refresh: what !== "sessions", over },
    );
    return {
      place: what === "packets-per-second" ? "packet" : "session",
      family,
      ...(protocol === undefined ? {} : { protocol: protocolNumber[family][protocol] }),
      rules: [rule(test, zone.attack(attack))],
    };
  });
}
