// What a result must say about the machine that it was measured on, and the kernel memory that rules take.

import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { availableParallelism, cpus, loadavg, release, totalmem } from "node:os";

export interface MachineFacts {
  readonly kernel: string;
  /** Of the emulated guest that was measured in. */
  readonly guestKernel?: string;
  readonly processor: string;
  readonly cores: number;
  readonly memoryMB: number;
  readonly node: string;
  readonly nft: string;
  /** The commit of the sources; with `+` when they have been changed since. */
  readonly commit: string;
  readonly startedAt: string;
  /** Over one minute, when the run began and when it ended. Its own load is about 1. */
  readonly loadAverages: readonly number[];
}

const timeoutMs = 5_000;

export function machineFacts(root: string, startedAt: Date, loadAverageAtStart: number): MachineFacts {
  return {
    kernel: release(),
    processor: cpus()[0]?.model ?? "unknown",
    cores: availableParallelism(),
    memoryMB: Math.round(totalmem() / 1e6),
    node: process.version,
    nft: wordsOf("nft", ["--version"]) ?? "unknown",
    commit: commitOf(root),
    startedAt: startedAt.toISOString(),
    loadAverages: [loadAverageAtStart, loadAverageNow()],
  };
}

export function loadAverageNow(): number {
  return Number((loadavg()[0] ?? 0).toFixed(2));
}

function commitOf(root: string): string {
  const commit = wordsOf("git", ["-C", root, "rev-parse", "--short", "HEAD"]);
  const changes = wordsOf("git", ["-C", root, "status", "--porcelain", "--untracked-files=no"]);
  return commit === undefined ? "unknown" : `${commit}${changes === "" ? "" : "+"}`;
}

function wordsOf(program: string, args: readonly string[]): string | undefined {
  const { status, stdout } = spawnSync(program, args, { encoding: "utf8", timeout: timeoutMs });
  return status === 0 ? stdout.trim() : undefined;
}

/**
 * Slab, vmalloc and per-cpu memory of the whole machine: where rules and sets live (/proc/meminfo, proc(5)). Kernel
 * memory that is taken page by page is not in it.
 */
export function kernelMemoryBytes(meminfo: string = readFileSync("/proc/meminfo", "utf8")): number {
  const kilobytes = ["Slab", "VmallocUsed", "Percpu"].map((name) =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(meminfo)?.[1] ?? 0),
  );
  return kilobytes.reduce((sum, value) => sum + value, 0) * 1_024;
}
