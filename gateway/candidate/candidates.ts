// Who edits what: the shared candidate, which everybody sees, private candidates of single sessions, and the lock of
// `configure exclusive`. A session's private candidate and its lock vanish with the session, when it is closed or has
// been idle for too long. Nothing here touches what is in force; gateway.ts asks `toCommit` and tells `committed`.

import type { Loaded } from "@merlon/junos/load.ts";
import { printTree } from "@merlon/junos/print.ts";
import { sameTree } from "@merlon/junos/same-tree.ts";
import { emptyTree } from "@merlon/junos/tree.ts";
import type { ConfigNode } from "@merlon/junos/tree.ts";
import { hasErrors } from "@merlon/model/diagnostic.ts";
import { TooManyPasswords } from "../access/hash-passwords.ts";
import { sealSecrets } from "../access/seal-secrets.ts";
import { hashPassword, PasswordFailure } from "../access/password-hash.ts";
import type { Clocks } from "../commit/countdown.ts";
import type { CandidateLog } from "../store/candidate-log.ts";
import { applyChange, changeBetween, replayChanges } from "./candidate-change.ts";
import type { CandidateChange } from "./candidate-change.ts";
import { CandidateRefused } from "./candidate-refused.ts";
import type { EditMode, Session } from "./edit-session.ts";
import { describeSession } from "./edit-session.ts";
import { rebaseTree } from "./rebase-tree.ts";
import type { Conflict } from "./rebase-tree.ts";

/** Those who type, and NETCONF sessions that lock or edit a candidate of their own. */
export const sessionsMax = 256;
/** A session that asks nothing for this long is closed, as the original's `idle-timeout` does. */
export const idleLimitMs = 30 * 60_000;

/** A configuration being edited, and the one in force that it came from. */
interface Candidate {
  base: ConfigNode;
  tree: ConfigNode;
}

interface OpenSession extends Session {
  mode: EditMode | undefined;
  /** Nobody else commits (NETCONF's lock of the running configuration). */
  holdsRunning: boolean;
  lastUsedMs: number;
  /** On the even clock: a wall clock that jumps ends no session and keeps none. */
  lastUsedMonotonicMs: number;
  configuringSinceMs: number | undefined;
  private: Candidate | undefined;
  readonly idleLimitMs: number;
  readonly onEnd: (reason: EndReason) => void;
}

export type EndReason = "closed" | "idle";

/** What a commit takes from a candidate, and what it must know to clear it afterwards. */
export interface CommitSource {
  readonly session: Session | undefined;
  /** What shall come into force: the session's changes on top of what is in force now. */
  readonly tree: ConfigNode;
  /** The candidate as it stands. */
  readonly edited: ConfigNode;
  /** Statements that others have changed since; they must be looked at first. */
  readonly conflicts: readonly Conflict[];
  /** Where the log of the shared candidate stands. */
  readonly mark: number;
}

export interface OpenOptions {
  readonly user: string;
  /** `cli`, `netconf`. */
  readonly via: string;
  readonly idleLimitMs?: number;
  /** Called once, when the session is over. */
  readonly onEnd?: (reason: EndReason) => void;
}

/** Looks at a change before it counts: the same, or with more said about it. */
export type Judge = (before: ConfigNode, loaded: Loaded) => Loaded;
const accept: Judge = (_, loaded) => loaded;

export class Candidates implements AsyncDisposable {
  readonly #clocks: Clocks;
  readonly #log: CandidateLog;
  readonly #hashPassword: (password: string) => string;
  readonly #shared: Candidate = { base: emptyTree, tree: emptyTree };
  readonly #sessions = new Map<string, OpenSession>();
  /** Tells the sessions of this process from those of an earlier one. */
  readonly #epoch: string;
  #sessionCount = 0;

  constructor(clocks: Clocks, log: CandidateLog, hash = hashPassword) {
    this.#clocks = clocks;
    this.#hashPassword = hash;
    this.#log = log;
    this.#epoch = clocks.nowMs().toString(36);
  }

