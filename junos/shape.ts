// Statements → tree: each statement's words are resolved by the schema and written into a draft. A statement that makes no
// sense is left out as a whole, with its block, so that one mistake gives one error.

import type { Span } from "@merlon/model/diagnostic.ts";
import type { Draft, DraftNode } from "./draft.ts";
import type { Statement, Tag } from "./parse.ts";
import { protectionError, refuseProtected } from "./protection.ts";
import { plainSpan } from "./report.ts";
import type { Report } from "./report.ts";
import { pathOfSteps, resolve } from "./resolve.ts";
import type { Scope, Step } from "./resolve.ts";
import { isHolder } from "./schema-index.ts";
import type { Holder } from "./schema-index.ts";
import { splitStatement, takesBody } from "./split-statement.ts";
import { childId } from "./tree.ts";
import type { ConfigNode } from "./tree.ts";
import { unknownStatement } from "./unknown-statement.ts";

export interface ShapeOptions {
  /** What `replace:` means: `load replace` clears the statement first, other loads merge it. */
  readonly replaces: boolean;
  /** Statements are finished as soon as they are read whole; not for whoever holds on to nodes of the draft. */
  readonly releases?: boolean;
}

/** Where a statement came to stand. */
export interface Placed {
  readonly parent: DraftNode;
  readonly id: string;
  readonly step: Step;
}

/** Writes statements below `node`. */
export function shapeStatements(
  draft: Draft,
  node: DraftNode,
  scope: Scope,
  statements: Iterable<Statement>,
  options: ShapeOptions,
  report: Report,
): void {
  // Once the report is full the rest is passed over: it may be a text that is still being read.
  for (const statement of statements) {
    if (report.full) continue;
    for (const one of splitStatement(scope, statement, report)) {
      if (!report.full) shapeStatement(draft, node, scope, one, options, report);
    }
  }
}

function shapeStatement(
  draft: Draft,
  node: DraftNode,
  scope: Scope,
  statement: Statement,
  options: ShapeOptions,
  report: Report,
): void {
  const { items, body, tags } = statement;
  const deletes = tags.includes("delete:");
  const steps = resolve(scope, items, deletes || body !== undefined ? "name" : "write", report);
  const last = steps?.at(-1);
  if (steps === undefined || last === undefined) return;
  if (body !== undefined && (deletes || !takesBody(last))) {
    report.error("schema.no-block", items[0], `"${deletes ? "delete:" : last.word}" takes no block`, {
      path: [...scope.path, ...pathOfSteps(steps)],
      hint: deletes ? 'tag the statements inside the block, or end this one with ";"' : 'end the statement with ";"',
    });
    return;
  }
  if (deletes) return deleteSteps(draft, node, scope, steps, report);
  const placed = place(draft, node, steps, report, scope.path, tags.includes("unprotect:"));
  if (placed === undefined) return;
  const marked = markedStep(placed, body !== undefined);
  if (tags.includes("replace:")) {
    const target = marked === undefined ? undefined : draft.loosen(marked.parent, marked.id);
    if (options.replaces && target !== undefined) {
      if (protectionError(target, [...scope.path, ...pathOfSteps(steps)], plainSpan(items[0] ?? last.span), report))
        return;
      clear(draft, marked, target, statement);
    } else if (!options.replaces) {
      report.warning(
        "load.replace-tag",
        items[0],
        '"replace:" has no effect in this kind of load: the statement is merged',
        {
          path: [...scope.path, ...pathOfSteps(steps)],
          hint: "use load replace",
        },
      );
    }
  }
  if (last.schema === unknownStatement) noteLayout(draft, placed, body !== undefined);
  if (body !== undefined) shapeBody(draft, node, scope, steps, placed, body, options, report);
  if (marked !== undefined) mark(draft, marked, tags, statement.comment);
  if (options.releases === true) for (const { parent, id } of placed.toReversed()) draft.release(parent, id);
}

function shapeBody(
  draft: Draft,
  node: DraftNode,
  scope: Scope,
  steps: readonly Step[],
  placed: readonly Placed[],
  body: Iterable<Statement>,
  options: ShapeOptions,
  report: Report,
): void {
  const last = steps.at(-1);
  if (last === undefined) return;
  const path = [...scope.path, ...pathOfSteps(steps)];
  const entered = steps.findLast((step) => !step.stay);
  const inner = placed.findLast(({ step }) => step === entered);
  const innerNode = inner === undefined ? node : draft.own(inner.parent, inner.id, inner.step.schema as Holder);
  if (innerNode === undefined) return;
  const schema = inner === undefined ? scope.schema : (inner.step.schema as Holder);
  const list = last.stay && last.schema.kind === "list" ? { word: last.word, schema: last.schema } : undefined;
  shapeStatements(draft, innerNode, { schema, list, path }, body, options, report);
}

