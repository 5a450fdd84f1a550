// Brings a compiled configuration into the kernel: one atomic transaction, read back and compared, then links,
// addresses and routes. When any step fails, what was in force before is put back and the failure is thrown: there is
// no state between two policies.

import { withFoundDevices } from "@merlon/compiler/found-devices.ts";
import type { Ir } from "@merlon/compiler/ir.ts";
import { applyCommands } from "@merlon/compiler/nft/apply-commands.ts";
import { diffTables, sameTable } from "@merlon/compiler/nft/canonical-table.ts";
import { lowerTable } from "@merlon/compiler/nft/lower.ts";
import { afterRevoking, whileRevoking } from "@merlon/compiler/nft/stable-chains.ts";
import { planCommit } from "@merlon/compiler/nft/plan-commit.ts";
import type { NftCommand, NftTable } from "@merlon/compiler/nft/program.ts";
import type { Kernel, KernelNetwork } from "../kernel/kernel.ts";
import { settleDevices } from "./device-settings.ts";
import { tellForeignBridges } from "./foreign-bridges.ts";
import { applyFlowSettings } from "./flow-settings.ts";
import { planNetwork } from "./plan-network.ts";
import type { NetworkPlan } from "./plan-network.ts";
import { planSessionReview } from "./plan-session-review.ts";
import type { SessionQuestion } from "./plan-session-review.ts";
import { NotEnforced } from "./not-enforced.ts";
import { prepareWires, settleWires } from "./wire-ports.ts";
import { markElements, revokedByChange, revokedIn } from "./revocation.ts";
import { zoneReview } from "./zone-review.ts";

export interface Change {
  readonly next: Ir;
  /** What is in force now; undefined at the first start. */
  readonly before: Ir | undefined;
  /** Greater than the generation in force. */
  readonly generation: number;
  /** At a start: links and routes that an earlier process may have left in the kernel, to be taken away where unwanted. */
  readonly leftover?: Ir["network"];
}

export interface Enforced {
  readonly network: NetworkPlan;
  /**
   * Deletes the previous generation and what else is not ours to keep, and no longer asks what is revoked; to be run when no
   * packet can be in it any more and the sessions of `revoked` are ended.
   */
  readonly sweep: readonly NftCommand[];
  /** Rules whose sessions the change has cut off; end those sessions, then take the ids out of `revoked`. */
  readonly revoked: ReadonlySet<number>;
  /** What living sessions are asked after the switch; undefined when none needs to be asked. */
  readonly review: SessionQuestion | undefined;
  /** What the kernel's settings should be and cannot, a sentence each. */
  readonly lostSettings: readonly string[];
  /** Sessions may be on the kernel's fast path. */
  readonly offloads: boolean;
  /** The state of the kernel's rules at which the table was read back, before the sweep. */
  readonly verifiedAt: number;
  /** What is in force: `Change.next` with the numbers of its devices and the addresses on them. */
  readonly ir: Ir;
}

const nothing: Ir["network"] = { links: [], routes: [] };

export async function enforce(kernel: Kernel, change: Change): Promise<Enforced> {
  const { before, generation } = change;
  const found = await kernel.readNetwork();
  refuseTakenInterfaces(change.next, found);
  const next = withFoundDevices(change.next, found.links);
  const actual = await kernel.readTable();
  const table = lowerTable(next, generation, { before });
  const cutNow: ReadonlySet<number> = before === undefined ? new Set() : revokedByChange(before, next);
  const revoked = new Set([...revokedIn(actual), ...cutNow]);
  const { install, sweep } = planCommit(actual, revoked.size === 0 ? table : whileRevoking(table));
  const cut =
    cutNow.size === 0 ? [] : [{ kind: "add-elements" as const, set: "revoked", elements: markElements(cutNow) }];
  const commands = [...install, ...cut];
  await applyFlowSettings(kernel, next, "strict");
  try {
    await prepareWires(kernel, next.network);
    await kernel.applyTransaction(commands, actual);
  } catch (error) {
    // What is in force stays, and its settings with it.
    if (before !== undefined) await applyFlowSettings(kernel, before, "all");
    throw error;
  }
  try {
    const verifiedAt = await kernel.readRulesetGeneration();
    await verify(kernel, applyCommands(actual, commands));
    const standing = await kernel.readNetwork();
    await tellForeignBridges(kernel, next, standing.links);
    const network = planNetwork({
      desired: next.network,
      before: change.leftover ?? before?.network ?? nothing,
      actual: standing,
    });
    const lostByDevices = await settleDevices(kernel, next.network);
    await kernel.applyNetwork(network.steps);
    await settleWires(kernel, next.network);
    const lostSettings = [...lostByDevices, ...(await applyFlowSettings(kernel, next, "all"))];
    const offloads = (before ?? next).fastDevices !== undefined;
    const settled = network.steps.length === 0 ? standing : await kernel.readNetwork();
    const places = zoneReview(kernel, { before: before ?? next, next, network: settled });
    // A process that died before it could end the sessions of its last change has left their marks here.
    const policies = before === undefined ? undefined : planSessionReview(before, next);
    const review = places === undefined ? policies : eitherEnds(places, policies);
    const ending = revoked.size === 0 ? [] : afterRevoking(table);
    return { network, sweep: [...sweep, ...ending], revoked, review, lostSettings, offloads, verifiedAt, ir: next };
  } catch (error) {
    await putBack(kernel, change, error);
    throw error;
  }
}

