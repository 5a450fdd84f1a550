// What every kernel does with sets that rules fill.

import { expect, test } from "vitest";
import { bindingSets } from "@merlon/compiler/nat/binding-sets.ts";
import { printElement } from "@merlon/compiler/nft/print-statement.ts";
import type { NftValue } from "@merlon/compiler/nft/program.ts";
import type { FilledChange, FilledElement, Kernel } from "./kernel.ts";

const number = (value: number): NftValue => ({ kind: "number", value });
const ipv4 = (first: number): NftValue => ({ kind: "addresses", range: { family: 4, first, last: first } });
const ipv6 = (first: bigint): NftValue => ({ kind: "addresses", range: { family: 6, first, last: first } });

const rows: Readonly<Record<4 | 6, readonly FilledElement[]>> = {
  4: [1, 2].map((host) => ({
    key: [number(17), number(0xfeed_0000 + host), ipv4(0x0a00_0000 + host), number(4000)],
    data: [number(17), ipv4(0xc633_6401), number(5000 + host)],
  })),
  6: [1n, 2n].map((host) => ({
    key: [number(6), number(7), ipv6((0xfd00n << 112n) + host), number(4000)],
    data: [number(6), ipv6(0x2001_0db8n << 96n), number(5000)],
  })),
};

export function describeFilled(kernel: () => Kernel): void {
  const install = () =>
    kernel().applyTransaction([
      { kind: "add-table" },
      { kind: "add-set", set: bindingSets[4].bound },
      { kind: "add-set", set: bindingSets[6].bound },
    ]);
  const change = (family: 4 | 6, more: Partial<FilledChange>): FilledChange => ({
    set: bindingSets[family].bound,
    remove: [],
    add: [],
    timeoutMs: 60_000,
    ...more,
  });
  const textOf = ({ key, data }: FilledElement) => printElement({ key, ...(data === undefined ? {} : { data }) });
  const standing = async (family: 4 | 6) =>
    (await kernel().readFilled(bindingSets[family].bound)).map(textOf).toSorted();

  test("elements come with their data and their time, go, and come again in one step", async () => {
    await install();
    for (const family of [4, 6] as const) {
      const [first] = rows[family];
      if (first === undefined) return;
      expect(await standing(family)).toEqual([]);
      await kernel().changeFilled([change(family, { add: rows[family], timeoutMs: 100_000 })]);
      expect(await standing(family)).toEqual(rows[family].map(textOf).toSorted());
      const times = (await kernel().readFilled(bindingSets[family].bound)).map(({ remainingMs = 0 }) => remainingMs);
      for (const remainingMs of times) expect(remainingMs).toBeGreaterThan(60_000);
      expect(Math.max(...times)).toBeLessThanOrEqual(100_000);
      await kernel().changeFilled([change(family, { remove: [first], add: [first], timeoutMs: 9_000 })]);
      const found = await kernel().readFilled(bindingSets[family].bound);
      expect(found.find((element) => textOf(element) === textOf(first))?.remainingMs).toBeLessThanOrEqual(9_000);
      await kernel().changeFilled([change(family, { remove: rows[family] })]);
      expect(await standing(family)).toEqual([]);
    }
  });

  test("what shall go and is not there is a failure, and nothing has changed", async () => {
    await install();
    const both = [change(6, { add: rows[6] }), change(4, { remove: rows[4] })];
    await expect(kernel().changeFilled(both)).rejects.toThrow("ENOENT");
    expect(await standing(6)).toEqual([]);
  });

  test("they are no part of the table, and a step of the rules' number all the same", async () => {
    await install();
    const table = await kernel().readTable();
    const { before, after } = await kernel().changeFilled([change(4, { add: rows[4] })]);
    expect(after).toBe(before + 1);
    expect(await kernel().readTable()).toEqual(table);
    expect(await kernel().changeFilled([change(4, {})])).toEqual({ before: after, after });
  });

  test("a set that is not there holds nothing", async () => {
    expect(await kernel().readFilled(bindingSets[4].bound)).toEqual([]);
  });
}
