// The configurations that `rollback` and the comparisons name by number: 0 is the one in force, 1 the one before.

import { loadConfiguration } from "@merlon/junos/load.ts";
import { emptyTree } from "@merlon/junos/tree.ts";
import type { ConfigNode } from "@merlon/junos/tree.ts";
import { hasErrors } from "@merlon/model/diagnostic.ts";
import { CandidateRefused } from "../candidate/candidate-refused.ts";
import type { Gateway } from "../gateway.ts";
import { revisionsKeptMax } from "../store/revision-store.ts";
import { Unacceptable } from "../unacceptable.ts";

/** `0` to `49`, or undefined. */
export function parseRollback(word: string): number | undefined {
  return /^\d{1,2}$/.test(word) && Number(word) < revisionsKeptMax ? Number(word) : undefined;
}

/** Throws `CandidateRefused` when there is no such revision, `Unacceptable` when it cannot be read any more. */
export async function readRollback(gateway: Gateway, number: number): Promise<ConfigNode> {
  if (number === 0 && gateway.running !== undefined) return gateway.running.prepared.tree;
  const text = await readRollbackText(gateway, number);
  return treeOf(text, `rollback ${number}`);
}

/** The text as it was recorded. Throws `CandidateRefused` when there is no such revision. */
export async function readRollbackText(gateway: Gateway, number: number): Promise<string> {
  const revisions = await gateway.store.listRevisions();
  const wanted = revisions[number];
  const revision = wanted === undefined ? undefined : await gateway.store.readRevision(wanted);
  if (revision !== undefined) return revision.configuration;
  throw new CandidateRefused(
    `there is no rollback ${number}; ${revisions.length} revisions are kept: 0 to ${revisions.length - 1}`,
  );
}

/** Throws `CandidateRefused` when no rescue configuration was saved. */
export async function readRescueText(gateway: Gateway): Promise<string> {
  const rescue = await gateway.store.readRescue();
  if (rescue !== undefined) return rescue.configuration;
  throw new CandidateRefused("there is no rescue configuration; request system configuration rescue save makes one");
}

/** Throws `Unacceptable` when it cannot be read any more. */
export function readRescue(text: string): ConfigNode {
  return treeOf(text, "the rescue configuration");
}

function treeOf(text: string, source: string): ConfigNode {
  const { tree, diagnostics } = loadConfiguration(emptyTree, text, { action: "override", source, keepUnknown: true });
  if (hasErrors(diagnostics)) throw new Unacceptable(`${source} is not accepted any more`, diagnostics);
  return tree;
}
