// Keeps the calling thread in a namespace until something has ended. For what asks the kernel in many steps with pauses
// between them; while it lasts, nothing else of this thread may speak to the kernel.

import { closeFile, enterNamespace, networkNamespace, openFile } from "@merlon/gateway/kernel/libc.ts";
import { enterNetwork } from "@merlon/lab/network-namespace.ts";

export async function withinNetwork<T>(name: string, work: () => Promise<T>): Promise<T> {
  const home = openFile("/proc/thread-self/ns/net");
  try {
    enterNetwork(name);
    return await work();
  } finally {
    enterNamespace(home, networkNamespace);
    closeFile(home);
  }
}
