// Files of /proc as Linux writes them, with what is odd about them, and that the machine at hand can be read.

import { describe, expect, test } from "vitest";
import {
  parseMemory,
  parseMounts,
  parseProcess,
  parseProcessorTime,
  readFilesystems,
  readHost,
  readProcesses,
} from "./linux-host.ts";

test("memory in KiB; what the kernel does not say is 0", () => {
  const text =
    "MemTotal:        2048 kB\nMemFree:          100 kB\nMemAvailable:     900 kB\nSwapCached:         5 kB\nCached:           300 kB\n";
  expect(parseMemory(text)).toEqual({
    total: 2048,
    free: 100,
    available: 900,
    buffers: 0,
    cached: 300,
    active: 0,
    inactive: 0,
    swapTotal: 0,
    swapFree: 0,
  });
});

test.each([
  ["cpu  50 10 20 100 10 5 5 0 0 0\ncpu0 1 1 1 1\n", { user: 25, nice: 5, system: 10, interrupt: 5, idle: 55 }],
  ["", { user: 0, nice: 0, system: 0, interrupt: 0, idle: 0 }],
])("shares of the processors' time: %#", (text, expected) => {
  expect(parseProcessorTime(text)).toEqual(expected);
});

describe("processes", () => {
  const stat = (name: string): string =>
    `42 (${name}) S 1 42 42 0 -1 4194560 100 0 0 0 250 50 0 0 20 0 1 0 9000 10485760 512 18446744073709551615`;

  test.each(["merlon", "a b", "odd) S 9", "(", "((x))"])("%j is a name", (name) => {
    expect(parseProcess(stat(name), 7, 100)).toEqual({
      pid: 42,
      parentPid: 1,
      userId: 7,
      state: "S",
      priority: 20,
      nice: 0,
      virtualKib: 10_240,
      residentKib: 2048,
      processorSeconds: 3,
      ageSeconds: 10,
      name,
    });
  });

  test("text that is none", () => {
    expect(parseProcess("", 0, 0)).toBeUndefined();
    expect(parseProcess(")(", 0, 0)).toBeUndefined();
  });
});

test("mounts that hold files, with blanks in their names", () => {
  const text =
    "/dev/vda1 / ext4 rw 0 0\nproc /proc proc rw 0 0\ntmpfs /run tmpfs rw 0 0\n/dev/b /mnt/my\\040disk xfs rw 0 0\nserver:/x /net nfs rw 0 0\n";
  expect(parseMounts(text)).toEqual([
    { device: "/dev/vda1", mountPoint: "/" },
    { device: "tmpfs", mountPoint: "/run" },
    { device: "/dev/b", mountPoint: "/mnt/my disk" },
  ]);
});

describe("this machine", () => {
  test("has memory, processors and an age", () => {
    const host = readHost();
    expect(host.memory.total).toBeGreaterThan(1024);
    expect(host.processorCount).toBeGreaterThan(0);
    expect(host.uptimeSeconds).toBeGreaterThan(0);
    expect(Object.values(host.processorPercent).reduce((sum, share) => sum + share)).toBeGreaterThan(90);
  });

  test("runs this process", () => {
    const own = readProcesses().find(({ pid }) => pid === process.pid);
    expect(own?.residentKib).toBeGreaterThan(10_000);
    expect(own?.ageSeconds).toBeLessThan(3600);
  });

  test("has filesystems that are not larger than themselves", () => {
    for (const { totalKib, usedKib, availableKib } of readFilesystems())
      expect(usedKib + availableKib).toBeLessThanOrEqual(totalKib);
  });
});
