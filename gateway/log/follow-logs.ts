// Keeps the log router as the configuration in force says, and tells its destinations when nothing was recorded.

import { Following } from "../following.ts";
import type { Gateway } from "../gateway.ts";
import { followGaps } from "./follow-gaps.ts";
import { planLogs } from "./log-plan.ts";
import type { LogRouter } from "./log-router.ts";

/** Resolves when the destinations of the configuration in force are there. The router ends with what is returned. */
export async function followLogs(
  gateway: Gateway,
  router: LogRouter,
  onError: (error: unknown) => void,
): Promise<AsyncDisposable> {
  await using stack = new AsyncDisposableStack();
  stack.use(router);
  const apply = async (): Promise<void> => {
    const configuration = gateway.running?.prepared.configuration;
    if (configuration !== undefined) await router.configure(planLogs(configuration));
  };
  stack.use(await Following.start({ gateway, apply, onError }));
  stack.use(await followGaps({ gateway, router, onError }));
  return stack.move();
}
