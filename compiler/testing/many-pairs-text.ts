// Policies for all pairs of many zones, with addresses of both IP versions, as lines of a configuration.

import { bookLines, policyLines } from "./compile-text.ts";

export function manyPairsText(
  { zones, policies }: { readonly zones: number; readonly policies: number },
  application: string,
  thenOf: (policy: number) => string = () => "permit",
): string {
  const range = (count: number) => Array.from({ length: count }, (_, i) => i);
  const zoneLines = range(zones).map((zone) => `set security zones security-zone z${zone} interfaces eth-${zone}\n`);
  const book = range(policies).map(
    (i) =>
      `address a${i} 10.${i}.0.0/24; address b${i} 2001:db8:${i}::/48;` +
      `address-set h${i} address a${i}; address-set h${i} address b${i}`,
  );
  const lines = range(policies).map((i) =>
    policyLines("global", `g${i}`, {
      source: `h${i}`,
      destination: `h${policies - 1 - i}`,
      application,
      then: thenOf(i),
    }),
  );
  return zoneLines.join("") + bookLines("global", book.join(";")) + lines.join("");
}
