// The kernel's fast path against plain forwarding, on Debian's kernel in an emulated guest, because most kernels that this
// runs on have none. The emulator is slow, so its rates mean nothing and only the ratios do; they are taken by two clocks.
// By the machine's, as `established` does, and by the number of instructions that the guest carries out for a packet, which is
// the same in every run, whatever else the machine does.

import { dirname, join } from "node:path";
import { bundleStories } from "@merlon/lab/guest/bundle-stories.ts";
import { guestFiles } from "@merlon/lab/guest/guest-files.ts";
import { guestHindrance } from "@merlon/lab/guest/guest-hindrance.ts";
import { findGuestKernel } from "@merlon/lab/guest/guest-kernel.ts";
import type { GuestKernel } from "@merlon/lab/guest/guest-kernel.ts";
import { Guest } from "@merlon/lab/guest/guest.ts";
import type { GuestClock } from "@merlon/lab/guest/guest.ts";
import type { SuitePlan } from "./lookup.ts";
import type { Measurement } from "./measurement.ts";

const root = dirname(import.meta.dirname);
const program = "fast-path.js";
/** Durations are longer in the guest, where a packet takes twenty times as long. */
const slowness: Readonly<Record<GuestClock, number>> = { machine: 3, instructions: 0.6 };
/** A minute on a calm machine. */
const runTimeoutMs = 900_000;

/** Nothing, with a word, where there is no guest. Throws when a session was not counted, or not on its path. */
export async function measureFastPath(plan: SuitePlan): Promise<readonly Measurement[]> {
  const kernel = findGuestKernel(root);
  const hindrance = guestHindrance(kernel);
  if (kernel === undefined || hindrance !== undefined) {
    plan.say(`fast-path is left out: ${hindrance}`);
    return [];
  }
  const programs = new Map([[program, await bundleStories(join(import.meta.dirname, "fast-path-main.ts"))]]);
  return [
    ...(await measureBy("machine", kernel, programs, plan)),
    ...(await measureBy("instructions", kernel, programs, plan)).map(perInstructions),
  ];
}

async function measureBy(
  clock: GuestClock,
  kernel: GuestKernel,
  programs: ReadonlyMap<string, string>,
  { policy: { ruleSet }, rounds, durationMs, say }: SuitePlan,
): Promise<readonly Measurement[]> {
  say(`the fast path by the clock "${clock}": a guest starts, and measures ${rounds} rounds`);
  await using guest = await Guest.boot(kernel, guestFiles(root, kernel, programs), clock);
  const duration = Math.ceil(durationMs * slowness[clock]);
  const scale = `--policies ${ruleSet.policyCount} --shape ${ruleSet.shape} --rounds ${rounds} --duration ${duration}`;
  const { exitCode, output } = await guest.run(`node ${program} ${scale} 2>&1`, runTimeoutMs);
  const last = output.trimEnd().split("\n").at(-1) ?? "";
  if (exitCode !== 0) throw new Error(`measuring in the guest failed:\n${output.slice(-2_000)}`);
  return JSON.parse(last) as readonly Measurement[];
}

/** A second is a billion instructions there. */
function perInstructions({ subject, unit, ...rest }: Measurement): Measurement {
  return { ...rest, subject: `${subject}-by-instructions`, unit: unit.replace("/s", "/10⁹ instr.") };
}
