// The command lines of the configuration mode, applied to a draft: what `set`, `delete`, `deactivate`, `insert` … do. The
// parser has split the line, `resolve` says what its words mean; here stands only what happens then.

import type { Span } from "@merlon/model/diagnostic.ts";
import { annotationError } from "./annotation.ts";
import type { Draft, DraftNode } from "./draft.ts";
import { isList } from "./parse.ts";
import type { Command, Item } from "./parse.ts";
import { protectionError, refuseProtected } from "./protection.ts";
import type { Report } from "./report.ts";
import { asWords, pathOfSteps, resolve } from "./resolve.ts";
import type { Scope, Step } from "./resolve.ts";
import { indexOf, isHolder, rootSchema, wordsOf } from "./schema-index.ts";
import type { AnyList, Holder } from "./schema-index.ts";
import { place, removeStep, warnNotFound } from "./shape.ts";
import { commandsOfWildcard } from "./wildcard-command.ts";
import { childId } from "./tree.ts";
import type { ConfigNode } from "./tree.ts";

const topScope: Scope = { schema: rootSchema, list: undefined, path: [] };

/** Applies one command at a level; what it could not do is in the report. */
export function runCommand(draft: Draft, command: Command, at: readonly string[], report: Report): void {
  const items = [...asWords(at, command.verbWord), ...command.items];
  if (items.length === 0) {
    const hint = command.verb === "delete" ? "to delete everything, load an empty text with override" : undefined;
    report.error("edit.missing-statement", command.verbWord, `a statement is missing after "${command.verb}"`, {
      hint,
    });
    return;
  }
  switch (command.verb) {
    case "set":
      return set(draft, items, report);
    case "delete":
      return eachTarget(draft, items, report, (target) =>
        removeStep(draft, target.parent, target.step, target.path, report),
      );
    case "deactivate":
      return markEach(draft, items, report, { inactive: true });
    case "activate":
      return markEach(draft, items, report, { inactive: false });
    case "protect":
      return markEach(draft, items, report, { protected: true });
    case "unprotect":
      return markEach(draft, items, report, { protected: false });
    case "annotate":
      return annotate(draft, items, report);
    case "wildcard":
      for (const one of commandsOfWildcard(draft, command, at, report)) runCommand(draft, one, at, report);
      return;
    case "insert":
      return insert(draft, items, at.length, report);
    case "rename":
    case "copy":
      return duplicate(draft, items, at.length, command.verb, report);
  }
}

function set(draft: Draft, items: readonly Item[], report: Report): void {
  const steps = resolve(topScope, items, "write", report);
  if (steps !== undefined) place(draft, draft.root, steps, report, []);
}

/** A statement that a command points at, below a parent that belongs to the draft. */
interface Target {
  readonly parent: DraftNode;
  readonly parentSchema: Holder;
  readonly step: Step;
  readonly path: readonly string[];
}

/** Resolves the items and goes down to what they name; reports and returns nothing when it is not there or protected. */
function findTargets(draft: Draft, items: readonly Item[], report: Report, mayBeProtected = false): Target[] {
  const steps = resolve(topScope, items, "name", report);
  if (steps === undefined) return [];
  const path = pathOfSteps(steps);
  let parent = draft.root;
  let parentSchema: Holder = rootSchema;
  // Steps that stay on the last level are targets side by side; else the last step alone is the target.
  const firstTarget = steps.at(-1)?.stay === true ? steps.findLastIndex(({ stay }) => !stay) + 1 : steps.length - 1;
  for (const step of steps.slice(0, firstTarget)) {
    if (step.stay) continue;
    const child = draft.own(parent, childId(step.word, step.keys), step.schema as Holder);
    if (child === undefined) {
      warnNotFound(report, step.span, path);
      return [];
    }
    if (child.protected && !mayBeProtected) {
      refuseProtected(report, step.span, path, child);
      return [];
    }
    parent = child;
    parentSchema = step.schema as Holder;
  }
  return steps.slice(firstTarget).map((step) => ({ parent, parentSchema, step, path: [...path] }));
}

function eachTarget(draft: Draft, items: readonly Item[], report: Report, act: (target: Target) => boolean): void {
  for (const target of findTargets(draft, items, report)) {
    if (!act(target)) warnNotFound(report, target.step.span, target.path);
  }
}

