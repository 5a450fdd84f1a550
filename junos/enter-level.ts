// The level that a whole text is relative to: `load merge relative` below an `edit` level, and each section of a patch.

import type { Draft, DraftNode } from "./draft.ts";
import type { Item } from "./parse.ts";
import type { Report } from "./report.ts";
import { pathOfSteps, resolve } from "./resolve.ts";
import type { Scope } from "./resolve.ts";
import { rootSchema } from "./schema-index.ts";
import type { Holder } from "./schema-index.ts";
import { place } from "./shape.ts";

/** A node of the draft with the scope for words below it. */
export interface EnteredLevel {
  readonly node: DraftNode;
  readonly scope: Scope;
}

export const topScope: Scope = { schema: rootSchema, list: undefined, path: [] };

/** Makes the level where it is missing. Undefined, with an error in the report, when the words name no level. */
export function enterLevel(draft: Draft, words: readonly Item[], report: Report): EnteredLevel | undefined {
  if (words.length === 0) return { node: draft.root, scope: topScope };
  const steps = resolve(topScope, words, "name", report);
  const last = steps?.at(-1);
  if (steps === undefined || last === undefined) return undefined;
  const inList = last.stay && last.schema.kind === "list" && last.keys.length === 0;
  if (last.stay && !inList) {
    report.error("edit.no-level", words.at(-1), `there is no level "${last.word}"`, {
      path: pathOfSteps(steps),
      hint: "name a statement that has a block",
    });
    return undefined;
  }
  const placed = place(draft, draft.root, steps, report, []);
  if (placed === undefined) return undefined;
  const inner = placed.at(-1);
  const node = inner === undefined ? draft.root : draft.own(inner.parent, inner.id, inner.step.schema as Holder);
  if (node === undefined) return undefined;
  const schema = inner === undefined ? rootSchema : (inner.step.schema as Holder);
  const list = inList && last.schema.kind === "list" ? { word: last.word, schema: last.schema } : undefined;
  return { node, scope: { schema, list, path: pathOfSteps(steps) } };
}
