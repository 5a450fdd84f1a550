// The kernel's count of overlapping fragments, out of the text that it stands in.

import { expect, test } from "vitest";
import { overlapsIn } from "./fragment-overlaps.ts";

const tcp = "TcpExt: SyncookiesSent ReasmOverlaps\nTcpExt: 7 8\n";

test.each<[why: string, text: string, count: number | undefined]>([
  ["among others", `${tcp}IpExt: InNoRoutes ReasmOverlaps InCEPkts\nIpExt: 1 12 3\nMPTcpExt: A\nMPTcpExt: 0\n`, 12],
  ["the last one", "IpExt: InNoRoutes ReasmOverlaps\nIpExt: 1 0\n", 0],
  ["an older kernel", `${tcp}IpExt: InNoRoutes InCEPkts\nIpExt: 1 3\n`, undefined],
  ["numbers that are missing", "IpExt: InNoRoutes ReasmOverlaps\nIpExt: 1\n", undefined],
  ["no numbers", "IpExt: InNoRoutes ReasmOverlaps\n", undefined],
  ["a word", "IpExt: ReasmOverlaps\nIpExt: many\n", undefined],
  ["nothing", "", undefined],
])("%s", (_, text, count) => {
  expect(overlapsIn(text)).toBe(count);
});
