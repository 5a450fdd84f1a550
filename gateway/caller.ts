// Who asks: a name for the commit log, the way in, and the session where the client keeps one.

import type { Access } from "./access/access.ts";
import type { Session } from "./candidate/edit-session.ts";

export interface Caller {
  readonly user: string;
  /** `cli`, `netconf`. */
  readonly via: string;
  readonly session?: Session;
  /** What he may do; everything when absent, which is the owner of the local socket. */
  readonly access?: Access;
}
