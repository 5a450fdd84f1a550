// The start, in the one order that never lets an unfiltered packet pass: kernel settings for tracking, the policy,
// links and addresses, and only then forwarding. What was in force before the start goes on being enforced until the
// switch, and stays in force when the start fails.

import { protocolIdleSeconds } from "@merlon/compiler/idle-time.ts";
import { generationOf } from "@merlon/compiler/nft/generation.ts";
import { planCommit } from "@merlon/compiler/nft/plan-commit.ts";
import { loadForm } from "@merlon/junos/form.ts";
import { hasErrors } from "@merlon/model/diagnostic.ts";
import { endForeignSessions } from "./commit/end-foreign-sessions.ts";
import { closedTable } from "./commit/enforce.ts";
import { firstRuleIds } from "./commit/first-rule-ids.ts";
import { recover } from "./commit/recover.ts";
import type { Recovery } from "./commit/recover.ts";
import type { Gateway } from "./gateway.ts";
import type { Kernel } from "./kernel/kernel.ts";
import type { Journal, Revision } from "./store/revision.ts";
import type { RevisionStore } from "./store/revision-store.ts";
import { Unacceptable } from "./unacceptable.ts";

type Setting = readonly [name: string, value: string, loss: string, where?: "if-present"];

/** Values that the product needs, each with what is lost where it cannot be set. */
const trackingSettings: readonly Setting[] = [
  ["net.netfilter.nf_conntrack_acct", "1", "sessions show no byte counts"],
  ["net.netfilter.nf_conntrack_timestamp", "1", "sessions show no start and end times"],
  ["net.netfilter.nf_conntrack_events", "1", "some ended sessions are not logged"],
  // For sessions whose application says nothing about it; where it does, the table has timeout objects.
  idleTime("tcp_timeout_established", protocolIdleSeconds.tcp),
  idleTime("udp_timeout", protocolIdleSeconds.udp),
  idleTime("udp_timeout_stream", protocolIdleSeconds.udp),
  idleTime("icmp_timeout", protocolIdleSeconds.icmp),
  idleTime("icmpv6_timeout", protocolIdleSeconds.icmp),
  idleTime("sctp_timeout_established", protocolIdleSeconds.other),
  idleTime("gre_timeout", protocolIdleSeconds.other),
  idleTime("gre_timeout_stream", protocolIdleSeconds.other),
  idleTime("generic_timeout", protocolIdleSeconds.other),
];

/** A kernel without the setting tracks the protocol by the generic one. */
function idleTime(name: string, seconds: number): Setting {
  return [`net.netfilter.nf_conntrack_${name}`, String(seconds), "idle sessions end after another time", "if-present"];
}

const forwardingSettings: readonly Setting[] = [
  ["net.ipv4.conf.all.accept_redirects", "0", "ICMP redirects may change routes"],
  ["net.ipv4.conf.all.send_redirects", "0", "senders may be told to go around the gateway"],
  // For devices that come later; those that are there have it set one by one (commit/device-settings.ts).
  ["net.ipv4.conf.default.send_redirects", "0", "senders may be told to go around the gateway", "if-present"],
  ["net.ipv4.conf.all.accept_source_route", "0", "source-routed packets are accepted"],
  ["net.ipv4.conf.all.promote_secondaries", "1", "removing an address removes others of its subnet"],
  ["net.ipv4.ip_forward", "1", "no IPv4 packet is forwarded"],
  ["net.ipv6.conf.all.accept_redirects", "0", "ICMPv6 redirects may change routes"],
  ["net.ipv6.conf.all.forwarding", "1", "no IPv6 packet is forwarded"],
];

export interface InitialConfiguration {
  readonly text: string;
  readonly source: string;
}

/**
 * Brings the recorded revision into force or, when nothing was ever committed, the initial configuration as revision 1.
 * Throws `Unacceptable`, `KernelFailure`, `DamagedFile` or `NotEnforced`; the kernel then enforces what it did before,
 * or, where it enforced nothing of ours, lets nothing transit.
 */
