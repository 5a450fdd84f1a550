// The gateway: one configuration in force, the candidates, one kernel. Everything that changes what is enforced (start,
// commit, confirmation, repair) goes through here, one at a time. Order of a commit and why it survives kill -9:
// docs/decisions/0007; commits that must be confirmed: docs/decisions/0009.

import { setTimeout as sleep } from "node:timers/promises";
import { noAnswers, withAnswers } from "@merlon/compiler/address-members.ts";
import type { DnsAnswers } from "@merlon/compiler/address-members.ts";
import type { DynamicMembers } from "@merlon/compiler/dynamic-addresses.ts";
import { withFastDevices } from "@merlon/compiler/flow-options/fast-devices.ts";
import type { Ir } from "@merlon/compiler/ir.ts";
import { generationOf } from "@merlon/compiler/nft/generation.ts";
import { lowerTable } from "@merlon/compiler/nft/lower.ts";
import { planCommit } from "@merlon/compiler/nft/plan-commit.ts";
import { noRuleIds } from "@merlon/compiler/rule-ids.ts";
import { sameTree } from "@merlon/junos/same-tree.ts";
import { printTree } from "@merlon/junos/print.ts";
import type { ClusterNode } from "@merlon/junos/group-conditions.ts";
import type { ConfigNode } from "@merlon/junos/tree.ts";
import { sealSecrets } from "./access/seal-secrets.ts";
import { Logins } from "./access/logins.ts";
import { hashPassword } from "./access/password-hash.ts";
import { Alarms } from "./alarms.ts";
import type { AlarmChange } from "./alarms.ts";
import { Candidates } from "./candidate/candidates.ts";
import { describeConflicts } from "./candidate/describe-conflicts.ts";
import type { Session } from "./candidate/edit-session.ts";
import { failed } from "./commit/commit-request.ts";
import type { CommitOutcome, CommitRequest } from "./commit/commit-request.ts";
import type { Clocks } from "./commit/countdown.ts";
import { Countdown } from "./commit/countdown.ts";
import { endForeignSessions } from "./commit/end-foreign-sessions.ts";
import { enforce } from "./commit/enforce.ts";
import type { Change, Enforced } from "./commit/enforce.ts";
import { LatestPreparation } from "./commit/latest-preparation.ts";
import { planSessionReview } from "./commit/plan-session-review.ts";
import type { Preparation, Prepared, World } from "./commit/prepare.ts";
import { withRevocation } from "./commit/revocation.ts";
import { networkOfRecorded, prepareRecorded } from "./commit/prepare-recorded.ts";
import { reportNetwork } from "./commit/report-network.ts";
import { activeOf, countingDown, inForce, unconfirmedOf } from "./commit/running.ts";
import type { Running } from "./commit/running.ts";
import { ScheduledCommits } from "./commit/scheduled-commits.ts";
import { rollbackRecord } from "./commit/recording.ts";
import type { Recording } from "./commit/recording.ts";
import { FastPath } from "./commit/fast-path.ts";
import { reviewSessions, settle } from "./commit/settle.ts";
import { EventHub } from "./event-hub.ts";
import type { Kernel } from "./kernel/kernel.ts";
import type { DestinationState } from "./log/log-router.ts";
import { RuleBook } from "./log/rule-book.ts";
import { ServiceNames } from "./log/service-names.ts";
import { SessionEndings } from "./log/session-endings.ts";
import { Membership } from "./membership/membership.ts";
import { Mutex } from "./mutex.ts";
import { RulesetCheck } from "./ruleset-check.ts";
import type { Revision, Unconfirmed } from "./store/revision.ts";
import type { RevisionStore } from "./store/revision-store.ts";
import { Unacceptable } from "./unacceptable.ts";

/** How long a packet may still be walking the previous generation's chains before they are deleted. */
const graceMsDefault = 20;

export interface GatewayOptions extends Clocks {
  readonly kernel: Kernel;
  readonly store: RevisionStore;
  /** In place of the 20 ms that packets on their way are given; a kernel in memory has none. */
  readonly graceMs?: number;
  /** Which node of a cluster this gateway is. */
  readonly node?: ClusterNode | undefined;
  /** What domain names stood for when an earlier process ended; without it they are unknown at first. */
  readonly answers?: DnsAnswers | undefined;
  /** Who had joined which dynamic address when an earlier process ended. */
  readonly dynamicMembers?: DynamicMembers | undefined;
  /** Who gets messages now; nobody without it. */
  readonly logDestinations?: (() => readonly DestinationState[]) | undefined;
  readonly onAlarm: (change: AlarmChange) => void;
}

