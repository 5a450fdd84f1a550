// Who sends a request: the owner of the local socket, who may be anybody he says, or a user who has proved over the network
// who he is.

import type { Access } from "../../access/access.ts";
import { maskSecrets } from "../../access/mask-secrets.ts";
import type { Caller } from "../../caller.ts";
import type { Gateway } from "../../gateway.ts";
import { Problem } from "./problem.ts";

export interface HttpCaller {
  /** Absent for the owner of the local socket. */
  readonly access?: Access;
  /** Where he is, for the log. */
  readonly remote?: string;
}

/** What a request says about itself. */
export interface Claim {
  /** For the commit log; only the local socket may say it. */
  readonly user?: string | undefined;
  /** The session whose candidate the request works on. */
  readonly session?: string | undefined;
}

/** Throws `CandidateRefused` when the session is over, `Problem` when it is somebody else's. */
export function callerOf(gateway: Gateway, { access }: HttpCaller, { user, session: id }: Claim): Caller {
  if (access !== undefined && user !== undefined && user !== access.user)
    throw new Problem(403, `this request is from ${access.user}; a user is named at the local socket only`);
  const session = id === undefined ? undefined : gateway.candidates.find(id);
  if (access === undefined)
    return session === undefined
      ? { user: user ?? "root", via: "cli" }
      : { user: session.user, via: session.via, session };
  if (session !== undefined && (session.user !== access.user || session.via !== "rest"))
    throw new Problem(403, "this session is not of this user's requests");
  return { user: access.user, via: "rest", access, ...(session !== undefined && { session }) };
}

interface Demand {
  /** The line is not written down. */
  readonly frequent?: boolean | undefined;
}

/** Throws when the user may not run the line. It is written down, as a typed one is; those of the local socket are not. */
export function demand(gateway: Gateway, { access }: HttpCaller, line: string, { frequent }: Demand = {}): void {
  if (access === undefined) return;
  if (frequent !== true) gateway.logins.audit.command(access.user, maskSecrets(line));
  if (!access.mayRun(line)) throw new Problem(403, `permission denied: ${line}`);
}
