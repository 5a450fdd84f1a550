// Makes rule sets of any size that are the same in every run. The last policy of each pair of zones uses a part of the
// zones' addresses that no other group is taken from; policies that reach it all the same, through `any`, a broad prefix
// or an excluded group on both sides, get other services. So the flows of `worst` meet every policy and match the last.

import type { Family } from "@merlon/model/ip/address.ts";
import { coverOf } from "./rule-set.ts";
import type {
  AddressGroup,
  AddressSpan,
  BenchPolicy,
  BenchService,
  BenchZone,
  PolicySide,
  RuleSet,
  ServiceSet,
  ZonePair,
} from "./rule-set.ts";
import type { RuleSetShape } from "./rule-set-shape.ts";
import { seededRandom } from "./seeded-random.ts";
import type { SeededRandom } from "./seeded-random.ts";

export const policyCountMax = 200_000;

/** 10.0.0.0, 10.64.0.0 and 10.128.0.0, a /10 each. */
const zoneSizeAddresses = 2 ** 22;
export const benchZones: readonly BenchZone[] = ["users", "servers", "data"].map((name, index) => {
  const first = 0x0a00_0000 + index * zoneSizeAddresses;
  return { name, device: `to-${name}`, space: { first, last: first + zoneSizeAddresses - 1 } };
});

/** The end of each zone's space, a /16: the addresses of the last policy. */
const tailSizeAddresses = 2 ** 16;
const worstFlowsPerPair = 256;
/** No service of any generated policy has it, nor is it in a range of one. */
const deniedPort = 9;

/** The same policies and flows in either family. */
export function generateRuleSet(policyCount: number, shape: RuleSetShape, family: Family = 4): RuleSet {
  if (!Number.isInteger(policyCount) || policyCount < shape.pairCount || policyCount > policyCountMax) {
    throw new Error(`a rule set has ${shape.pairCount} to ${policyCountMax} policies, not ${policyCount}`);
  }
  const random = seededRandom(policyCount);
  const services = makeServices();
  const serviceSets = makeServiceSets(services, random);
  const groups = new Map(benchZones.map((zone) => [zone.name, makeGroups(zone, policyCount, shape, random)]));
  const pairs = benchZones
    .flatMap((from) => benchZones.filter((to) => to !== from).map((to) => [from, to] as const))
    .slice(0, shape.pairCount)
    .map(([from, to], index) => {
      const count = Math.floor(policyCount / shape.pairCount) + (index < policyCount % shape.pairCount ? 1 : 0);
      const draw = (zone: BenchZone) => drawSide(groups.get(zone.name) ?? noGroups, shape, random);
      return makePair(from, to, count, { draw, services, serviceSets, random });
    });
  return { family, shape: shape.name, policyCount, zones: benchZones, pairs, services, serviceSets };
}

interface Groups {
  readonly ordinary: readonly AddressGroup[];
  readonly broad: readonly AddressGroup[];
}

const noGroups: Groups = { ordinary: [], broad: [] };

/** 20 of TCP, 10 of UDP; every fifth is a range of ports. The first of each is also that of the last policies. */
function makeServices(): readonly BenchService[] {
  return Array.from({ length: 30 }, (_, index) => {
    const protocol = index % 3 === 2 ? ("udp" as const) : ("tcp" as const);
    const firstPort = 1_000 + index * 100;
    const lastPort = index % 5 === 2 ? firstPort + 40 : firstPort;
    return { name: `${protocol}-${firstPort}`, protocol, firstPort, lastPort };
  });
}

function makeServiceSets(services: readonly BenchService[], random: SeededRandom): readonly ServiceSet[] {
  return Array.from({ length: 6 }, (_, index) => ({
    name: `set-${index}`,
    members: [...new Set(Array.from({ length: 2 + random.below(4) }, () => random.pick(services)))],
  }));
}

function makeGroups(zone: BenchZone, policyCount: number, shape: RuleSetShape, random: SeededRandom): Groups {
  const usable = zoneSizeAddresses - tailSizeAddresses;
  const inZone = policyCount / 3;
  const subnetCount = Math.max(shape.subnetsMin, Math.ceil(inZone / shape.policiesPerSubnet));
  const subnets = Array.from({ length: subnetCount }, () => zone.space.first + random.below(usable >> 8) * 256);
  const groupCount = Math.max(4, Math.ceil(inZone / shape.policiesPerGroup));
  const member = (): AddressSpan => {
    const subnet = random.pick(subnets);
    if (random.chance(shape.mixedPrefixShare)) return prefixAt(subnet, 12 + random.below(19), zone);
    const kind = random.below(10);
    if (kind === 0) return { first: subnet, last: subnet + 255 };
    const first = subnet + 1 + random.below(200);
    return { first, last: kind === 1 ? first + 1 + random.below(50) : first };
  };
  const ordinary = Array.from({ length: groupCount }, (_, index) => ({
    name: `${zone.name}-${index}`,
    members: Array.from({ length: 1 + random.below(shape.membersMax) }, member),
  }));
  const broad = shape.broadLengths.map((length, index) => ({
    name: `${zone.name}-broad-${index}`,
    members: [prefixAt(zone.space.first + random.below(zoneSizeAddresses), length, zone)],
  }));
  return { ordinary, broad };
}

