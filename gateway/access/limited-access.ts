// What a user may do where a login class limits him further, as with a token: what both allow, while the token holds.

import type { Access } from "./access.ts";

/** `holds` is asked each time; once it says no, nothing is allowed any more. */
export function limitedAccess(access: Access, limit: Access, holds: () => boolean): Access {
  return {
    user: access.user,
    get className() {
      return limit.unlimited ? access.className : limit.className;
    },
    get idleTimeoutMs() {
      return access.idleTimeoutMs;
    },
    mayRun: (line) => holds() && access.mayRun(line) && limit.mayRun(line),
    mayConfigure: (path) => holds() && access.mayConfigure(path) && limit.mayConfigure(path),
    mayView: (path) => holds() && access.mayView(path) && limit.mayView(path),
    get unlimited() {
      return holds() && access.unlimited && limit.unlimited;
    },
    get seesSecrets() {
      return holds() && access.seesSecrets && limit.seesSecrets;
    },
  };
}
