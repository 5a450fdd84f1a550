// Sessions of a family that is no longer forwarded end; all others go on.

import { describe, expect, test } from "vitest";
import { compileText, policyLines, zoneLines } from "@merlon/compiler/testing/compile-text.ts";
import { hostZone } from "@merlon/compiler/ir.ts";
import type { IpAddress } from "@merlon/model/ip/address.ts";
import { parseIp } from "@merlon/model/ip/address.ts";
import type { KernelSession } from "../kernel/kernel.ts";
import { planSessionReview } from "./plan-session-review.ts";

const text = zoneLines("a", "b") + policyLines(["a", "b"], "p") + policyLines(["a", hostZone], "to-gateway");
const before = compileText(text);
const dropping = compileText(`${text}set security forwarding-options family inet6 mode drop\n`, before.ruleIds);

function session(source: string, destination: string, toZone: string): KernelSession {
  const address = (word: string): IpAddress => {
    const found = parseIp(word);
    if (found === undefined) throw new Error(word);
    return found;
  };
  const context = before.ir.contexts.find((it) => it.fromZone === "a" && it.toZone === toZone);
  const original = {
    source: address(source),
    destination: address(destination),
    protocol: 17,
    sourcePort: 1,
    destinationPort: 2,
  };
  const reply = { ...original, source: original.destination, destination: original.source };
  return { id: 1, mark: context?.rules[0]?.id ?? 0, original, reply } as KernelSession;
}

describe("when inet6 is dropped", () => {
  const ask = planSessionReview(before.ir, dropping.ir);
  test.each<[source: string, destination: string, toZone: string, verdict: unknown]>([
    ["fd00::1", "fd00::2", "b", { kind: "end" }],
    ["10.0.0.1", "10.0.0.2", "b", undefined],
    ["fd00::1", "fd00::2", hostZone, undefined],
  ])("%s to %s in %s", (source, destination, toZone, verdict) => {
    expect(ask?.(session(source, destination, toZone))).toEqual(verdict);
  });
});

test("nothing is asked while it stays dropped, or when it is forwarded again", () => {
  expect(planSessionReview(dropping.ir, dropping.ir)).toBeUndefined();
  expect(planSessionReview(dropping.ir, before.ir)).toBeUndefined();
});
