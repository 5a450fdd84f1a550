// What every kernel does with a table that translates, and with addresses that are answered for.

import { expect, test } from "vitest";
import { sameTable } from "@merlon/compiler/nft/canonical-table.ts";
import { lowerTable } from "@merlon/compiler/nft/lower.ts";
import { planCommit } from "@merlon/compiler/nft/plan-commit.ts";
import { compileText, zoneLines } from "@merlon/compiler/testing/compile-text.ts";
import { formatIp, parseIp } from "@merlon/model/ip/address.ts";
import type { Kernel, KernelProxy } from "./kernel.ts";

const translating = `${zoneLines("a", "b")}
set security nat source pool p address 198.51.100.1/32 to 198.51.100.9/32
set security nat source pool p address 2001:db8::/64
set security nat source rule-set s from zone a
set security nat source rule-set s to zone b
set security nat source rule-set s rule one match source-address 10.0.0.0/8
set security nat source rule-set s rule one then source-nat pool p
set security nat source rule-set s rule two match source-address 0.0.0.0/0
set security nat source rule-set s rule two then source-nat interface
set security nat static rule-set t from zone b
set security nat static rule-set t rule one match destination-address 198.51.100.64/28
set security nat static rule-set t rule one then static-nat prefix 10.9.0.64/28
`;

export function describeTranslation(under: () => { readonly kernel: Kernel; readonly device: string }): void {
  test("a table that translates is read back, and goes with the rules", async () => {
    const { kernel } = under();
    const [first, second] = [translating, zoneLines("a", "b")].map((text, index) =>
      lowerTable(compileText(text).ir, index + 1),
    );
    for (const table of [first, second]) {
      if (table === undefined) return expect.fail("there is no table");
      const { install, sweep } = planCommit(await kernel.readTable(), table);
      await kernel.applyTransaction([...install]);
      await kernel.applyTransaction([...sweep]);
      const found = await kernel.readTable();
      expect(found !== undefined && sameTable(found, table)).toBe(true);
    }
  });

  test("addresses that are answered for come and go, and twice is as once", async () => {
    const { kernel, device } = under();
    const proxies = ["192.0.2.7", "192.0.2.8", "2001:db8::7"].map((text): KernelProxy => {
      const address = parseIp(text);
      if (address === undefined) throw new Error(text);
      return { device, address };
    });
    const found = async () =>
      ((await kernel.readNetwork()).proxies ?? []).map((it) => `${it.device} ${formatIp(it.address)}`).toSorted();
    const all = proxies.map((it) => `${device} ${formatIp(it.address)}`);
    for (let round = 0; round < 2; round++) {
      await kernel.applyNetwork(proxies.map((proxy) => ({ kind: "add-proxy", proxy })));
      expect(await found()).toEqual(all);
    }
    // Their routes are none that a configuration has made.
    expect((await kernel.readNetwork()).routes).toEqual([]);
    for (let round = 0; round < 2; round++) {
      await kernel.applyNetwork(proxies.slice(1).map((proxy) => ({ kind: "delete-proxy", proxy })));
      expect(await found()).toEqual(all.slice(0, 1));
    }
    const [proxy] = proxies;
    if (proxy === undefined) return;
    await kernel.applyNetwork([{ kind: "delete-proxy", proxy }]);
    const nowhere = { ...proxy, device: "nosuchdevice" };
    await expect(kernel.applyNetwork([{ kind: "add-proxy", proxy: nowhere }])).rejects.toThrow(
      "cannot answer for 192.0.2.7 on nosuchdevice: ",
    );
    await kernel.applyNetwork([{ kind: "delete-proxy", proxy: nowhere }]);
    expect(await found()).toEqual([]);
  });
}