function eitherEnds(places: SessionQuestion, policies: SessionQuestion | undefined): SessionQuestion {
  return (session) => places(session) ?? policies?.(session);
}

/** The ruleset in the kernel must be what we wrote: every chain, rule, set and element. */
async function verify(kernel: Kernel, expected: NftTable | undefined): Promise<void> {
  const found = await kernel.readTable();
  if (expected === undefined || found === undefined || !sameTable(found, expected)) {
    const differences = expected === undefined || found === undefined ? [] : diffTables(found, expected);
    const first = differences[0];
    throw new NotEnforced(
      `the kernel's ruleset is not what was written: ${first === undefined ? "the table is missing" : first.sentence}`,
    );
  }
}

async function putBack(kernel: Kernel, change: Change, cause: unknown): Promise<void> {
  const { before, next, generation } = change;
  try {
    const actual = await kernel.readTable();
    if (before === undefined) {
      // Nothing was in force: close the gateway for transit rather than leave a half-checked policy.
      await kernel.applyTransaction(planCommit(actual, closedTable(generation + 1)).install);
      return;
    }
    await applyFlowSettings(kernel, before, "all");
    const plan = planCommit(actual, lowerTable(before, generation + 1, { before: next }));
    await kernel.applyTransaction([...plan.install, { kind: "flush-set", name: "revoked" }, ...revokedAlways]);
    const network = planNetwork({
      desired: before.network,
      before: next.network,
      actual: await kernel.readNetwork(),
    });
    await settleDevices(kernel, before.network);
    await kernel.applyNetwork(network.steps);
    await settleWires(kernel, before.network);
  } catch (error) {
    throw new NotEnforced("the change failed and what was in force before could not be put back", {
      cause: new AggregateError([cause, error]),
    });
  }
}

const revokedAlways: readonly NftCommand[] = [
  { kind: "add-elements", set: "revoked", elements: markElements(new Set([0])) },
];

function refuseTakenInterfaces(next: Ir, actual: KernelNetwork): void {
  const plan = planNetwork({ desired: next.network, before: nothing, actual });
  const taken = plan.taken.find(({ link }) => link.addresses.length > 0);
  const [port] = plan.takenPorts;
  if (port !== undefined) {
    throw new NotEnforced(
      `secure wire ${port.wire.name} cannot have ${port.device}: it is a port of ${port.master}; take it out of there`,
    );
  }
  if (taken !== undefined) {
    const { link, master } = taken;
    throw new NotEnforced(
      `interface ${link.name} cannot carry addresses: ${link.device} is a port of ${master}; ` +
        `give the addresses to ${master}, or take ${link.device} out of it`,
    );
  }
}

/** A ruleset that lets nothing transit but leaves the host itself reachable: for a start without any valid policy. */
export function closedTable(generation: number): NftTable {
  const table = lowerTable(
    { zones: [], interfaces: [], addressSets: new Map(), contexts: [], network: nothing },
    generation,
  );
  return { ...table, chains: table.chains.filter((chain) => chain.hook?.hook !== "input") };
}
