// Who asks: a name for the commit log, the way in, and the session where the client keeps one.

import type { Session } from "./candidate/edit-session.ts";

export interface Caller {
  readonly user: string;
  /** `cli`, `netconf`. */
  readonly via: string;
  readonly session?: Session;
}
