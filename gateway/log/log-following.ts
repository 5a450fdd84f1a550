// Keeps the log router as the configuration in force says: at the start and after each commit.

import type { Gateway } from "../gateway.ts";
import { planLogs } from "./log-plan.ts";
import type { LogRouter } from "./log-router.ts";

export class LogFollowing implements AsyncDisposable {
  readonly #gateway: Gateway;
  readonly #router: LogRouter;
  readonly #commits: Disposable;
  #applying: Promise<void> = Promise.resolve();

  private constructor(gateway: Gateway, router: LogRouter) {
    this.#gateway = gateway;
    this.#router = router;
    this.#commits = gateway.logins.audit.listen(({ name }) => {
      if (name === "UI_COMMIT_COMPLETED") void this.#apply();
    });
  }

  static async start(gateway: Gateway, router: LogRouter): Promise<LogFollowing> {
    const following = new LogFollowing(gateway, router);
    await following.#apply();
    return following;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#commits[Symbol.dispose]();
    await this.#applying;
    await this.#router[Symbol.asyncDispose]();
  }

  /** One at a time, the last commit last. A destination that is closed may take seconds, so nobody waits for it. */
  #apply(): Promise<void> {
    this.#applying = this.#applying.then(async () => {
      const { running } = this.#gateway;
      if (running !== undefined) await this.#router.configure(planLogs(running.prepared.configuration));
    });
    return this.#applying;
  }
}
