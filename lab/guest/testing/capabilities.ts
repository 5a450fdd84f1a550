// What the probe must find in Debian's kernel: all of it, also what the machine's own kernel may lack.

import { describe, expect, test } from "vitest";
import { LinuxKernel } from "@merlon/gateway/kernel/linux-kernel.ts";

describe("the capabilities", () => {
  test("Debian's kernel has every one", async () => {
    const capabilities = await new LinuxKernel().probe();
    expect(capabilities.filter(({ available }) => !available)).toEqual([]);
    const names = capabilities.map(({ name }) => name);
    for (const name of ["nft-flowtable", "nft-queue", "bridge-conntrack", "vlan-802.1q"]) expect(names).toContain(name);
  });
});
