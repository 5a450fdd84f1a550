// The gateway: one configuration in force, one candidate, one kernel. Everything that changes what is enforced (start,
// commit, repair) goes through here, one at a time. Order of a commit and why it survives kill -9: docs/decisions/0007.

import { firstPolicyRuleId } from "@merlon/compiler/ir.ts";
import type { Ir } from "@merlon/compiler/ir.ts";
import type { NftCommand } from "@merlon/compiler/nft/program.ts";
import { noRuleIds } from "@merlon/compiler/rule-ids.ts";
import { sameTree } from "@merlon/junos/compare.ts";
import { loadConfiguration } from "@merlon/junos/load.ts";
import { printTree } from "@merlon/junos/print.ts";
import { emptyTree } from "@merlon/junos/tree.ts";
import type { ConfigNode } from "@merlon/junos/tree.ts";
import type { Diagnostic } from "@merlon/model/diagnostic.ts";
import { hasErrors } from "@merlon/model/diagnostic.ts";
import { Alarms } from "./alarms.ts";
import { enforce } from "./commit/enforce.ts";
import type { Enforced } from "./commit/enforce.ts";
import { prepare } from "./commit/prepare.ts";
import type { Prepared } from "./commit/prepare.ts";
import { markElements, permittedRules } from "./commit/revocation.ts";
import { EventHub } from "./event-hub.ts";
import type { Capabilities, Kernel } from "./kernel/kernel.ts";
import { RuleBook } from "./log/rule-book.ts";
import { ServiceNames } from "./log/service-names.ts";
import { Mutex } from "./mutex.ts";
import type { Revision } from "./store/revision.ts";
import type { RevisionStore } from "./store/revision-store.ts";
import { Unacceptable } from "./unacceptable.ts";

/** How long a packet may still be walking the previous generation's chains before they are deleted. */
const graceMs = 20;

export interface GatewayOptions {
  readonly kernel: Kernel;
  readonly store: RevisionStore;
  readonly nowMs: () => number;
  readonly onAlarm: (alarm: { readonly code: string; readonly message: string }) => void;
}

export interface Running {
  readonly prepared: Prepared;
  readonly revision: number;
  readonly generation: number;
}

export interface CommitRequest {
  readonly user: string;
  readonly via: string;
  readonly comment?: string;
}

export type CommitOutcome =
  | {
      readonly ok: true;
      /** The revision now in force; the same as before when nothing had changed. */
      readonly revision: number;
      readonly changed: boolean;
      readonly diagnostics: readonly Diagnostic[];
    }
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[]; readonly failure?: Error };

export class Gateway {
  readonly kernel: Kernel;
  readonly store: RevisionStore;
  readonly events = new EventHub();
  readonly rules = new RuleBook();
  readonly alarms: Alarms;
  readonly startedAtMs: number;
  services = new ServiceNames(undefined);
  /** What the operator is editing; equal to the running tree when there is nothing to commit. */
  candidate: ConfigNode = emptyTree;
  capabilities: Capabilities = [];
  readonly #options: GatewayOptions;
  readonly #mutex = new Mutex();
  #running: Running | undefined;

  constructor(options: GatewayOptions) {
    this.#options = options;
    this.kernel = options.kernel;
    this.store = options.store;
    this.startedAtMs = options.nowMs();
    this.alarms = new Alarms(options.nowMs, (alarm) => {
      options.onAlarm(alarm);
      this.events.publish({ kind: "alarm", atMs: options.nowMs(), code: alarm.code, message: alarm.message });
    });
  }

  get running(): Running | undefined {
    return this.#running;
  }

  get hostName(): string {
    return this.#running?.prepared.configuration.system?.hostName ?? "merlon";
  }

  nowMs(): number {
    return this.#options.nowMs();
  }

  /** Runs `work` while nothing else changes what is enforced. */
  exclusively<T>(work: () => Promise<T>): Promise<T> {
    return this.#mutex.run(work);
  }

  /** Enforces a recorded revision at start; `generation` is greater than any in the kernel. */
  async resume(revision: Revision, generation: number): Promise<void> {
    const source = `revision ${revision.number}`;
    const loaded = loadConfiguration(emptyTree, revision.configuration, { action: "override", source });
    const preparation = hasErrors(loaded.diagnostics)
      ? { ok: false as const, diagnostics: loaded.diagnostics }
      : prepare(loaded.tree, revision.ruleIds);
    if (!preparation.ok) throw new Unacceptable(`recorded ${source} is not accepted any more`, preparation.diagnostics);
    await this.exclusively(async () => {
      const { prepared } = preparation;
      const before = prepared.ir;
      const enforced = await this.#install(prepared, { before: undefined, generation });
      await this.store.writeActive({ revision: revision.number, generation });
      await this.store.removeJournal();
      this.#inForce({ prepared, revision: revision.number, generation });
      this.candidate = prepared.tree;
      await this.#settle(enforced);
      await this.#endForeignSessions(before);
    });
  }