/** Makes what the steps name. Undefined, with an error, when something on the way is protected. */
export function place(
  draft: Draft,
  start: DraftNode,
  steps: readonly Step[],
  report: Report,
  path: readonly string[],
  unprotects = false,
): Placed[] | undefined {
  const placed: Placed[] = [];
  let node = start;
  for (const step of steps) {
    const id = childId(step.word, step.keys);
    const existing = node.children.get(id) ?? protectedRival(draft, node, step);
    if (existing?.protected === true && !unprotects) {
      refuseProtected(report, step.span, [...path, ...pathOfSteps(steps)], existing);
      return undefined;
    }
    if (isHolder(step.schema)) {
      // A list without keys opens a block of entries and stands for nothing itself.
      if (step.schema.kind === "list" && step.keys.length === 0) continue;
      const entered = draft.enter(node, step as Step & { readonly schema: Holder });
      placed.push({ parent: node, id, step });
      if (!step.stay) node = entered;
    } else {
      draft.assign(node, step);
      placed.push({ parent: node, id, step });
    }
  }
  return placed;
}

/** A protected statement that the step would replace, because both belong to one choice. */
function protectedRival(draft: Draft, node: DraftNode, step: Step): ConfigNode | undefined {
  const rivals = draft.rivalsOf(node, step.word);
  return rivals.find((rival) => rival.protected);
}

/**
 * The statement that a tag or comment belongs to: the owner of the block, or the first list entry or leaf of the line
 * (`inactive: address web 10.0.0.1/32;` deactivates the address).
 */
function markedStep(placed: readonly Placed[], hasBody: boolean): Placed | undefined {
  if (hasBody) return placed.findLast(({ step }) => !step.stay);
  const first = placed.find(({ step: { schema } }) => schema.kind !== "container" && schema !== unknownStatement);
  if (first !== undefined) return first;
  // Of words that no schema knows it is the last one, or the one before the list in brackets.
  return isListOfUnknown(placed.at(-1)) ? placed.findLast(({ step }) => !step.stay) : placed.at(-1);
}

function isListOfUnknown(last: Placed | undefined): boolean {
  return last !== undefined && last.step.schema === unknownStatement && last.step.stay;
}

/** How words that no schema knows were written. What was written in a block once stays a block. */
function noteLayout(draft: Draft, placed: readonly Placed[], hasBody: boolean): void {
  const isList = isListOfUnknown(placed.at(-1));
  const owner = placed.findLast(({ step }) => !step.stay);
  if (owner?.step.schema !== unknownStatement || (!hasBody && !isList)) return;
  const node = draft.own(owner.parent, owner.id, unknownStatement);
  if (node !== undefined && (hasBody || node.layout === undefined)) node.layout = hasBody ? "block" : "list";
}

function mark(draft: Draft, { parent, id }: Placed, tags: readonly Tag[], comment: string | undefined): void {
  if (tags.length === 0 && comment === undefined) return;
  const node = draft.loosen(parent, id);
  if (node === undefined) return;
  if (tags.includes("inactive:")) node.inactive = true;
  if (tags.includes("active:")) node.inactive = false;
  if (tags.includes("protect:")) node.protected = true;
  if (tags.includes("unprotect:")) node.protected = false;
  if (comment !== undefined) node.comment = comment;
}

/** `replace:` — what stood below the statement before is gone; what the line itself sets stays. */
function clear(draft: Draft, placed: Placed | undefined, node: DraftNode, statement: Statement): void {
  if (placed === undefined) return;
  const { kind } = placed.step.schema;
  if (kind === "leaf-list") node.values = [...placed.step.values];
  else if (statement.body !== undefined) draft.removeAll(node);
  node.inactive = false;
  delete node.comment;
}

/** Deletes what the steps name; a warning tells when nothing stands there, unless it is all the same (`quiet`). */
export function deleteSteps(
  draft: Draft,
  node: DraftNode,
  scope: Scope,
  steps: readonly Step[],
  report: Report,
  quiet = false,
): void {
  let parent = node;
  const path = [...scope.path, ...pathOfSteps(steps)];
  const last = steps.at(-1);
  const missing = (span: Span): void => {
    if (!quiet) warnNotFound(report, span, path);
  };
  for (const step of steps) {
    if (step === last) break;
    const next = step.stay ? undefined : draft.own(parent, childId(step.word, step.keys), step.schema as Holder);
    if (next === undefined) return missing(step.span);
    if (next.protected) return refuseProtected(report, step.span, path, next);
    parent = next;
  }
  if (last !== undefined && !removeStep(draft, parent, last, path, report)) missing(last.span);
}

export function warnNotFound(report: Report, span: Span, path: readonly string[]): void {
  report.warning("edit.not-found", span, "statement not found", { path, hint: "nothing was changed by it" });
}

/** Deletes what one step names below `parent`: a node, all entries of a list, or some values. False when nothing did. */
export function removeStep(
  draft: Draft,
  parent: DraftNode,
  step: Step,
  path: readonly string[],
  report: Report,
): boolean {
  if (step.schema.kind === "list" && step.keys.length === 0) {
    const entries = [...parent.children].filter(([, child]) => child.word === step.word);
    if (entries.some(([, child]) => protectionError(child, path, step.span, report))) return true;
    for (const [id] of entries) draft.remove(parent, id);
    return entries.length > 0;
  }
  const id = childId(step.word, step.keys);
  const child = parent.children.get(id);
  if (child === undefined) return false;
  if (protectionError(child, path, step.span, report)) return true;
  if (step.values.length > 0) {
    const rest = child.values.filter((value) => !step.values.includes(value));
    if (rest.length === child.values.length) return false;
    if (rest.length > 0) {
      draft.setValues(parent, id, rest);
      return true;
    }
  }
  draft.remove(parent, id);
  return true;
}
