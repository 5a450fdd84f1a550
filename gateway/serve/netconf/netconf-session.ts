// One NETCONF session: who it is, and what it edits. A session among the candidates is opened only for a lock or a private
// candidate; without one, edits go to the shared candidate at once, as on the original.

import type { ConfigNode } from "@merlon/junos/tree.ts";
import type { Access } from "../../access/access.ts";
import { maskSecrets } from "../../access/mask-secrets.ts";
import type { EditMode, Session } from "../../candidate/edit-session.ts";
import type { Caller } from "../../caller.ts";
import type { Gateway } from "../../gateway.ts";
import { refuse } from "./rpc-refused.ts";
import { SessionBook } from "./session-book.ts";

export interface NetconfCaller {
  readonly user: string;
  /** Absent: everything is allowed. */
  readonly access?: Access | undefined;
  /** Where the client is, for the log. */
  readonly remote?: string | undefined;
}

export class NetconfSession {
  readonly id: number;
  readonly gateway: Gateway;
  readonly book: SessionBook;
  readonly user: string;
  readonly access: Access | undefined;
  /** Says that the session is over, whoever ended it. */
  readonly signal: AbortSignal;
  /** Resolves when the session is over. */
  readonly over: Promise<undefined>;
  readonly #ended = new AbortController();
  #busy = false;
  #candidate: Session | undefined;

  constructor(id: number, gateway: Gateway, { user, access }: NetconfCaller) {
    this.id = id;
    this.gateway = gateway;
    this.book = SessionBook.of(gateway);
    this.user = user;
    this.access = access;
    this.signal = this.#ended.signal;
    this.over = new Promise((resolve) => this.signal.addEventListener("abort", () => resolve(undefined)));
  }

  /** A request is being answered. */
  get isBusy(): boolean {
    return this.#busy;
  }

  async whileBusy<T>(work: () => Promise<T>): Promise<T> {
    this.#busy = true;
    try {
      return await work();
    } finally {
      this.#busy = false;
    }
  }

  /** The session among the candidates, when there is one. */
  get candidateSession(): Session | undefined {
    return this.#candidate;
  }

  /** As whom it edits; undefined for the shared candidate without any lock. */
  get editing(): Session | undefined {
    const session = this.#candidate;
    const isSomebody = session?.mode !== undefined || this.gateway.candidates.holderOfRunning?.id === session?.id;
    return isSomebody ? session : undefined;
  }

  get caller(): Caller {
    const { user, editing, access } = this;
    return {
      user,
      via: "netconf",
      ...(editing !== undefined && { session: editing }),
      ...(access !== undefined && { access }),
    };
  }

  /** What it edits. */
  get tree(): ConfigNode {
    return this.gateway.candidates.tree(this.editing);
  }

  /** Throws `CandidateRefused`. */
  configure(mode: EditMode): void {
    const session = this.openCandidate();
    this.gateway.candidates.configure(session, mode);
  }

  openCandidate(): Session {
    const idleLimitMs = this.access?.idleTimeoutMs;
    this.#candidate ??= this.gateway.candidates.open({
      user: this.user,
      via: "netconf",
      ...(idleLimitMs !== undefined && { idleLimitMs }),
      onEnd: (reason) => {
        this.#candidate = undefined;
        // A client that loses its lock must not go on as if it had it.
        if (reason === "idle") this.end();
      },
    });
    return this.#candidate;
  }

  /** Writes down what the user asks for. Secrets are masked. */
  audit(request: string): void {
    this.gateway.logins.audit.command(this.user, maskSecrets(request));
  }

  /** A session that is asked something is not idle. */
  touch(): void {
    if (this.#candidate !== undefined) this.gateway.candidates.find(this.#candidate.id);
  }

  /** Throws `RpcRefused` when the user may not run the command. */
  demand(line: string): void {
    if (this.access?.mayRun(line) === false)
      throw refuse("access-denied", "permission denied", { type: "application", badElement: line });
  }

  /** Ends the session; its lock and its private candidate go with it. */
  end(): void {
    if (this.signal.aborted) return;
    this.#ended.abort();
    const candidate = this.#candidate;
    if (candidate !== undefined) this.gateway.candidates.close(candidate);
    this.book.leave(this);
  }
}
