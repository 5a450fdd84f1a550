// What every kernel says of things that are not Merlon's: rules of other programs, sessions that could not be kept, and
// devices that a fast path could use.

import { expect, test } from "vitest";
import type { NftCommand } from "@merlon/compiler/nft/program.ts";
import type { Kernel } from "./kernel.ts";

/** `install` makes our own table, which is nobody else's. */
export function describeOthers(kernel: () => Kernel, install: readonly NftCommand[]): void {
  test("where nobody else has rules, none are found, and our own are none of them", async () => {
    await kernel().applyTransaction(install);
    expect(await kernel().readForeignRules()).toEqual({ chains: [], flowtables: [], legacy: [], unread: [] });
  });

  test("before any traffic no session has failed", async () => {
    expect(await kernel().readSessionFailures()).toBe(0);
    expect(await kernel().readFragmentOverlaps()).toBe(0);
  });

  test("devices of the fast path are devices that are there, and never the loopback", async () => {
    const devices = new Set((await kernel().readNetwork()).links.map(({ device }) => device));
    devices.delete("lo");
    const fast = await kernel().readFastDevices();
    expect(fast.isSubsetOf(devices)).toBe(true);
    // Looking for them leaves nothing behind.
    expect(await kernel().readForeignRules()).toMatchObject({ chains: [], flowtables: [] });
  });
}
