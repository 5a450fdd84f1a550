// What every kernel does when members of a set come and go.

import { expect, test } from "vitest";
import { formatRange, rangeSetOf } from "@merlon/model/ip/range-set.ts";
import type { IpRange } from "@merlon/model/ip/range-set.ts";
import type { ElementChange } from "@merlon/compiler/nft/dynamic-sets.ts";
import type { NftElement, NftSet } from "@merlon/compiler/nft/program.ts";
import type { Kernel } from "./kernel.ts";

const ipv4Set: NftSet = { name: "members4", key: ["ipv4_addr"], interval: true, counter: false, elements: [] };
const ipv6Set: NftSet = { ...ipv4Set, name: "members6", key: ["ipv6_addr"] };
/** They grow with what comes. */
const ipv4Hosts: NftSet = { ...ipv4Set, name: "hosts4", interval: false };
const ipv6Hosts: NftSet = { ...ipv6Set, name: "hosts6", interval: false };

function elementsOf(...ranges: readonly IpRange[]): readonly NftElement[] {
  return ranges.map((range) => ({ key: [{ kind: "addresses", range }] }));
}
function ipv4(first: number, last = first): IpRange {
  return { family: 4, first, last };
}
function ipv6(first: bigint, last = first): IpRange {
  return { family: 6, first, last };
}

