// Who fails too often is locked out, for as long as the configuration says and no longer.

import { describe, expect, test } from "vitest";
import { TestClocks } from "../testing/test-gateway.ts";
import { Lockouts } from "./lockouts.ts";

const rules = { triesMax: 3, lockoutMs: 60_000 };

function fail(lockouts: Lockouts, user: string, count: number): readonly boolean[] {
  return Array.from({ length: count }, () => lockouts.failed(user, rules));
}

describe("lockouts", () => {
  test("lock at the last try, and open again in time", () => {
    const clocks = new TestClocks();
    const lockouts = new Lockouts(clocks.monotonicMs);
    expect(fail(lockouts, "ana", 3)).toEqual([false, false, true]);
    expect([lockouts.isLocked("ana"), lockouts.isLocked("bo")]).toEqual([true, false]);
    expect(lockouts.locked()).toEqual([{ user: "ana", leftMs: 60_000 }]);
    clocks.pass(59_999);
    expect(lockouts.isLocked("ana")).toBe(true);
    clocks.pass(1);
    expect([lockouts.isLocked("ana"), lockouts.locked()]).toEqual([false, []]);
    // It begins anew then.
    expect(fail(lockouts, "ana", 2)).toEqual([false, false]);
  });

  test("a wall clock that is set changes nothing", () => {
    const clocks = new TestClocks();
    const lockouts = new Lockouts(clocks.monotonicMs);
    fail(lockouts, "ana", 3);
    clocks.wallMs += 24 * 3600 * 1000;
    expect(lockouts.isLocked("ana")).toBe(true);
  });

  test("without a period nobody is locked out", () => {
    const lockouts = new Lockouts(new TestClocks().monotonicMs);
    for (let i = 0; i < 100; i++) expect(lockouts.failed("ana", { triesMax: 3 })).toBe(false);
    expect(lockouts.isLocked("ana")).toBe(false);
  });

  test("a success and a long time forget what was before", () => {
    const clocks = new TestClocks();
    const lockouts = new Lockouts(clocks.monotonicMs);
    fail(lockouts, "ana", 2);
    lockouts.succeeded("ana");
    expect(fail(lockouts, "ana", 2)).toEqual([false, false]);
    clocks.pass(16 * 60_000);
    expect(fail(lockouts, "ana", 2)).toEqual([false, false]);
  });

  test("many users take bounded memory, and the last ones are known", () => {
    const lockouts = new Lockouts(new TestClocks().monotonicMs);
    for (let i = 0; i < 12_000; i++) fail(lockouts, `u${i}`, 3);
    expect(lockouts.locked()).toHaveLength(10_000);
    expect([lockouts.isLocked("u0"), lockouts.isLocked("u11999")]).toEqual([false, true]);
    lockouts.clear("u11999");
    expect(lockouts.isLocked("u11999")).toBe(false);
    lockouts.clear();
    expect(lockouts.locked()).toEqual([]);
  });
});