/** The prefix of that length around an address, without the tail unless it holds it as a whole. */
function prefixAt(address: number, length: number, zone: BenchZone): AddressSpan {
  const size = 2 ** (32 - length);
  const first = address - (address % size);
  const last = first + size - 1;
  const tail = tailOf(zone);
  const whole = first <= tail.first && last >= tail.last;
  return whole || last < tail.first ? { first, last } : prefixAt(zone.space.first, length, zone);
}

function tailOf({ space }: BenchZone): AddressSpan {
  return { first: space.last - tailSizeAddresses + 1, last: space.last };
}

function drawSide(groups: Groups, shape: RuleSetShape, random: SeededRandom): PolicySide {
  if (random.chance(shape.anyShare)) return { kind: "any" };
  const from = random.chance(shape.broadShare) ? groups.broad : groups.ordinary;
  return { kind: "group", group: random.pick(from), excluded: random.chance(shape.excludedShare) };
}

interface PolicyDraw {
  readonly draw: (zone: BenchZone) => PolicySide;
  readonly services: readonly BenchService[];
  readonly serviceSets: readonly ServiceSet[];
  readonly random: SeededRandom;
}

function makePair(from: BenchZone, to: BenchZone, count: number, tools: PolicyDraw): ZonePair {
  const { draw, services, random } = tools;
  const last = lastPolicy(from, to, services);
  const policies = Array.from({ length: count - 1 }, (_, index): BenchPolicy => {
    const source = draw(from);
    const destination = draw(to);
    const reachesTail = coverOf(source, tailOf(from)) !== "none" && coverOf(destination, tailOf(to)) !== "none";
    return {
      name: `p-${index}`,
      source,
      destination,
      services: drawServices(tools, reachesTail ? lastServices(services) : []),
      action: random.chance(0.08) ? "deny" : random.chance(0.02) ? "reject" : "permit",
    };
  });
  return { from, to, policies: [...policies, last.policy], worst: last.worst };
}

/** 60 % one service, 20 % two to four, 15 % a set, 5 % any; none of `not`. */
function drawServices(
  { services, serviceSets, random }: PolicyDraw,
  not: readonly BenchService[],
): BenchPolicy["services"] {
  const allowed = not.length === 0 ? services : services.filter((service) => !not.includes(service));
  const kind = random.below(20);
  if (kind < 12) return [random.pick(allowed)];
  if (kind === 19 && not.length === 0) return [];
  const sets = serviceSets.filter(({ members }) => !members.some((service) => not.includes(service)));
  if (kind >= 16 && sets.length > 0) return random.pick(sets);
  return [...new Set(Array.from({ length: 2 + random.below(3) }, () => random.pick(allowed)))];
}

function lastServices(services: readonly BenchService[]): readonly BenchService[] {
  return (["tcp", "udp"] as const).flatMap((protocol) => services.find((it) => it.protocol === protocol) ?? []);
}

function lastPolicy(from: BenchZone, to: BenchZone, services: readonly BenchService[]) {
  const permitted = lastServices(services);
  const group = (zone: BenchZone, peer: BenchZone): AddressGroup => {
    const { first } = tailOf(zone);
    // Another part for every peer, so that no two pairs share a group.
    const at = first + benchZones.indexOf(peer) * 0x1000;
    const hosts = [1, 77, 900, 1_023].map((offset) => ({ first: at + offset, last: at + offset }));
    const networks = [0x400, 0x600].map((offset) => ({ first: at + offset, last: at + offset + 255 }));
    const ranges = [0x810, 0x905].map((offset) => ({ first: at + offset, last: at + offset + 70 }));
    return { name: `${zone.name}-last-${peer.name}`, members: [...hosts, ...networks, ...ranges] };
  };
  const [source, destination] = [group(from, to), group(to, from)];
  const policy: BenchPolicy = {
    name: "last",
    source: { kind: "group", group: source, excluded: false },
    destination: { kind: "group", group: destination, excluded: false },
    services: permitted,
    action: "permit",
  };
  const [tcp, udp] = permitted;
  const [sources, destinations] = [addressesIn(source), addressesIn(destination)];
  const addresses = Array.from({ length: worstFlowsPerPair }, (_, index) => ({
    source: every(5, index, sources),
    destination: every(3, index, destinations),
  }));
  return { policy, worst: { addresses, tcpPort: tcp?.firstPort ?? 0, udpPort: udp?.firstPort ?? 0, deniedPort } };
}

function addressesIn({ members }: AddressGroup): readonly number[] {
  return members.flatMap(({ first, last }) => Array.from({ length: last - first + 1 }, (_, offset) => first + offset));
}

/** All over the list, and none twice: the steps have no divisor in common with its length of 658. */
function every(step: number, index: number, list: readonly number[]): number {
  const found = list[(index * step) % list.length];
  if (found === undefined) throw new Error("a group without members");
  return found;
}
