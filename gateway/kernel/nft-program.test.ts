// The version in what `nft --version` prints, which distributions and development snapshots word differently; the probe
// shows it to people.

import { expect, test } from "vitest";
import { versionIn } from "./nft-program.ts";

test.each([
  ["nftables v1.0.6 (Lester Gooch #5)\n", "1.0.6"],
  ["nftables v1.1.0-dev (Commodore)", "1.1.0"],
  ["something else\n", "something else"],
  ["", ""],
])("%j is %j", (output, version) => {
  expect(versionIn(output)).toBe(version);
});
