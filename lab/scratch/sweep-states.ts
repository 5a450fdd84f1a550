// State folders of scratch gateways that were killed without a chance to take them away: the next start does it. In each
// folder its owner listens on a socket for as long as he lives; the number of a process would say nothing to those in
// another PID namespace, who may share the folder for temporary files.

import { readdir, rm } from "node:fs/promises";
import { createConnection, createServer } from "node:net";
import { join } from "node:path";

const prefix = "merlon-scratch-";
const ownerSocket = "owner.sock";

/** A template for mkdtemp(3). */
export function statePrefix(folder: string): string {
  return join(folder, prefix);
}

/** The folder is this process's own until it ends, or disposes of what comes back. */
export async function ownState(folder: string): Promise<Disposable> {
  const server = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(join(folder, ownerSocket), resolve);
  });
  server.unref();
  return { [Symbol.dispose]: () => void server.close() };
}

/** Removes the folders whose owners are gone. What has none yet, or cannot be removed, belongs to somebody else. */
export async function sweepStates(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!name.startsWith(prefix) || !(await isAbandoned(join(folder, name)))) continue;
    await rm(join(folder, name), { recursive: true, force: true }).catch(() => undefined);
  }
}

/** A socket file that nobody listens on (unix(7): ECONNREFUSED) was left by a process that has ended. */
function isAbandoned(folder: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(join(folder, ownerSocket));
    socket.once("connect", () => {
      socket.destroy();
      resolve(false);
    });
    socket.once("error", (error: NodeJS.ErrnoException) => resolve(error.code === "ECONNREFUSED"));
  });
}