export class Gateway {
  readonly kernel: Kernel;
  readonly store: RevisionStore;
  readonly events = new EventHub();
  readonly rules = new RuleBook();
  readonly endings: SessionEndings;
  readonly alarms: Alarms;
  readonly candidates: Candidates;
  readonly logins: Logins;
  readonly scheduled: ScheduledCommits;
  readonly membership: Membership;
  readonly checked = new RulesetCheck();
  readonly startedAtMs: number;
  readonly logDestinations: () => readonly DestinationState[];
  services = new ServiceNames(undefined);
  /** Capabilities that the kernel does not have, for configurations to do without them. */
  lacks: ReadonlySet<string> = new Set();
  firstRuleIds = noRuleIds;
  /** Within this time a packet on its way is through all chains of the table. */
  readonly graceMs: number;
  readonly #options: GatewayOptions;
  readonly #mutex = new Mutex();
  #answers: DnsAnswers;
  readonly #fastPath = new FastPath();
  #running: Running | undefined;
  readonly #latest = new LatestPreparation();

  constructor(options: GatewayOptions) {
    this.#options = options;
    this.graceMs = options.graceMs ?? graceMsDefault;
    this.#answers = options.answers ?? noAnswers;
    const { kernel, store, nowMs } = options;
    this.kernel = kernel;
    this.store = store;
    this.startedAtMs = nowMs();
    this.logDestinations = options.logDestinations ?? (() => []);
    this.endings = new SessionEndings(nowMs);
    this.alarms = new Alarms(nowMs, (change) => {
      options.onAlarm(change);
      const { code, message } = change.alarm;
      const kind = change.kind === "cleared" ? "alarm-cleared" : "alarm";
      this.events.publish({ kind, atMs: nowMs(), code, message });
    });
    const log = store.candidateLog((error) =>
      this.alarms.raise("candidate.write", "minor", `uncommitted changes cannot be written to disk: ${String(error)}`),
    );
    this.candidates = new Candidates(options, log);
    this.logins = new Logins(options);
    this.membership = new Membership(this, options.dynamicMembers);
    this.scheduled = new ScheduledCommits({
      store,
      alarms: this.alarms,
      nowMs,
      commit: (tree, recording) =>
        this.exclusively(async () => {
          const outcome = await this.#bring(tree, recording);
          if (outcome.ok && this.#running !== undefined) this.candidates.committed(this.#running.prepared.tree);
          return outcome;
        }),
    });
  }

  get running(): Running | undefined {
    return this.#running;
  }

  get hostName(): string {
    return this.#running?.prepared.configuration.system?.hostName ?? "merlon";
  }

  /** The shared candidate: equal to the running tree when there is nothing to commit. */
  get candidate(): ConfigNode {
    return this.candidates.tree();
  }

  nowMs(): number {
    return this.#options.nowMs();
  }

  /** What a configuration means now depends on it. */
  get world(): World {
    const { node } = this.#options;
    return {
      nowMs: this.nowMs(),
      answers: this.#answers,
      dynamicMembers: this.membership.members,
      node,
      fastDevices: this.#fastPath.devices,
      lacks: this.lacks,
    };
  }

  /** Makes these the addresses that names stand for: elements of sets change, and no rule. */
  async replaceAnswers(answers: DnsAnswers): Promise<void> {
    const running = this.#running;
    if (running === undefined) return;
    const prepared = { ...running.prepared, ir: withAnswers(running.prepared.ir, answers) };
    const actual = await this.kernel.readTable();
    const table = withRevocation(lowerTable(prepared.ir, running.generation), actual);
    await this.kernel.applyTransaction(planCommit(actual, table).install);
    // `policy-rematch extensive` means what names stand for, too. When this fails all of it is done again.
    const review = planSessionReview(running.prepared.ir, prepared.ir);
    if (review !== undefined) await reviewSessions(this, review);
    this.#answers = answers;
    this.#running = { ...running, prepared };
  }

  /** What stands in the kernel already. */
  adopt(ir: Ir): void {
    const running = this.#running;
    if (running !== undefined) this.#running = { ...running, prepared: { ...running.prepared, ir } };
  }

  /** Looks for devices of the kernel's fast path again, and puts what has changed into force. */
  async refreshFastDevices(): Promise<void> {
    if (!(await this.#fastPath.refresh(this.kernel))) return;
    const prepared = this.#running?.prepared;
    if (prepared === undefined) return;
    await this.repair({ ...prepared, ir: withFastDevices(prepared.ir, this.#fastPath.devices) });
  }

  get clocks(): Clocks {
    return this.#options;
  }

  /** Runs `work` while nothing else changes what is enforced. */
  exclusively<T>(work: () => Promise<T>): Promise<T> {
    return this.#mutex.run(work);
  }

  /** Enforces a recorded revision at start; `generation` is greater than any in the kernel. */
  async resume(revision: Revision, generation: number, unconfirmed?: Unconfirmed): Promise<void> {
    const prepared = prepareRecorded(revision, revision.ruleIds, this.world);
    await this.exclusively(async () => {
      const before = prepared.ir;
      const enforced = await this.#install(prepared, { before: undefined, generation });
      const pending = countingDown(unconfirmed, this.#options);
      this.#running = { prepared: inForce(prepared, enforced), revision: revision.number, generation, ...pending };
      await this.#writeActive();
      await this.store.removeJournal();
      this.candidates.committed(prepared.tree);
      this.showUnconfirmed();
      await this.#settle(enforced);
      await endForeignSessions(this.kernel, before);
    });
  }

  /** At start: brings the confirmed revision into force in place of one whose time to be confirmed is over. */
  async resumeConfirmed(unconfirmed: Revision, confirmed: Revision, generation: number): Promise<void> {
    const prepared = prepareRecorded(confirmed, unconfirmed.ruleIds, this.world);
    const leftover = networkOfRecorded(unconfirmed, this.world);
    await this.exclusively(async () => {
      const change = rollbackRecord(unconfirmed.number, confirmed.number);
      await this.#record(prepared, { ...change, generation, from: unconfirmed.number, leftover });
      this.candidates.committed(prepared.tree);
      await endForeignSessions(this.kernel, prepared.ir);
      this.#announceRollback(unconfirmed.number, confirmed.number);
    });
  }

  /** Brings the very first configuration into force. */
  commitInitial(tree: ConfigNode, request: CommitRequest, generation: number): Promise<CommitOutcome> {
    return this.exclusively(async () => {
      const outcome = await this.#bring(sealSecrets(undefined, tree, hashPassword), { ...request, generation });
      if (outcome.ok && this.#running !== undefined) this.candidates.committed(this.#running.prepared.tree);
      return outcome;
    });
  }

  /** Checks the candidate as `commit` would, without changing what is enforced; confirms, as on the original. */
  async check(session?: Session): Promise<CommitOutcome> {
    return this.exclusively(async () => {
      try {
        const { tree, conflicts } = this.candidates.toCommit(session);
        if (conflicts.length > 0) return { ok: false, diagnostics: describeConflicts(conflicts) };
        const preparation = this.#prepare(tree);
        if (!preparation.ok) return preparation;
        const confirmed = await this.#confirm();
        const revision = this.#running?.revision ?? 0;
        return { ok: true, revision, changed: false, confirmed, diagnostics: preparation.prepared.diagnostics };
      } catch (error) {
        return failed(error);
      }
    });
  }

  /** Makes the candidate the configuration in force, or leaves everything as it is and says why. */
  commit(request: CommitRequest): Promise<CommitOutcome> {
    this.logins.audit.commitAsked(request.user, "commit", request.comment);
    return this.exclusively(async () => {
      try {
        this.scheduled.refuseWhileWaiting();
        const source = this.candidates.toCommit(request.session);
        if (source.conflicts.length > 0) return { ok: false, diagnostics: describeConflicts(source.conflicts) };
        const { session: _, ...recording } = request;
        const outcome = await this.#bring(source.tree, recording);
        if (outcome.ok && this.#running !== undefined) this.candidates.committed(this.#running.prepared.tree, source);
        return outcome;
      } catch (error) {
        return failed(error);
      }
    });
  }

  /** `commit at`: checks the candidate now and keeps it until its time comes. */
  schedule(
    request: CommitRequest,
    when: { readonly kind: "time"; readonly atMs: number } | { readonly kind: "reboot" },
  ): Promise<CommitOutcome> {
    return this.exclusively(async () => {
      try {
        const { tree, conflicts } = this.candidates.toCommit(request.session);
        if (conflicts.length > 0) return { ok: false, diagnostics: describeConflicts(conflicts) };
        const preparation = this.#prepare(tree);
        if (!preparation.ok) return preparation;
        const { user, via, comment } = request;
        const why = comment === undefined ? {} : { comment };
        await this.scheduled.schedule({
          when,
          requestedAtMs: this.nowMs(),
          user,
          via,
          ...why,
          configuration: printTree(tree),
        });
        const revision = this.#running?.revision ?? 0;
        return { ok: true, revision, changed: false, confirmed: false, diagnostics: preparation.prepared.diagnostics };
      } catch (error) {
        return failed(error);
      }
    });
  }

  /** Rolls back to the confirmed revision when the time to confirm is over, or at once when it is `cancelled`. */
  rollBackUnconfirmed(cancelled = false): Promise<void> {
    return this.exclusively(async () => {
      const running = this.#running;
      if (running?.unconfirmed === undefined || (!cancelled && running.unconfirmed.countdown.leftMs > 0)) return;
      const { returnTo } = running.unconfirmed;
      const revision = await this.store.readRevision(returnTo);
      if (revision === undefined) throw new Unacceptable(`the file of revision ${returnTo} is missing`, []);
      const prepared = prepareRecorded(revision, running.prepared.ruleIds, this.world);
      await this.#record(prepared, rollbackRecord(running.revision, returnTo));
      this.candidates.committed(prepared.tree);
      this.#announceRollback(running.revision, returnTo);
    });
  }

  /** Writes down how much of the time to confirm is left, against restarts with a clock that is behind. */
  saveCountdown(): Promise<void> {
    return this.exclusively(async () => {
      if (this.#running?.unconfirmed !== undefined) await this.#writeActive();
    });
  }

  /** Raises, restates or clears the alarm about the revision that must be confirmed; it is announced once. */
  showUnconfirmed(): void {
    const notice = this.confirmationNotice;
    if (notice === undefined) this.alarms.clear("commit.unconfirmed");
    else if (!this.alarms.restate("commit.unconfirmed", notice))
      this.alarms.raise("commit.unconfirmed", "minor", notice);
  }

  /** As the original reminds of it; undefined when nothing must be confirmed. */
  get confirmationNotice(): string | undefined {
    const left = this.#running?.unconfirmed?.countdown.leftText;
    return left === undefined ? undefined : `commit confirmed will be rolled back in ${left}`;
  }

  /**
   * Puts the configuration in force into the kernel again under a new generation: because the kernel has drifted, or
   * because the same configuration means something else now (`prepared`).
   */
  async repair(prepared = this.#running?.prepared): Promise<void> {
    const running = this.#running;
    if (running === undefined || prepared === undefined) return;
    const generation = running.generation + 1;
    const enforced = await this.#install(prepared, { before: running.prepared.ir, generation });
    this.#running = { ...running, prepared: inForce(prepared, enforced), generation };
    await this.#writeActive();
    await this.#settle(enforced);
  }

  /** Brings a tree into force, when it differs from what is; a commit without confirmation confirms what is in force. */
  async #bring(tree: ConfigNode, recording: Recording): Promise<CommitOutcome> {
    const running = this.#running;
    const preparation = this.#prepare(tree);
    if (!preparation.ok) return preparation;
    const { prepared } = preparation;
    const { diagnostics } = prepared;
    try {
      const confirmed = running?.unconfirmed !== undefined && recording.confirmTimeoutMs === undefined;
      if (running === undefined || !sameTree(running.prepared.tree, prepared.tree)) {
        const revision = await this.#record(prepared, recording);
        return { ok: true, revision, changed: true, confirmed, diagnostics };
      }
      const { confirmTimeoutMs } = recording;
      if (confirmed) await this.#confirm();
      else if (running.unconfirmed !== undefined && confirmTimeoutMs !== undefined) {
        const { returnTo } = running.unconfirmed;
        this.#running = {
          ...running,
          unconfirmed: { returnTo, countdown: new Countdown(this.#options, confirmTimeoutMs) },
        };
        await this.#writeActive();
        this.showUnconfirmed();
      }
      return { ok: true, revision: running.revision, changed: false, confirmed, diagnostics };
    } catch (error) {
      return failed(error, diagnostics);
    }
  }

  #prepare(tree: ConfigNode): Preparation {
    return this.#latest.prepare(tree, this.#running?.prepared, this.firstRuleIds, this.world);
  }

  /** What is in force stays. Answers whether it had to be confirmed. */
  async #confirm(): Promise<boolean> {
    if (this.#running?.unconfirmed === undefined) return false;
    const { unconfirmed: _, ...confirmed } = this.#running;
    await this.store.writeActive(activeOf(confirmed));
    this.#running = confirmed;
    this.showUnconfirmed();
    return true;
  }

  async #writeActive(): Promise<void> {
    if (this.#running !== undefined) await this.store.writeActive(activeOf(this.#running));
  }

  #announceRollback(from: number, to: number): void {
    const message = `Commit was not confirmed; automatic rollback complete: revision ${from} was rolled back to revision ${to}`;
    this.alarms.raise("commit.rolled-back", "minor", message);
  }

  /** Records, enforces and activates; every step is durable before the next one begins. */
  async #record(prepared: Prepared, recording: Recording): Promise<number> {
    const running = this.#running;
    const {
      generation = (running?.generation ?? 0) + 1,
      from = running?.revision ?? null,
      leftover,
      ...request
    } = recording;
    const { confirmTimeoutMs } = request;
    const atMs = this.nowMs();
    const number = await this.store.nextNumber();
    const summary = { number, atMs, ...request };
    await this.store.writeRevision({ ...summary, configuration: printTree(prepared.tree), ruleIds: prepared.ruleIds });
    const returnTo = running?.unconfirmed?.returnTo ?? running?.revision;
    const pending = (): Pick<Running, "unconfirmed"> =>
      confirmTimeoutMs === undefined || returnTo === undefined
        ? {}
        : { unconfirmed: { returnTo, countdown: new Countdown(this.#options, confirmTimeoutMs) } };
    let enforced: Enforced;
    try {
      await this.store.writeJournal({ from, to: number, generation, ...unconfirmedOf(pending()) });
      const change = { before: running?.prepared.ir, generation, ...(leftover === undefined ? {} : { leftover }) };
      enforced = await this.#install(prepared, change);
    } catch (error) {
      await this.store.removeJournal();
      await this.store.removeRevision(number);
      if (running !== undefined) await this.#afterRefusal(running);
      throw error;
    }
    // The time to confirm begins when the operator can see what the change did.
    const next: Running = { prepared: inForce(prepared, enforced), revision: number, generation, ...pending() };
    await this.store.writeActive(activeOf(next));
    await this.store.removeJournal();
    this.#running = next;
    this.alarms.clear("commit.rolled-back");
    this.showUnconfirmed();
    const { user, via: _, ...rest } = request;
    this.events.publish({ kind: "committed", atMs, revision: number, user, ...rest });
    this.logins.audit.committed(user, number);
    await this.#settle(enforced);
    await this.store.prune(next.unconfirmed?.returnTo);
    return number;
  }

  async #install(prepared: Prepared, change: Omit<Change, "next">): Promise<Enforced> {
    // The new ids must be known before the first packet carries one.
    const services = this.services;
    this.rules.replace(prepared.ir);
    this.services = new ServiceNames(prepared.configuration);
    try {
      return await enforce(this.kernel, { next: prepared.ir, ...change });
    } catch (error) {
      if (this.#running !== undefined) this.rules.replace(this.#running.prepared.ir);
      this.services = services;
      throw error;
    }
  }

  /** A refused change leaves its objects behind, and what was put back may stand under a new generation. */
  async #afterRefusal(running: Running): Promise<void> {
    try {
      const actual = await this.kernel.readTable();
      const generation = (actual === undefined ? undefined : generationOf(actual)) ?? running.generation;
      this.#running = { ...running, generation };
      await sleep(this.graceMs);
      await this.kernel.applyTransaction(planCommit(actual, lowerTable(running.prepared.ir, generation)).sweep);
    } catch (error) {
      this.alarms.raise("ruleset.unrepaired", "major", `a refused change could not be cleaned up: ${String(error)}`);
    }
  }

  #settle(enforced: Enforced): Promise<void> {
    return settle(this, enforced, this.graceMs);
  }

  reportNetwork(plan: Enforced["network"]): void {
    reportNetwork(this.alarms, plan);
  }
}