  open({ user, via, onEnd = () => undefined, ...rest }: OpenOptions): Session {
    this.sweep();
    if (this.#sessions.size >= sessionsMax)
      throw new CandidateRefused(`${sessionsMax} sessions are open; close one first`);
    const nowMs = this.#clocks.nowMs();
    const session: OpenSession = {
      id: `${this.#epoch}-${++this.#sessionCount}`,
      user,
      via,
      sinceMs: nowMs,
      lastUsedMs: nowMs,
      lastUsedMonotonicMs: this.#clocks.monotonicMs(),
      configuringSinceMs: undefined,
      mode: undefined,
      holdsRunning: false,
      private: undefined,
      idleLimitMs: rest.idleLimitMs ?? idleLimitMs,
      onEnd,
    };
    this.#sessions.set(session.id, session);
    return session;
  }

  /** The session, which is not idle any more; throws `CandidateRefused` when there is none (any more). */
  find(id: string): Session {
    this.sweep();
    const session = this.#sessions.get(id);
    if (session === undefined) throw new CandidateRefused("this session has ended; open a new one");
    session.lastUsedMs = this.#clocks.nowMs();
    session.lastUsedMonotonicMs = this.#clocks.monotonicMs();
    return session;
  }

  close(session: Session, reason: EndReason = "closed"): void {
    const open = this.#sessions.get(session.id);
    if (open === undefined) return;
    this.leave(open);
    this.#sessions.delete(open.id);
    open.onEnd(reason);
  }

  /** Closes sessions that have been idle for too long. */
  sweep(): void {
    const nowMs = this.#clocks.monotonicMs();
    for (const session of this.#sessions.values()) {
      if (nowMs - session.lastUsedMonotonicMs > session.idleLimitMs) this.close(session, "idle");
    }
  }

  /** Enters configuration mode. */
  configure(session: Session, mode: EditMode): void {
    const open = this.#opened(session);
    if (open.mode !== undefined)
      throw new CandidateRefused(`this session is in configuration mode (${open.mode}) already`);
    if (mode === "exclusive") {
      this.#refuseLocked(open);
      if (this.sharedIsModified) {
        throw new CandidateRefused(
          "configuration database modified: commit or discard (rollback) the uncommitted changes of the shared candidate first",
        );
      }
    }
    if (mode === "private") open.private = { base: this.#shared.base, tree: this.#shared.base };
    open.mode = mode;
    open.configuringSinceMs = this.#clocks.nowMs();
  }

  /** Leaves configuration mode: private changes and those made under the lock are discarded. */
  leave(session: Session): { readonly discarded: boolean } {
    const open = this.#opened(session);
    const discarded = open.mode !== undefined && open.mode !== "shared" && this.isModified(open);
    if (open.mode === "exclusive" && discarded) this.#discardShared();
    open.mode = undefined;
    open.configuringSinceMs = undefined;
    open.private = undefined;
    return { discarded };
  }

  /** Keeps others from committing until `freeRunning`, or until the session ends; until then it edits in any mode. */
  holdRunning(session: Session): void {
    const open = this.#opened(session);
    this.#refuseHeld(open);
    open.holdsRunning = true;
  }

  freeRunning(session: Session): void {
    this.#opened(session).holdsRunning = false;
  }

  /** Who keeps others from committing. */
  get holderOfRunning(): Session | undefined {
    this.sweep();
    return [...this.#sessions.values()].find(({ holdsRunning }) => holdsRunning);
  }

  /** What the session edits; without session the shared candidate. */
  tree(session?: Session): ConfigNode {
    this.sweep();
    return this.#of(session).tree;
  }

  /** What the session's candidate is compared with: the configuration in force when it was opened or last updated. */
  base(session?: Session): ConfigNode {
    return this.#of(session).base;
  }

  isModified(session?: Session): boolean {
    const { base, tree } = this.#of(session);
    return !sameTree(base, tree);
  }

  get sharedIsModified(): boolean {
    return !sameTree(this.#shared.base, this.#shared.tree);
  }

  /**
   * Changes the session's candidate; on errors it stays as it was, also on those that `judge` finds in what was read.
   * Throws `CandidateRefused`.
   */
  apply(change: CandidateChange, session?: Session, judge: Judge = accept): Loaded {
    const candidate = this.#writable(session);
    const before = candidate.tree;
    const judged = judge(before, applyChange(before, change));
    if (hasErrors(judged.diagnostics) || judged.tree === before) return judged;
    const loaded = this.#withoutPasswords(before, judged);
    candidate.tree = loaded.tree;
    // The change itself holds what was replaced.
    const logged = loaded === judged ? change : changeBetween(before, loaded.tree, change);
    if (candidate === this.#shared) this.#log.append(logged, () => printTree(loaded.tree));
    return loaded;
  }

  /** `rollback 0`: the candidate is what is in force. */
  discard(session?: Session): void {
    const candidate = this.#writable(session);
    if (candidate === this.#shared) return this.#discardShared();
    candidate.base = this.#shared.base;
    candidate.tree = this.#shared.base;
  }

  /** `update`: takes over what others have committed; where both changed a statement the session's change stays. */
  update(session: Session): readonly Conflict[] {
    const open = this.#opened(session);
    if (open.private === undefined) throw new CandidateRefused("update is for private candidates: configure private");
    const { tree, conflicts } = rebaseTree(open.private.base, open.private.tree, this.#shared.base);
    open.private = { base: this.#shared.base, tree };
    return conflicts;
  }

  /** What a commit of this session would bring into force. Throws `CandidateRefused` when another holds the lock. */
  toCommit(session?: Session): CommitSource {
    this.#refuseHeld(session);
    const candidate = this.#writable(session);
    const edited = candidate.tree;
    const { mark } = this.#log;
    if (candidate === this.#shared) return { session, tree: edited, edited, conflicts: [], mark };
    return { session, ...rebaseTree(candidate.base, edited, this.#shared.base), edited, mark };
  }

  /**
   * `running` has come into force. The candidate that it came from has nothing to commit any more, but for what was edited
   * while the commit went on; the shared candidate keeps its other uncommitted changes; private ones stay as they are.
   */
  committed(running: ConfigNode, from?: CommitSource): void {
    const shared = this.#shared;
    const source = from === undefined ? undefined : this.#find(from.session);
    if (source !== undefined && from !== undefined) {
      source.tree = source.tree === from.edited ? running : rebaseTree(from.edited, source.tree, running).tree;
      source.base = running;
      if (source === shared) this.#log.drop(from.mark);
    }
    if (source !== shared) {
      shared.tree = rebaseTree(shared.base, shared.tree, running).tree;
      shared.base = running;
      if (!this.sharedIsModified) this.#discardShared();
    }
  }

  /** Restores what was edited before a restart; answers how many changes could not be restored. */
  async restore(): Promise<number> {
    const { tree, errors } = replayChanges(this.#shared.tree, await this.#log.read());
    this.#shared.tree = tree;
    return errors.length;
  }

  /** Everybody in configuration mode, who came first first. */
  editors(): readonly Session[] {
    this.sweep();
    return [...this.#sessions.values()].filter(({ mode }) => mode !== undefined);
  }

  /** Writes what is not on disk yet. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#log.flush();
  }

  /** Passwords in plain text become hashes, and other secrets are hidden, before anybody sees the tree. */
  #withoutPasswords(before: ConfigNode, loaded: Loaded): Loaded {
    try {
      const tree = sealSecrets(before, loaded.tree, this.#hashPassword);
      return tree === loaded.tree ? loaded : { ...loaded, tree };
    } catch (error) {
      if (error instanceof TooManyPasswords || error instanceof PasswordFailure)
        throw new CandidateRefused(error.message);
      throw error;
    }
  }

  #discardShared(): void {
    this.#shared.tree = this.#shared.base;
    this.#log.drop(this.#log.mark);
  }

  #opened(session: Session): OpenSession {
    const open = this.#sessions.get(session.id);
    if (open === undefined) throw new CandidateRefused("this session has ended; open a new one");
    return open;
  }

  #of(session: Session | undefined): Candidate {
    return this.#find(session) ?? this.#shared;
  }

  /** Undefined when the session has ended meanwhile. */
  #find(session: Session | undefined): Candidate | undefined {
    if (session === undefined) return this.#shared;
    const open = this.#sessions.get(session.id);
    return open === undefined ? undefined : (open.private ?? this.#shared);
  }

  #writable(session: Session | undefined): Candidate {
    const open = session === undefined ? undefined : this.#opened(session);
    if (open !== undefined && open.mode === undefined && !open.holdsRunning) {
      throw new CandidateRefused("the session is not in configuration mode; type configure first");
    }
    this.#refuseLocked(open);
    return open?.private ?? this.#shared;
  }

  #refuseHeld(session: Session | undefined): void {
    const holder = this.holderOfRunning;
    if (holder === undefined || holder.id === session?.id) return;
    throw new CandidateRefused(`running configuration locked by:\n${describeSession(holder, this.#clocks.nowMs())}`);
  }

  #refuseLocked(session: Session | undefined): void {
    const holder = this.editors().find(({ mode, id }) => mode === "exclusive" && id !== session?.id);
    if (holder === undefined) return;
    throw new CandidateRefused(`configuration database locked by:\n${describeSession(holder, this.#clocks.nowMs())}`);
  }
}
