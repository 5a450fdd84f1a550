// One gateway per network namespace. The lock is a socket with an abstract name (unix(7)): such names belong to the
// network namespace, vanish with their process, also on kill -9, and leave no file behind.

import { createServer } from "node:net";
import type { Server } from "node:net";

const lockName = "\0merlon-gateway";

/** Another gateway controls this network namespace. */
export class AlreadyRunning extends Error {
  override readonly name = "AlreadyRunning";
}

export class InstanceLock implements Disposable {
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  /** Takes the lock, or throws `AlreadyRunning`. */
  static take(): Promise<InstanceLock> {
    return new Promise((resolve, reject) => {
      const server = createServer((connection) => connection.destroy());
      server.once("error", (error: NodeJS.ErrnoException) => {
        reject(
          error.code === "EADDRINUSE"
            ? new AlreadyRunning("another gateway already controls this network namespace; stop it first")
            : error,
        );
      });
      server.listen(lockName, () => {
        server.unref();
        resolve(new InstanceLock(server));
      });
    });
  }

  [Symbol.dispose](): void {
    this.#server.close();
  }
}
