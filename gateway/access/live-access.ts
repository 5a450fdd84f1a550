// What a user who is logged in may do now: it follows the configuration in force, so that a commit that takes something from
// him, or removes him, counts for the sessions that he has.

import { emptyTree } from "@merlon/junos/tree.ts";
import { readConfiguration } from "@merlon/junos/read.ts";
import type { Configuration } from "@merlon/model/schema/configuration.ts";
import { accessOf } from "./access.ts";
import type { Access } from "./access.ts";

/** Undefined when there is no such user now. */
export function liveAccess(configuration: () => Configuration | undefined, user: string): Access | undefined {
  let asked: Configuration | undefined;
  let access: Access | undefined;
  const now = (): Access | undefined => {
    const current = configuration();
    if (current !== asked || access === undefined) access = accessOf(current ?? nothing, user);
    asked = current;
    return access;
  };
  const first = now();
  if (first === undefined) return undefined;
  return {
    user,
    get className() {
      return now()?.className ?? "unauthorized";
    },
    get idleTimeoutMs() {
      return now()?.idleTimeoutMs;
    },
    mayRun: (line) => now()?.mayRun(line) ?? false,
    mayConfigure: (path) => now()?.mayConfigure(path) ?? false,
    mayView: (path) => now()?.mayView(path) ?? false,
    get unlimited() {
      return now()?.unlimited ?? false;
    },
    get seesSecrets() {
      return now()?.seesSecrets ?? false;
    },
  };
}

const nothing = readConfiguration(emptyTree).configuration;
