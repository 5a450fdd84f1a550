// The kernel settings that go with a policy: which TCP sessions may begin and how long they may take to begin and to
// end. They hold for the whole network namespace and change beside the transaction, so what lets fewer packets pass
// comes before it and the rest behind it: no packet passes that neither the old nor the new policy lets pass.

import { defaultFlowOptions } from "@merlon/compiler/flow-options/flow-options.ts";
import { kernelSettings } from "@merlon/compiler/flow-options/kernel-settings.ts";
import type { KernelSetting } from "@merlon/compiler/flow-options/kernel-settings.ts";
import type { Ir } from "@merlon/compiler/ir.ts";
import { KernelFailure } from "../kernel/kernel.ts";
import type { Kernel } from "../kernel/kernel.ts";

export type SettingsToApply = "strict" | "all";

/** What is lost, a sentence for each setting that the kernel does not take; one that it does not know is none. */
export async function applyFlowSettings(kernel: Kernel, { flow }: Ir, which: SettingsToApply): Promise<string[]> {
  const lost: string[] = [];
  for (const setting of kernelSettings(flow ?? defaultFlowOptions)) {
    if (which === "strict" && !setting.strict) continue;
    const refusal = await refusalOf(kernel, setting);
    if (refusal !== undefined) lost.push(refusal);
  }
  return lost;
}

async function refusalOf(kernel: Kernel, { name, value, loss }: KernelSetting): Promise<string | undefined> {
  try {
    const present = await kernel.readSysctl(name);
    if (present === undefined || present === value) return undefined;
    await kernel.writeSysctl(name, value);
    return undefined;
  } catch (error) {
    if (!(error instanceof KernelFailure)) throw error;
    return `${name} cannot be set to ${value}: ${loss}`;
  }
}
