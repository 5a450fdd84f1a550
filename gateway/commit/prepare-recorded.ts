// A recorded revision becomes what a commit needs, as it is read back from disk at a start or at a rollback.

import type { RuleIdTable } from "@merlon/compiler/rule-ids.ts";
import { loadConfiguration } from "@merlon/junos/load.ts";
import { emptyTree } from "@merlon/junos/tree.ts";
import { hasErrors } from "@merlon/model/diagnostic.ts";
import type { Revision } from "../store/revision.ts";
import { Unacceptable } from "../unacceptable.ts";
import { prepare } from "./prepare.ts";
import type { Prepared, World } from "./prepare.ts";

/** Throws `Unacceptable` when this gateway does not accept the configuration any more. */
export function prepareRecorded(revision: Revision, ruleIds: RuleIdTable, world: World): Prepared {
  const { number, configuration } = revision;
  const options = { action: "override", source: `revision ${number}`, keepUnknown: true } as const;
  const { tree, diagnostics } = loadConfiguration(emptyTree, configuration, options);
  const preparation = hasErrors(diagnostics) ? { ok: false as const, diagnostics } : prepare(tree, ruleIds, world);
  if (preparation.ok) return preparation.prepared;
  throw new Unacceptable(`recorded revision ${number} is not accepted any more`, preparation.diagnostics);
}

/** What that revision may have left in links and routes; nothing when it is not accepted any more. */
export function networkOfRecorded(revision: Revision, world: World): Prepared["ir"]["network"] {
  try {
    return prepareRecorded(revision, revision.ruleIds, world).ir.network;
  } catch (error) {
    if (error instanceof Unacceptable) return { links: [], routes: [] };
    throw error;
  }
}
