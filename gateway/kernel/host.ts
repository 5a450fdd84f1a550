// What the machine below the gateway is and does, as `show system …` and `show chassis …` tell it. Command lines of other
// processes are not among it: they may hold secrets.

export interface HostState {
  /** `6.12.43+deb13-amd64`. */
  readonly kernelRelease: string;
  /** `x86_64`. */
  readonly machine: string;
  readonly processorModel: string;
  readonly processorCount: number;
  readonly uptimeSeconds: number;
  /** Over 1, 5 and 15 minutes. */
  readonly loadAverages: readonly [number, number, number];
  readonly memory: HostMemory;
  /** Shares of the processors' time since the machine started, percent. */
  readonly processorPercent: {
    readonly user: number;
    readonly nice: number;
    readonly system: number;
    readonly interrupt: number;
    readonly idle: number;
  };
}

/** KiB. */
export interface HostMemory {
  readonly total: number;
  readonly free: number;
  /** What programs could still get. */
  readonly available: number;
  readonly buffers: number;
  readonly cached: number;
  readonly active: number;
  readonly inactive: number;
  readonly swapTotal: number;
  readonly swapFree: number;
}

export interface HostProcess {
  readonly pid: number;
  readonly parentPid: number;
  readonly userId: number;
  /** One letter, as proc(5) has them: `R`, `S`, `D`, `Z`. */
  readonly state: string;
  readonly priority: number;
  readonly nice: number;
  readonly virtualKib: number;
  readonly residentKib: number;
  readonly processorSeconds: number;
  /** Seconds that it has lived. */
  readonly ageSeconds: number;
  /** The program's name, at most 15 characters. */
  readonly name: string;
}

export interface HostFilesystem {
  readonly device: string;
  readonly mountPoint: string;
  readonly totalKib: number;
  readonly usedKib: number;
  readonly availableKib: number;
}
