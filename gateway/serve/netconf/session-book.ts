// All NETCONF sessions of a gateway: their numbers, how many there may be, what their unfinished messages may hold
// together, and which of them must confirm the commit that waits for it.

import { ByteBudget } from "@merlon/netconf/deframer.ts";
import type { Gateway } from "../../gateway.ts";
import type { NetconfSession } from "./netconf-session.ts";

export const netconfSessionsMax = 256;
/** Three configurations of the largest size on their way at once. */
const unfinishedBytesMax = 256 * 1024 * 1024;

/** A commit of `<commit><confirmed/>`: who may confirm or cancel it. */
export interface ToConfirm {
  readonly revision: number;
  readonly sessionId: number;
  /** The word that lets any session do it; without it the revision goes away with its session. */
  readonly persist?: string;
}

export class SessionBook {
  readonly budget = new ByteBudget(unfinishedBytesMax);
  readonly #gateway: Gateway;
  readonly #sessions = new Map<number, NetconfSession>();
  #lastId = 0;
  #toConfirm: ToConfirm | undefined;

  private constructor(gateway: Gateway) {
    this.#gateway = gateway;
  }

  static readonly #books = new WeakMap<Gateway, SessionBook>();

  static of(gateway: Gateway): SessionBook {
    const known = SessionBook.#books.get(gateway);
    if (known !== undefined) return known;
    const book = new SessionBook(gateway);
    SessionBook.#books.set(gateway, book);
    return book;
  }

  get count(): number {
    return this.#sessions.size;
  }

  /** The number of a new session; undefined when there are as many as there may be. */
  enter(make: (id: number) => NetconfSession): NetconfSession | undefined {
    if (this.#sessions.size >= netconfSessionsMax) return undefined;
    this.#lastId += 1;
    const session = make(this.#lastId);
    this.#sessions.set(session.id, session);
    return session;
  }

  leave(session: NetconfSession): void {
    this.#sessions.delete(session.id);
  }

  find(id: number): NetconfSession | undefined {
    return this.#sessions.get(id);
  }

  /** The number of the NETCONF session that edits as this candidate session; 0 for one that is none. */
  numberOf(candidateSession: { readonly id: string } | undefined): number {
    if (candidateSession === undefined) return 0;
    for (const session of this.#sessions.values()) {
      if (session.candidateSession?.id === candidateSession.id) return session.id;
    }
    return 0;
  }

  /** Undefined when nothing waits, or what waits was committed in another way. */
  get toConfirm(): ToConfirm | undefined {
    const running = this.#gateway.running;
    const waits = running?.unconfirmed !== undefined && running.revision === this.#toConfirm?.revision;
    return waits ? this.#toConfirm : undefined;
  }

  set toConfirm(waiting: ToConfirm | undefined) {
    this.#toConfirm = waiting;
  }
}