export function describeMembers(kernel: () => Kernel): void {
  const install = () =>
    kernel().applyTransaction([
      { kind: "add-table" },
      { kind: "add-set", set: ipv4Set },
      { kind: "add-set", set: ipv6Set },
      { kind: "add-set", set: ipv4Hosts },
      { kind: "add-set", set: ipv6Hosts },
    ]);
  const change = (set: NftSet, remove: readonly IpRange[], add: readonly IpRange[]): ElementChange => ({
    set,
    remove: elementsOf(...remove),
    add: elementsOf(...add),
  });
  async function membersNow(name: string): Promise<readonly string[]> {
    const found = (await kernel().readTable())?.sets.find((set) => set.name === name);
    const ranges = (found?.elements ?? []).flatMap(({ key }) =>
      key === "rest" ? [] : key.flatMap((value) => (value.kind === "addresses" ? [value.range] : [])),
    );
    const { ipv4: four, ipv6: six } = rangeSetOf(ranges);
    return [...four.map((it) => ipv4(it.first, it.last)), ...six.map((it) => ipv6(it.first, it.last))].map(formatRange);
  }

  test("members of a set come and go, beside others, within them and up to the last address", async () => {
    await install();
    const top = ipv4(0xffff_ff00, 0xffff_ffff);
    const steps: readonly [ElementChange, readonly string[]][] = [
      [change(ipv4Set, [], [ipv4(1)]), ["0.0.0.1"]],
      [change(ipv4Set, [ipv4(1)], [ipv4(1, 2)]), ["0.0.0.1-0.0.0.2"]],
      [change(ipv4Set, [ipv4(1, 2)], [ipv4(0, 4)]), ["0.0.0.0-0.0.0.4"]],
      [change(ipv4Set, [ipv4(0, 4)], [ipv4(0, 1), ipv4(3, 4)]), ["0.0.0.0-0.0.0.1", "0.0.0.3-0.0.0.4"]],
      [change(ipv4Set, [], [top]), ["0.0.0.0-0.0.0.1", "0.0.0.3-0.0.0.4", "255.255.255.0-255.255.255.255"]],
      [change(ipv4Set, [ipv4(0, 1), ipv4(3, 4), top], []), []],
    ];
    for (const [step, expected] of steps) {
      await kernel().changeElements([step]);
      expect(await membersNow("members4")).toEqual(expected);
    }
  });

  test("one transaction changes several sets, of both IP versions", async () => {
    await install();
    await kernel().changeElements([change(ipv4Set, [], [ipv4(7)]), change(ipv6Set, [], [ipv6(7n), ipv6(16n, 31n)])]);
    expect([await membersNow("members4"), await membersNow("members6")]).toEqual([["0.0.0.7"], ["::7", "::10-::1f"]]);
  });

  test("elements of a set without intervals, which has room for more than it was made with", async () => {
    const plain: NftSet = { ...ipv6Set, name: "plain6", interval: false, size: 64, elements: elementsOf(ipv6(1n)) };
    await kernel().applyTransaction([{ kind: "add-table" }, { kind: "add-set", set: plain }]);
    const head = { ...plain, elements: [] };
    await kernel().changeElements([change(head, [], [ipv6(2n), ipv6(9n)])]);
    await kernel().changeElements([change(head, [ipv6(1n), ipv6(9n)], [ipv6(4n)])]);
    expect(await membersNow("plain6")).toEqual(["::2", "::4"]);
    await expect(kernel().changeElements([change(head, [ipv6(1n)], [])])).rejects.toThrow(/refused the ruleset/);
  });

  test("hosts and ranges change in one transaction, and who goes and comes again stays", async () => {
    await install();
    await kernel().changeElements([
      change(ipv4Hosts, [], [ipv4(7), ipv4(0xffff_ffff)]),
      change(ipv4Set, [], [ipv4(9, 20)]),
      change(ipv6Hosts, [], [ipv6(7n), ipv6(2n ** 128n - 1n)]),
    ]);
    await kernel().changeElements([
      change(ipv4Hosts, [ipv4(7), ipv4(0xffff_ffff)], [ipv4(8), ipv4(7)]),
      change(ipv4Set, [ipv4(9, 20)], []),
      change(ipv6Hosts, [ipv6(7n)], []),
    ]);
    expect(await membersNow("hosts4")).toEqual(["0.0.0.7-0.0.0.8"]);
    expect(await membersNow("members4")).toEqual([]);
    expect(await membersNow("hosts6")).toEqual(["ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"]);
  });

  test.each([
    ["thousands of hosts at once, listed while their set grows", ipv4Hosts, "hosts4", 5_000],
    ["hundreds of members at once", ipv4Set, "members4", 400],
  ] as const)("%s", async (_, set, name, count) => {
    await install();
    const many = Array.from({ length: count }, (__, index) => ipv4(2 * index));
    await kernel().changeElements([change(set, [], many)]);
    expect(await membersNow(name)).toHaveLength(count);
    await kernel().changeElements([change(set, many.slice(1), [])]);
    expect(await membersNow(name)).toEqual(["0.0.0.0"]);
  });

  test("who leaves without having been there is a failure, and nothing has changed", async () => {
    await install();
    const both = [change(ipv6Set, [], [ipv6(7n)]), change(ipv4Set, [ipv4(9)], [])];
    await expect(kernel().changeElements(both)).rejects.toThrow(/the kernel refused the ruleset/);
    expect(await membersNow("members6")).toEqual([]);
    const hosts = [change(ipv4Hosts, [], [ipv4(7)]), change(ipv6Hosts, [ipv6(9n)], [])];
    await expect(kernel().changeElements(hosts)).rejects.toThrow(/the kernel refused the ruleset/);
    expect(await membersNow("hosts4")).toEqual([]);
  });

  test("a set that is not there is a failure", async () => {
    await expect(kernel().changeElements([change(ipv4Set, [], [ipv4(1)])])).rejects.toThrow(/refused the ruleset/);
  });

  test("every change of the rules is one step of their number, and only a change is", async () => {
    await install();
    const first = await kernel().readRulesetGeneration();
    const { before, after } = await kernel().changeElements([change(ipv4Set, [], [ipv4(1)])]);
    expect([before, after]).toEqual([first, first + 1]);
    await kernel().readTable();
    expect(await kernel().changeElements([])).toEqual({ before: after, after });
    expect(await kernel().readRulesetGeneration()).toBe(after);
    await kernel().applyTransaction([{ kind: "flush-set", name: "members4" }]);
    expect(await kernel().readRulesetGeneration()).toBe(after + 1);
  });
}
