// The kernel that set-up has fetched for the guest (tools/setup/guest-kernel.mjs), and what came with it.

import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";

export interface GuestKernel {
  /** Its version, as it names itself. */
  readonly release: string;
  /** The file that is booted. */
  readonly kernel: string;
  /** The folder with its modules. */
  readonly modules: string;
  /** One program for everything, without libraries. */
  readonly busybox: string;
}

/** Undefined when none was fetched into the checkout at `root`. */
export function findGuestKernel(root: string): GuestKernel | undefined {
  const folder = join(root, ".merlon/guest");
  const modules = join(folder, "lib/modules");
  if (!existsSync(modules)) return undefined;
  const kernelOf = (release: string): string => join(folder, "boot", `vmlinuz-${release}`);
  const release = readdirSync(modules).find((name) => existsSync(kernelOf(name)));
  if (release === undefined) return undefined;
  return {
    release,
    kernel: kernelOf(release),
    modules: join(modules, release, "kernel"),
    busybox: join(folder, "bin/busybox"),
  };
}