  /** Checks the candidate as `commit` would, without changing anything. */
  check(): CommitOutcome {
    const preparation = prepare(this.candidate, this.#running?.prepared.ruleIds ?? noRuleIds);
    const revision = this.#running?.revision ?? 0;
    return preparation.ok
      ? { ok: true, revision, changed: false, diagnostics: preparation.prepared.diagnostics }
      : { ok: false, diagnostics: preparation.diagnostics };
  }

  /** Makes the candidate the configuration in force, or leaves everything as it is and says why. */
  commit(request: CommitRequest, firstGeneration?: number): Promise<CommitOutcome> {
    return this.exclusively(async () => {
      const running = this.#running;
      const preparation = prepare(this.candidate, running?.prepared.ruleIds ?? noRuleIds);
      if (!preparation.ok) return { ok: false, diagnostics: preparation.diagnostics };
      const { prepared } = preparation;
      const { diagnostics } = prepared;
      if (running !== undefined && sameTree(running.prepared.tree, prepared.tree)) {
        return { ok: true, revision: running.revision, changed: false, diagnostics };
      }
      try {
        const generation = firstGeneration ?? (running?.generation ?? 0) + 1;
        const revision = await this.#record(prepared, request, generation);
        return { ok: true, revision, changed: true, diagnostics };
      } catch (error) {
        if (!(error instanceof Error)) throw error;
        return { ok: false, diagnostics, failure: error };
      }
    });
  }

  /** Puts the configuration in force into the kernel again under a new generation, because the kernel has drifted. */
  async repair(): Promise<void> {
    const running = this.#running;
    if (running === undefined) return;
    const generation = running.generation + 1;
    const { prepared, revision } = running;
    const enforced = await this.#install(prepared, { before: prepared.ir, generation });
    await this.store.writeActive({ revision, generation });
    this.#inForce({ prepared, revision, generation });
    await this.#settle(enforced);
  }

  /** Records, enforces and activates; every step is durable before the next one begins. */
  async #record(prepared: Prepared, request: CommitRequest, generation: number): Promise<number> {
    const running = this.#running;
    const atMs = this.nowMs();
    const number = await this.store.nextNumber();
    await this.store.writeRevision({
      number,
      atMs,
      ...request,
      configuration: printTree(prepared.tree),
      ruleIds: prepared.ruleIds,
    });
    let enforced: Enforced;
    try {
      await this.store.writeJournal({ from: running?.revision ?? null, to: number, generation });
      enforced = await this.#install(prepared, { before: running?.prepared.ir, generation });
    } catch (error) {
      await this.store.removeJournal();
      await this.store.removeRevision(number);
      // What was put back stands under the generation after the refused one.
      if (running !== undefined) this.#running = { ...running, generation: generation + 1 };
      throw error;
    }
    await this.store.writeActive({ revision: number, generation });
    await this.store.removeJournal();
    this.#inForce({ prepared, revision: number, generation });
    this.events.publish({
      kind: "committed",
      atMs,
      revision: number,
      user: request.user,
      ...(request.comment === undefined ? {} : { comment: request.comment }),
    });
    await this.#settle(enforced);
    await this.store.prune();
    return number;
  }

  async #install(
    prepared: Prepared,
    change: { readonly before: Ir | undefined; readonly generation: number },
  ): Promise<Enforced> {
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

  #inForce(running: Running): void {
    this.#running = running;
  }

  /** After the switch: end the sessions that it cut off, delete the previous generation. */
  async #settle(enforced: Enforced): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, graceMs));
    if (enforced.revoked.size > 0) await this.kernel.endSessions(enforced.revoked);
    const cleared: readonly NftCommand[] =
      enforced.revoked.size === 0
        ? []
        : [{ kind: "delete-elements", set: "revoked", elements: markElements(enforced.revoked) }];
    await this.kernel.applyTransaction([...enforced.sweep, ...cleared]);
    this.reportNetwork(enforced.network);
  }

  /** At start: sessions that no rule in force permits belong to a policy that is gone. */
  async #endForeignSessions(ir: Ir): Promise<void> {
    const permitted = permittedRules(ir);
    const foreign = new Set<number>();
    for await (const sessions of this.kernel.dumpSessions()) {
      for (const { mark } of sessions) {
        const id = mark & 0xff_ffff;
        if (id >= firstPolicyRuleId && !permitted.has(id)) foreign.add(id);
      }
    }
    if (foreign.size > 0) await this.kernel.endSessions(foreign);
  }

  reportNetwork({ absent, waiting }: Enforced["network"]): void {
    this.alarms.set(
      "interface.absent",
      "minor",
      absent.length === 0
        ? undefined
        : `${absent.map(({ name, device }) => `${name} (${device})`).join(", ")}: the kernel has no such device; ` +
            "it is set up when it appears",
    );
    this.alarms.set(
      "route.waiting",
      "minor",
      waiting.length === 0
        ? undefined
        : `${waiting.length} static routes wait for an interface that can reach their next hop`,
    );
  }
}