type Marks = { readonly inactive: boolean } | { readonly protected: boolean };

function markEach(draft: Draft, items: readonly Item[], report: Report, marks: Marks): void {
  const protects = "protected" in marks;
  for (const { parent, step, path } of findTargets(draft, items, report, protects)) {
    const nodes = nodesOf(parent, step);
    if (nodes.length === 0) warnNotFound(report, step.span, path);
    if (step.schema.kind === "leaf-list" && step.values.length > 0) {
      report.error(
        "edit.whole-statement",
        step.span,
        `marks belong to "${step.word}" as a whole, not to one of its values`,
        {
          path,
          hint: "leave the value out",
        },
      );
      continue;
    }
    for (const [id, node] of nodes) {
      if (!protects && node.protected) refuseProtected(report, step.span, path, node);
      else Object.assign(draft.loosen(parent, id) ?? {}, marks);
    }
  }
}

/** The children that a step means: one, or all entries of a list. A leaf that is named with another value is not meant. */
function nodesOf(parent: DraftNode, step: Step): [string, ConfigNode][] {
  if (step.schema.kind === "list" && step.keys.length === 0) {
    return [...parent.children].filter(([, child]) => child.word === step.word);
  }
  const id = childId(step.word, step.keys);
  const node = parent.children.get(id);
  if (node === undefined) return [];
  if (step.schema.kind === "leaf" && step.values.length > 0 && node.values[0] !== step.values[0]) return [];
  return [[id, node]];
}

function annotate(draft: Draft, items: readonly Item[], report: Report): void {
  const last = items.at(-1);
  if (last === undefined || isList(last) || items.length < 2) {
    report.error("edit.missing-statement", last, "annotate needs a statement and a text", {
      hint: 'write annotate STATEMENT "text"; an empty text removes the annotation',
    });
    return;
  }
  const text = last.text.trim();
  const wrong = annotationError(text);
  if (wrong !== undefined) return report.error("edit.bad-annotation", last, wrong);
  for (const { parent, step, path } of findTargets(draft, items.slice(0, -1), report)) {
    const nodes = nodesOf(parent, step);
    if (nodes.length === 0) warnNotFound(report, step.span, path);
    for (const [id, node] of nodes) {
      if (node.protected) refuseProtected(report, step.span, path, node);
      const own = draft.loosen(parent, id);
      if (own === undefined || node.protected) continue;
      if (text === "") delete own.comment;
      else own.comment = text;
    }
  }
}

interface Pair {
  readonly target: Target;
  readonly list: AnyList;
  readonly id: string;
  readonly node: ConfigNode;
  /** The keys on the other side of `to`, `before` or `after`. */
  readonly otherKeys: readonly string[];
  readonly otherSpan: Span;
  readonly marker: string;
}

/** Reads `ENTRY marker ENTRY`; the second entry stands in the same list and may leave the list's word out. */
function readPair(
  draft: Draft,
  items: readonly Item[],
  markers: readonly string[],
  from: number,
  report: Report,
): Pair | undefined {
  const at = items.findLastIndex(
    (item, index) =>
      index > from && index < items.length - 1 && !isList(item) && !item.quoted && markers.includes(item.text),
  );
  const place = items.at(-1);
  const wanted = `write ENTRY ${markers.join(" or ")} ENTRY`;
  if (at < 0) {
    report.error("edit.missing-statement", place, `"${markers.join('" or "')}" and an entry are missing`, {
      hint: wanted,
    });
    return undefined;
  }
  const [target, ...others] = findTargets(draft, items.slice(0, at), report);
  if (target === undefined) return undefined;
  const { step, parent, parentSchema, path } = target;
  if (step.schema.kind !== "list" || step.keys.length === 0 || others.length > 0) {
    report.error("edit.not-an-entry", step.span, `"${step.word}" is not one entry of a list`, { path, hint: wanted });
    return undefined;
  }
  const id = childId(step.word, step.keys);
  const node = parent.children.get(id);
  if (node === undefined) {
    report.error("edit.not-found", step.span, "statement not found", { path });
    return undefined;
  }
  const [marker, ...tail] = items.slice(at);
  const [first] = tail;
  const named =
    first !== undefined && !isList(first) && first.text === step.word && tail.length > step.schema.keys.length;
  const list = { word: step.word, schema: step.schema };
  const scope = { schema: parentSchema, list, path: path.slice(0, -1) };
  const away = named ? undefined : otherLevel(tail, parentSchema, step.word, path);
  if (away !== undefined) {
    report.error("edit.not-an-entry", first, away, {
      path,
      hint: `name an entry of the same list: ${marker === undefined ? "" : textOf(marker)} ${step.word} NAME`,
    });
    return undefined;
  }
  const otherSteps = resolve(scope, named ? tail.slice(1) : tail, "write", report);
  const [other, ...rest] = otherSteps ?? [];
  if (other === undefined) return undefined;
  if (rest.length > 0 || other.stay) {
    report.error("edit.not-an-entry", other.span, "the second name must be one entry of the same list", {
      path,
      hint: wanted,
    });
    return undefined;
  }
  return { target, list: step.schema, id, node, otherKeys: other.keys, otherSpan: other.span, marker: textOf(marker) };
}

