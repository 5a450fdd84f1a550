// How a generated rule set looks. `realistic` follows what rule sets of data centers are like: address groups of a few
// hosts and networks that cluster in subnets, some `any`, a few broad prefixes that many policies share. The other shapes
// are there to find out where a structure breaks.

export interface RuleSetShape {
  readonly name: string;
  /** Ordered pairs of zones among which the policies are spread evenly: 6, or 1. */
  readonly pairCount: 1 | 6;
  /** Policies per /24 that hosts are taken from: more of them overlap more. */
  readonly policiesPerSubnet: number;
  readonly subnetsMin: number;
  /** Policies per address group; groups are used again. */
  readonly policiesPerGroup: number;
  readonly membersMax: number;
  readonly anyShare: number;
  readonly broadShare: number;
  readonly excludedShare: number;
  /** How many broad prefixes the zones' policies share, by their lengths. */
  readonly broadLengths: readonly number[];
  /** Share of group members that are prefixes of any length from /12 to /30 instead of hosts, /24s and short ranges. */
  readonly mixedPrefixShare: number;
}

const realistic: RuleSetShape = {
  name: "realistic",
  pairCount: 6,
  policiesPerSubnet: 8,
  subnetsMin: 16,
  policiesPerGroup: 2,
  membersMax: 8,
  anyShare: 0.05,
  broadShare: 0.1,
  excludedShare: 0.01,
  broadLengths: [10, 11, 11, 12, 12, 14, 16, 18],
  mixedPrefixShare: 0,
};

export const ruleSetShapes: readonly RuleSetShape[] = [
  realistic,
  { ...realistic, name: "one-pair", pairCount: 1 },
  {
    ...realistic,
    name: "adversarial",
    pairCount: 1,
    // Few subnets and prefixes inside prefixes: nearly everything overlaps nearly everything.
    policiesPerSubnet: 80,
    policiesPerGroup: 1,
    anyShare: 0.1,
    broadShare: 0.25,
    excludedShare: 0.04,
    broadLengths: [
      10,
      11,
      11,
      ...Array<number>(21)
        .fill(0)
        .map((_, n) => 12 + (n % 7)),
    ],
    mixedPrefixShare: 0.3,
  },
];

export function shapeNamed(name: string): RuleSetShape {
  const found = ruleSetShapes.find((shape) => shape.name === name);
  if (found !== undefined) return found;
  throw new Error(`there is no shape ${name}; the shapes are ${ruleSetShapes.map((shape) => shape.name).join(", ")}`);
}
