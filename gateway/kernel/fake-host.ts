// The machine below a kernel in memory: two processors, 2 GiB, a day and an hour old.

import type { HostState } from "./host.ts";

export const fakeHost: HostState = {
  kernelRelease: "6.12.0",
  machine: "x86_64",
  processorModel: "Processor in memory",
  processorCount: 2,
  uptimeSeconds: 25 * 3600,
  loadAverages: [0.25, 0.5, 0.75],
  memory: {
    total: 2_097_152,
    free: 1_048_576,
    available: 1_572_864,
    buffers: 65_536,
    cached: 458_752,
    active: 262_144,
    inactive: 262_144,
    swapTotal: 0,
    swapFree: 0,
  },
  processorPercent: { user: 3, nice: 0, system: 2, interrupt: 1, idle: 94 },
};
