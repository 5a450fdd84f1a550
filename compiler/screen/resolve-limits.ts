// `limit-session`: how many sessions and packets one address may have. A limit for a protocol stands beside that for all.

import type { IdsOption, WhiteLists } from "./resolve-screens.ts";
import type { CountedBy, LimitAttack, ScreenCheck, ScreenProtocol } from "./screen.ts";

type Limits = NonNullable<IdsOption["limitSession"]>;
/** Both sides have the same statements. */
type Side = NonNullable<Limits["bySource"]>;
type Numbers = Pick<Side, "maximumSessions" | "packetRate" | "sessionRate" | "whitelist">;

export function resolveLimits(
  { limitSession, aggregation }: IdsOption,
  whiteLists: WhiteLists,
): readonly ScreenCheck[] {
  if (limitSession === undefined) return [];
  const { sourceIpBased, destinationIpBased, bySource, byDestination } = limitSession;
  const source: CountedBy = {
    end: "source",
    prefixLength4: aggregation?.sourcePrefixMask ?? 32,
    prefixLength6: aggregation?.sourcePrefixV6Mask ?? 128,
  };
  const destination: CountedBy = {
    end: "destination",
    prefixLength4: aggregation?.destinationPrefixMask ?? 32,
    prefixLength6: aggregation?.destinationPrefixV6Mask ?? 128,
  };
  return [
    ...limitsOf("source-session-limit", source, { maximumSessions: sourceIpBased, whitelist: [] }, whiteLists),
    ...limitsOf(
      "destination-session-limit",
      destination,
      { maximumSessions: destinationIpBased, whitelist: [] },
      whiteLists,
    ),
    ...limitsOfSide("source-session-limit", source, bySource, whiteLists),
    ...limitsOfSide("destination-session-limit", destination, byDestination, whiteLists),
  ];
}

function limitsOfSide(
  attack: LimitAttack,
  by: CountedBy,
  side: Side | undefined,
  whiteLists: WhiteLists,
): readonly ScreenCheck[] {
  if (side === undefined) return [];
  const protocols = (["tcp", "udp", "icmp"] as const).flatMap((protocol) => {
    const limits = side.byProtocol?.[protocol];
    return limits === undefined ? [] : limitsOf(attack, by, limits, whiteLists, protocol);
  });
  return [...limitsOf(attack, by, side, whiteLists), ...protocols];
}

type GivenNumbers = { readonly [K in keyof Numbers]?: Numbers[K] | undefined } & Pick<Numbers, "whitelist">;

function limitsOf(
  attack: LimitAttack,
  by: CountedBy,
  { maximumSessions, packetRate, sessionRate, whitelist }: GivenNumbers,
  whiteLists: WhiteLists,
  protocol?: ScreenProtocol,
): readonly ScreenCheck[] {
  const given = [
    ["packets-per-second", packetRate],
    ["sessions-per-second", sessionRate],
    ["sessions", maximumSessions],
  ] as const;
  return given.flatMap(([what, countMax]): ScreenCheck[] => {
    if (countMax === undefined) return [];
    const common = { kind: "limit", attack, what, countMax, by, except: whiteLists(whitelist) } as const;
    return [protocol === undefined ? common : { ...common, protocol }];
  });
}
