// What an element asks to happen with its statement beyond merging it: `delete="delete"`, `operation="replace"`,
// `rename="rename"`, `insert="after"` … Sources: the vendor's guide to its XML protocol (the attributes delete, replace,
// rename, insert), RFC 6241 7.2 (operation) and RFC 7950 7.8.6 (insert and key). Each does what the command line of that
// name does, so that a change says the same in XML, in JSON and in lines.

import type { Draft, DraftNode } from "./draft.ts";
import type { Change } from "./element.ts";
import { protectionError } from "./protection.ts";
import type { Report } from "./report.ts";
import { asWords, pathOfSteps, resolve } from "./resolve.ts";
import type { Scope, Step } from "./resolve.ts";
import { isHolder, wordsOf } from "./schema-index.ts";
import type { AnyList } from "./schema-index.ts";
import { deleteSteps } from "./shape.ts";
import type { Placed } from "./shape.ts";
import { childId } from "./tree.ts";

/** Where the statement stands. */
export interface Surroundings {
  readonly draft: Draft;
  readonly node: DraftNode;
  readonly scope: Scope;
  readonly report: Report;
}

/** The statement is to be taken away, so what stands below it does not matter. */
export function deletes(change: Change | undefined): boolean {
  return change?.operation === "delete" || change?.operation === "remove";
}

/**
 * Whether an element that asks for nothing leads on to what stands below it, where nothing happens that is not asked for.
 * Its statement must be there; a value is as it is.
 */
export function leadsOn(where: Surroundings, steps: readonly Step[]): boolean {
  const last = steps.at(-1);
  if (last === undefined || !isHolder(last.schema)) return false;
  if (find(where, steps) !== undefined) return true;
  const { scope, report } = where;
  report.error("edit.not-found", last.span, `"${[last.word, ...last.keys].join(" ")}" is not there`, {
    path: [...scope.path, ...pathOfSteps(steps)],
    hint: 'make it with operation="merge", or leave out the default operation none',
  });
  return false;
}

export function deleteStatement(where: Surroundings, steps: readonly Step[], change: Change): void {
  deleteSteps(where.draft, where.node, where.scope, steps, where.report, change.operation === "remove");
}

/** What must happen before the statement is merged. The steps to merge; undefined, with an error, when it cannot be. */
export function beforeMerge(
  where: Surroundings,
  steps: readonly Step[],
  change: Change | undefined,
): readonly Step[] | undefined {
  if (change?.operation === "rename") return renameEntry(where, steps, change);
  if (change?.operation !== "create") return steps;
  const { scope, report } = where;
  const [last] = steps.slice(-1);
  const stands = find(where, steps);
  if (last === undefined || stands === undefined) return steps;
  const path = [...scope.path, ...pathOfSteps(steps)];
  report.error("edit.exists", change.span, `"${[last.word, ...last.keys].join(" ")}" exists already`, {
    path,
    hint: "merge or replace it, or delete it first",
  });
  return undefined;
}

/** What happens to the statement that was merged, before what is below its element. False, with an error, when it cannot. */
export function afterMerge(where: Surroundings, placed: Placed, change: Change | undefined, isFirst: boolean): boolean {
  if (change === undefined) return true;
  if (change.operation === "replace" && isFirst && !clear(where, placed)) return false;
  return change.insert === undefined || move(where, placed, change);
}

function find({ node }: Surroundings, steps: readonly Step[]): DraftNode | undefined {
  let at: DraftNode | undefined = node;
  for (const step of steps) at = at?.children.get(childId(step.word, step.keys)) as DraftNode | undefined;
  return at;
}

/** Takes away what the statement held before; a statement without block keeps the value that was just written. */
function clear({ draft, report, scope }: Surroundings, { parent, id, step }: Placed): boolean {
  const target = draft.loosen(parent, id);
  if (target === undefined) return true;
  if (protectionError(target, [...scope.path, ...pathOfSteps([step])], step.span, report)) return false;
  if (isHolder(step.schema)) draft.removeAll(target);
  else if (step.schema.kind === "leaf-list") draft.setValues(parent, id, step.values);
  target.inactive = false;
  delete target.comment;
  return true;
}

function move({ draft, scope, report }: Surroundings, { parent, id, step }: Placed, change: Change): boolean {
  const path = [...scope.path, ...pathOfSteps([step])];
  const { schema } = step;
  const node = parent.children.get(id);
  if (schema.kind !== "list" || !schema.ordered || node === undefined) {
    report.error("edit.not-ordered", change.span, `"${step.word}" has no place of its own`, {
      path,
      hint: "only entries of a list whose order counts can be moved",
    });
    return false;
  }
  if (protectionError(node, path, step.span, report)) return false;
  const last =
    change.insert === "last" ? [...parent.children].findLast(([, { word }]) => word === step.word) : undefined;
  if (change.insert === "first") draft.moveFirst(parent, id);
  else if (change.insert === "last") {
    if (last !== undefined && last[0] !== id) draft.move(parent, id, "after", last[0]);
  } else {
    const anchor = childId(step.word, keysOf(schema, change, []));
    if (!parent.children.has(anchor)) {
      report.error("edit.not-found", change.span, "the entry beside which it should stand is not there", {
        path,
        hint: `name it: insert="${change.insert}" ${schema.keys.map((key) => `${key.name}="…"`).join(" ")}`,
      });
      return false;
    }
    if (anchor !== id) draft.move(parent, id, change.insert === "before" ? "before" : "after", anchor);
  }
  return true;
}

function renameEntry(where: Surroundings, steps: readonly Step[], change: Change): readonly Step[] | undefined {
  const { draft, node, scope, report } = where;
  const path = [...scope.path, ...pathOfSteps(steps)];
  const [step, ...others] = steps;
  const refuse = (code: string, message: string, hint: string): undefined => {
    report.error(code, change.span, message, { path, hint });
    return undefined;
  };
  if (step?.schema.kind !== "list" || others.length > 0)
    return refuse("edit.not-an-entry", "only an entry of a list has a name", "delete the statement and write it anew");
  const { schema, word } = step;
  const words = asWords(wordsOf(schema, word, keysOf(schema, change, step.keys)), change.span);
  const fresh = resolve(scope, words, "write", report);
  const [target] = fresh ?? [];
  if (fresh === undefined || target === undefined) return undefined;
  const [id, newId] = [childId(word, step.keys), childId(word, target.keys)];
  const entry = node.children.get(id);
  if (entry === undefined) return refuse("edit.not-found", "statement not found", "name the entry as it is called now");
  if (protectionError(entry, path, step.span, report) || id === newId) return id === newId ? fresh : undefined;
  if (node.children.has(newId))
    return refuse("edit.exists", `"${target.keys.join(" ")}" exists already`, "delete it first");
  draft.rename(node, id, newId, {
    ...draft.clone(entry, schema),
    keys: target.keys,
    protected: false,
    span: change.span,
  });
  return fresh;
}

/** The names that the attributes give; `others` where they say nothing. */
function keysOf(list: AnyList, change: Change, others: readonly string[]): readonly string[] {
  return list.keys.map(({ name }, at) => change.keys.get(name) ?? others[at] ?? "");
}