export async function boot(gateway: Gateway, initial: InitialConfiguration | undefined): Promise<void> {
  const { kernel, store } = gateway;
  const table = await kernel.readTable();
  try {
    await applySettings(gateway, trackingSettings);
    const [capabilities] = await Promise.all([kernel.probe(), gateway.refreshFastDevices()]);
    gateway.lacks = new Set(capabilities.filter(({ available }) => !available).map(({ name }) => name));
    const active = await store.readActive();
    const journal = await store.readJournal();
    const kernelGeneration = table === undefined ? undefined : generationOf(table);
    const recovery = recover({ active, journal, kernelGeneration, nowMs: gateway.nowMs() });
    await settleJournal(store, recovery, journal);
    if (recovery.revision === undefined) await commitInitial(gateway, initial, recovery.nextGeneration);
    else await resumeRevision(gateway, recovery.revision, recovery);
  } catch (error) {
    if (table === undefined) await closeTransit(kernel);
    throw error;
  }
  await applySettings(gateway, forwardingSettings);
  await gateway.scheduled.restore(table === undefined);
}

/** What the kernel has decided about an interrupted commit is written down before anything else can go wrong. */
async function settleJournal(store: RevisionStore, recovery: Recovery, journal: Journal | undefined): Promise<void> {
  if (journal === undefined) return;
  if (recovery.interrupted === "completed") {
    const { to: revision, generation, unconfirmed } = journal;
    await store.writeActive({ revision, generation, ...(unconfirmed === undefined ? {} : { unconfirmed }) });
  }
  await store.removeJournal();
}

async function resumeRevision(gateway: Gateway, number: number, recovery: Recovery): Promise<void> {
  const { unconfirmed, returnTo, nextGeneration } = recovery;
  const revision = await readRecorded(gateway.store, number);
  if (returnTo === undefined) await gateway.resume(revision, nextGeneration, unconfirmed);
  else await gateway.resumeConfirmed(revision, await readRecorded(gateway.store, returnTo), nextGeneration);
  const lostCount = await gateway.candidates.restore();
  const lost = `${lostCount} uncommitted changes from before the restart are not accepted any more and were left out`;
  gateway.alarms.set("candidate.lost", "minor", lostCount === 0 ? undefined : lost);
}

async function readRecorded(store: RevisionStore, number: number): Promise<Revision> {
  const revision = await store.readRevision(number);
  if (revision !== undefined) return revision;
  throw new Unacceptable(`revision ${number} is in force but its file is missing; restore it from a backup`, []);
}

async function commitInitial(
  gateway: Gateway,
  initial: InitialConfiguration | undefined,
  generation: number,
): Promise<void> {
  if (initial === undefined) {
    throw new Unacceptable("nothing was ever committed here; give an initial configuration with --config FILE", []);
  }
  const { text, source } = initial;
  const { tree, diagnostics } = loadForm(text, { source });
  if (hasErrors(diagnostics)) throw new Unacceptable(`${source} is not accepted`, diagnostics);
  const request = { user: "root", via: "boot", comment: `initial configuration ${source}` };
  gateway.firstRuleIds = await firstRuleIds(gateway.kernel);
  const outcome = await gateway.commitInitial(tree, request, generation);
  if (outcome.ok) {
    if (gateway.running !== undefined) await endForeignSessions(gateway.kernel, gateway.running.prepared.ir);
    return;
  }
  if (outcome.failure !== undefined) throw outcome.failure;
  throw new Unacceptable(`${source} is not accepted`, outcome.diagnostics);
}

async function applySettings(gateway: Gateway, settings: readonly Setting[]): Promise<void> {
  const refused: string[] = [];
  for (const [name, value, loss, where] of settings) {
    try {
      const present = await gateway.kernel.readSysctl(name);
      if (present === undefined && where === "if-present") continue;
      if (present !== value) await gateway.kernel.writeSysctl(name, value);
    } catch {
      refused.push(`${name} cannot be set to ${value}: ${loss}`);
    }
  }
  const code = settings === trackingSettings ? "kernel.tracking" : "kernel.forwarding";
  gateway.alarms.set(code, "major", refused.length === 0 ? undefined : refused.join("; "));
}

/** Without any policy of ours in the kernel nothing may transit; the host itself stays reachable. */
async function closeTransit(kernel: Kernel): Promise<void> {
  const actual = await kernel.readTable();
  if (actual !== undefined) return;
  await kernel.applyTransaction(planCommit(undefined, closedTable(1)).install);
}