/** Why the second entry is none of the same list: it begins with the words of another level. */
function otherLevel(tail: readonly Item[], schema: Holder, word: string, path: readonly string[]): string | undefined {
  const words = tail.map(textOf);
  const [first = "", ...rest] = words;
  const isPath = rest.includes(word) && (path.includes(first) || indexOf(rootSchema).byWord.has(first));
  if (!isPath || indexOf(schema).byWord.has(first)) return undefined;
  return `"${words.join(" ")}" is on another level: an entry moves only inside its own list`;
}

function textOf(item: Item | undefined): string {
  return item === undefined || isList(item) ? "" : item.text;
}

function insert(draft: Draft, items: readonly Item[], from: number, report: Report): void {
  const pair = readPair(draft, items, ["before", "after"], from, report);
  if (pair === undefined) return;
  const { target, id, node, otherKeys, otherSpan, marker } = pair;
  const { parent, step, path } = target;
  if (!pair.list.ordered) {
    return report.error("edit.not-ordered", step.span, `the entries of "${step.word}" have no order`, {
      path,
      hint: "they are kept sorted by name",
    });
  }
  const anchorId = childId(step.word, otherKeys);
  if (protectionError(node, path, step.span, report)) return;
  if (!parent.children.has(anchorId)) {
    const elsewhere = placeOf(draft.root, rootSchema, anchorId, []);
    const hint = elsewhere && `it stands in [edit ${elsewhere.join(" ")}]; an entry moves only inside its own list`;
    return report.error("edit.not-found", otherSpan, "statement not found", { path, hint });
  }
  if (anchorId === id) return;
  draft.move(parent, id, marker === "before" ? "before" : "after", anchorId);
}

/** The level of another list that has an entry of this id: the first one found. */
function placeOf(node: ConfigNode, schema: Holder, id: string, path: readonly string[]): readonly string[] | undefined {
  if (node.children.has(id)) return path;
  const { byWord } = indexOf(schema);
  for (const child of node.children.values()) {
    const childSchema = byWord.get(child.word);
    if (childSchema === undefined || !isHolder(childSchema) || child.word === "groups") continue;
    const found = placeOf(child, childSchema, id, [...path, ...wordsOf(childSchema, child.word, child.keys)]);
    if (found !== undefined) return found;
  }
  return undefined;
}

function duplicate(draft: Draft, items: readonly Item[], from: number, verb: "rename" | "copy", report: Report): void {
  const pair = readPair(draft, items, ["to"], from, report);
  if (pair === undefined) return;
  const { target, list, id, node, otherKeys, otherSpan } = pair;
  const { parent, step, path } = target;
  const newId = childId(step.word, otherKeys);
  if (verb === "rename" && protectionError(node, path, step.span, report)) return;
  if (parent.children.has(newId)) {
    return report.error("edit.exists", otherSpan, `"${otherKeys.join(" ")}" exists already`, {
      path,
      hint: "delete it first",
    });
  }
  const copy = { ...draft.clone(node, list), keys: otherKeys, protected: false, span: otherSpan };
  if (verb === "copy") draft.add(parent, newId, copy);
  else draft.rename(parent, id, newId, copy);
}
