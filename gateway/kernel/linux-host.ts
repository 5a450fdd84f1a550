// Reads what the machine is and does from /proc, proc(5). The files are small and made by the kernel in memory, so they are
// read synchronously; what a process may not see, or what ends while it is read, is left out.

import { readFileSync, readdirSync, statfsSync, statSync } from "node:fs";
import { availableParallelism, machine, release } from "node:os";
import type { HostFilesystem, HostMemory, HostProcess, HostState } from "./host.ts";

/** USER_HZ: the clock ticks of /proc, the same on every platform that Node runs on. */
const ticksPerSecond = 100;
const pageKib = 4;
const processesMax = 10_000;
const filesystemsMax = 64;

/** Filesystems that hold files; a network filesystem is not asked, because it may not answer. */
const storageTypes = /^(?:ext[234]|xfs|btrfs|f2fs|vfat|zfs|overlay|tmpfs)$/;

export function readHost(): HostState {
  const [uptime = "0"] = readText("/proc/uptime").split(" ");
  const [one, five, fifteen] = readText("/proc/loadavg").split(" ").map(Number);
  return {
    kernelRelease: release(),
    machine: machine(),
    processorModel: /^model name\s*:\s*(.+)$/m.exec(readText("/proc/cpuinfo"))?.[1] ?? machine(),
    processorCount: availableParallelism(),
    uptimeSeconds: Math.floor(Number(uptime)),
    loadAverages: [one ?? 0, five ?? 0, fifteen ?? 0],
    memory: parseMemory(readText("/proc/meminfo")),
    processorPercent: parseProcessorTime(readText("/proc/stat")),
  };
}

export function parseMemory(text: string): HostMemory {
  const kib = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(text)?.[1] ?? 0);
  return {
    total: kib("MemTotal"),
    free: kib("MemFree"),
    available: kib("MemAvailable"),
    buffers: kib("Buffers"),
    cached: kib("Cached"),
    active: kib("Active"),
    inactive: kib("Inactive"),
    swapTotal: kib("SwapTotal"),
    swapFree: kib("SwapFree"),
  };
}

/** The first line of /proc/stat: user, nice, system, idle, iowait, irq, softirq, steal. */
export function parseProcessorTime(text: string): HostState["processorPercent"] {
  const ticks = (/^cpu +(.+)$/m.exec(text)?.[1] ?? "").split(" ").map(Number);
  const [user = 0, nice = 0, system = 0, idle = 0, wait = 0, irq = 0, softirq = 0, steal = 0] = ticks;
  const total = Math.max(1, user + nice + system + idle + wait + irq + softirq + steal);
  const percent = (share: number): number => Math.round((share * 100) / total);
  return {
    user: percent(user),
    nice: percent(nice),
    system: percent(system),
    interrupt: percent(irq + softirq),
    idle: percent(idle + wait + steal),
  };
}

export function readProcesses(): readonly HostProcess[] {
  const uptimeSeconds = Number(readText("/proc/uptime").split(" ")[0] ?? 0);
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return pids.slice(0, processesMax).flatMap((pid) => {
    try {
      const userId = statSync(`/proc/${pid}`).uid;
      return parseProcess(readFileSync(`/proc/${pid}/stat`, "utf8"), userId, uptimeSeconds) ?? [];
    } catch {
      // It has ended.
      return [];
    }
  });
}

/** One /proc/PID/stat. The name stands in parentheses and may hold any character, parentheses too. */
export function parseProcess(text: string, userId: number, uptimeSeconds: number): HostProcess | undefined {
  const [open, close] = [text.indexOf("("), text.lastIndexOf(")")];
  if (open < 0 || close < open) return undefined;
  // Field 3 of proc_pid_stat(5), the state, is the first one here.
  const fields = text.slice(close + 2).split(" ");
  const number = (field: number): number => Number(fields[field - 3] ?? 0);
  return {
    pid: Number.parseInt(text, 10),
    parentPid: number(4),
    userId,
    state: fields[0] ?? "?",
    priority: number(18),
    nice: number(19),
    virtualKib: Math.floor(number(23) / 1024),
    residentKib: number(24) * pageKib,
    processorSeconds: Math.floor((number(14) + number(15)) / ticksPerSecond),
    ageSeconds: Math.max(0, Math.floor(uptimeSeconds - number(22) / ticksPerSecond)),
    name: text.slice(open + 1, close),
  };
}

export function readFilesystems(): readonly HostFilesystem[] {
  const found = new Map<string, HostFilesystem>();
  for (const { device, mountPoint } of parseMounts(readText("/proc/self/mounts"))) {
    if (found.size >= filesystemsMax) break;
    try {
      const { bsize, blocks, bfree, bavail } = statfsSync(mountPoint);
      const kib = (count: number): number => Math.floor((count * bsize) / 1024);
      if (blocks === 0) continue;
      const sizes = { totalKib: kib(blocks), usedKib: kib(blocks - bfree), availableKib: kib(bavail) };
      // What is mounted later hides what was there.
      found.set(mountPoint, { device, mountPoint, ...sizes });
    } catch {
      // Not ours to see.
    }
  }
  return [...found.values()];
}

/** Fields of fstab(5), where a blank in a name is `\040`. */
export function parseMounts(text: string): readonly { readonly device: string; readonly mountPoint: string }[] {
  return text.split("\n").flatMap((line) => {
    const [device = "", mountPoint = "", type = ""] = line.split(" ").map(unescapeOctal);
    return storageTypes.test(type) ? [{ device, mountPoint }] : [];
  });
}

function unescapeOctal(text: string): string {
  return text.replaceAll(/\\([0-7]{3})/g, (_, digits: string) => String.fromCodePoint(Number.parseInt(digits, 8)));
}

/** Empty where the kernel or a container does not show the file. */
function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
