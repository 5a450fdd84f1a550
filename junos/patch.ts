// `load patch`: what `show | compare` printed, applied to a tree. The text tells more than lines: a new or moved entry
// stands behind the entry of its list that was named last, or at the start when none was; an annotation alone belongs to
// the statement named next. What `-` takes away must stand there exactly so, and everything or nothing is applied.
// New protection comes into force at the end, so that a patch may protect what it changes.

import type { Span } from "@merlon/model/diagnostic.ts";
import { shownWord } from "@merlon/model/shown-word.ts";
import { Draft } from "./draft.ts";
import type { DraftNode } from "./draft.ts";
import { enterLevel } from "./enter-level.ts";
import type { EnteredLevel } from "./enter-level.ts";
import { isList } from "./parse.ts";
import type { Item, Statement, Tag } from "./parse.ts";
import { parsePatch } from "./parse-patch.ts";
import type { Run, Section } from "./parse-patch.ts";
import { protectionError, refuseProtected } from "./protection.ts";
import { Report } from "./report.ts";
import { pathOfSteps, resolve } from "./resolve.ts";
import type { Step } from "./resolve.ts";
import { sameTree } from "./same-tree.ts";
import { rootSchema } from "./schema-index.ts";
import type { Holder } from "./schema-index.ts";
import { shapeStatements } from "./shape.ts";
import { splitStatement } from "./split-statement.ts";
import { childId, emptyTree } from "./tree.ts";
import type { ConfigNode } from "./tree.ts";
import { unknownStatement } from "./unknown-statement.ts";

/** Applies the patch to the draft, below the level `at`. On errors, which are in the report, the draft is of no use. */
export function applyPatch(draft: Draft, text: string, source: string, at: readonly Item[], report: Report): void {
  const patch = new Patch(draft, report);
  for (const section of parsePatch(text, source, report)) patch.section(section, at);
  patch.protect();
}

/** One or more children of a node that a line of the patch names. */
interface Target {
  readonly parent: DraftNode;
  readonly step: Step;
  readonly path: readonly string[];
  /** The way from the level of the section to the parent. */
  readonly way: readonly Step[];
}

class Patch {
  private readonly draft: Draft;
  private readonly report: Report;
  /** For each parent and word the entry that was named last. */
  private readonly named = new Map<DraftNode, Map<string, string>>();
  /** What `-` took away, by parent and id: the leaf that `+` puts there keeps its annotation. */
  private readonly gone = new Map<DraftNode, Map<string, string>>();
  /** What `+` has displaced, because both belong to one choice, by parent and id: a later `-` speaks of it. */
  private readonly displaced = new Map<DraftNode, Map<string, ConfigNode>>();
  private readonly toProtect: DraftNode[] = [];
  /** Annotations that wait for the statement that they belong to. */
  private waiting: { readonly comment: string | undefined } | undefined;

  constructor(draft: Draft, report: Report) {
    this.draft = draft;
    this.report = report;
  }

  section({ words, runs }: Section, at: readonly Item[]): void {
    if (this.report.errorCount > 0) return;
    this.waiting = undefined;
    const all = [...at, ...words];
    const level = enterLevel(this.draft, all, this.report);
    if (level !== undefined) for (const run of runs) this.run(run, level, all);
  }

  /** Protects what the patch wants protected. */
  protect(): void {
    for (const node of this.toProtect) node.protected = true;
  }

  private run({ sign, statements, comment }: Run, level: EnteredLevel, words: readonly Item[]): void {
    for (const written of statements.flatMap((one) => splitStatement(level.scope, one, this.report))) {
      if (this.report.errorCount > 0) return;
      const statement = this.withoutList(written, level);
      switch (sign) {
        case "-":
          this.takeAway(statement, level, words);
          break;
        case "+":
          this.put(statement, level);
          break;
        case "!":
          this.change(statement, level);
          break;
        case " ":
          this.name(statement, level);
      }
    }
    if (comment === undefined) return;
    if (sign === "+") this.waiting = { comment };
    else if (sign === "-") this.waiting ??= { comment: undefined };
  }

  /** `import [ a b ];` of words that no schema knows as `import { a; b; }`, which says the same in one way only. */
  private withoutList(statement: Statement, { scope }: EnteredLevel): Statement {
    const last = statement.items.at(-1);
    if (last === undefined || !isList(last) || statement.items.length < 2) return statement;
    const step = resolve(scope, statement.items, "name", new Report({ keepsUnknown: this.report.keepsUnknown }))?.at(
      -1,
    );
    if (step?.schema !== unknownStatement || !step.stay) return statement;
    const body = last.words.map((word): Statement => ({
      kind: "statement",
      tags: [],
      comment: undefined,
      items: [word],
      body: undefined,
    }));
    return { ...statement, items: statement.items.slice(0, -1), body };
  }

  private takeAway(statement: Statement, level: EnteredLevel, words: readonly Item[]): void {
    const target = this.find(statement, level);
    if (target === undefined) return;
    const { parent, step, path } = target;
    const expected = this.expected(statement, target, words);
    if (expected === undefined) return;
    for (const [id, wanted] of expected) {
      const node = parent.children.get(id) ?? this.displaced.get(parent)?.get(id);
      if (node === undefined) return this.missing(step.span, path);
      if (protectionError(node, path, step.span, this.report)) return;
      const bare = wanted.comment === undefined ? withoutComment(node) : node;
      if (!sameTree(bare, wanted)) {
        this.report.error("patch.differs", step.span, `${shownWord(step.word)} is not as the patch says`, {
          path,
          hint: "it was changed since the patch was made; compare again",
        });
        return;
      }
      if (node.comment !== undefined && wanted.comment === undefined) this.remember(parent, id, node.comment);
      this.draft.remove(parent, id);
    }
  }

  private remember(parent: DraftNode, id: string, comment: string): void {
    const known = this.gone.get(parent) ?? new Map<string, string>();
    this.gone.set(parent, known.set(id, comment));
  }

  private rememberRivals({ parent, step }: Target): void {
    const rivals = this.draft.rivalsOf(parent, step.word);
    if (rivals.length === 0) return;
    const known = this.displaced.get(parent) ?? new Map<string, ConfigNode>();
    for (const rival of rivals) known.set(childId(rival.word, rival.keys), rival);
    this.displaced.set(parent, known);
  }

  /** What the statement with `-` says, as nodes, by their id. */
  private expected(
    statement: Statement,
    target: Target,
    words: readonly Item[],
  ): ReadonlyMap<string, ConfigNode> | undefined {
    const scratch = new Draft(emptyTree, rootSchema);
    const level = enterLevel(scratch, words, this.report);
    if (level === undefined) return undefined;
    const before = this.report.errorCount;
    shapeStatements(scratch, level.node, level.scope, [statement], { replaces: false }, this.report);
    if (this.report.errorCount > before) return undefined;
    let node: ConfigNode | undefined = level.node;
    for (const step of target.way) node = node?.children.get(childId(step.word, step.keys));
    const { step } = target;
    const all = step.schema.kind === "list" && step.keys.length === 0;
    const id = childId(step.word, step.keys);
    scratch.finish();
    return new Map(
      [...(node?.children ?? [])].filter(([other, child]) => (all ? child.word === step.word : other === id)),
    );
  }

  private put(statement: Statement, level: EnteredLevel): void {
    const steps = this.stepsOf(statement, level);
    const known = steps === undefined ? undefined : this.descend(steps, statement, level, false);
    const idBefore = known === undefined ? undefined : idOf(known.step);
    const stood = known !== undefined && known.parent.children.has(idBefore ?? "");
    if (known !== undefined) this.rememberRivals(known);
    const before = this.report.errorCount;
    const standing = countStanding(steps ?? [], level.node);
    shapeStatements(this.draft, level.node, level.scope, [statement], { replaces: false }, this.report);
    if (steps === undefined || this.report.errorCount > before) return;
    this.settleUnknown(steps, standing, level);
    const target = this.descend(steps, statement, level, true);
    if (target === undefined || target.step.keys.length + Number(target.step.schema.kind !== "list") === 0) return;
    const { parent, step } = target;
    const id = idOf(step);
    const comment = this.waiting === undefined ? this.gone.get(parent)?.get(id) : this.waiting.comment;
    this.waiting = undefined;
    const node = statement.comment === undefined && comment !== undefined ? this.draft.loosen(parent, id) : undefined;
    if (node !== undefined && comment !== undefined) node.comment = comment;
    if (!stood) this.settle(target);
    this.mention(target);
  }

  /** A moved entry, or a statement whose marks change. */
  private change(statement: Statement, level: EnteredLevel): void {
    const target = this.findExisting(statement, level);
    if (target === undefined) return;
    const { parent, step, path } = target;
    const id = idOf(step);
    const node = parent.children.get(id);
    const { tags } = statement;
    if (node?.protected === true && !tags.includes("unprotect:"))
      return refuseProtected(this.report, step.span, path, node);
    if (tags.length === 0) this.settle(target);
    else this.mark(this.draft.loosen(parent, id), tags);
    this.annotate(target);
    this.mention(target);
  }

  private mark(node: DraftNode | undefined, tags: readonly Tag[]): void {
    if (node === undefined) return;
    if (tags.includes("inactive:")) node.inactive = true;
    if (tags.includes("active:")) node.inactive = false;
    if (tags.includes("unprotect:")) node.protected = false;
    if (tags.includes("protect:")) this.toProtect.push(node);
  }

  /** A statement that stays as it is shows a place, or what an annotation belongs to. */
  private name(statement: Statement, level: EnteredLevel): void {
    const target = this.waiting === undefined ? this.find(statement, level) : this.findExisting(statement, level);
    if (target === undefined) return;
    this.annotate(target);
    this.mention(target);
  }

  private annotate({ parent, step, path }: Target): void {
    const { waiting } = this;
    this.waiting = undefined;
    if (waiting === undefined) return;
    const node = this.draft.loosen(parent, idOf(step));
    if (node === undefined) return;
    if (node.protected) return refuseProtected(this.report, step.span, path, node);
    if (waiting.comment === undefined) delete node.comment;
    else node.comment = waiting.comment;
  }

  /** Every new word that no schema knows, before the last one, has its place among those beside it. */
  private settleUnknown(steps: readonly Step[], standing: number, { node, scope }: EnteredLevel): void {
    let parent: DraftNode | undefined = node;
    for (const [at, step] of steps.slice(0, -1).entries()) {
      if (parent === undefined || step.stay) return;
      const target: Target = { parent, step, path: scope.path, way: [] };
      if (step.schema === unknownStatement && at >= standing) this.settle(target);
      if (step.schema === unknownStatement) this.mention(target);
      parent = this.draft.own(parent, idOf(step), step.schema as Holder);
    }
  }

  /** Brings an entry of an ordered list behind the one named last. */
  private settle({ parent, step, path }: Target): void {
    const { schema, word } = step;
    if (schema.kind !== "list" || !schema.ordered) return;
    const id = idOf(step);
    const last = this.named.get(parent)?.get(word);
    if (last === undefined) this.draft.moveFirst(parent, id);
    else if (!parent.children.has(last)) this.missing(step.span, path, "the statement before it is not there");
    else if (last !== id) this.draft.move(parent, id, "after", last);
  }

  private mention({ parent, step }: Target): void {
    if (step.schema.kind !== "list") return;
    const known = this.named.get(parent) ?? new Map<string, string>();
    this.named.set(parent, known.set(step.word, idOf(step)));
  }

  private stepsOf({ items }: Statement, { scope }: EnteredLevel): readonly Step[] | undefined {
    const steps = resolve(scope, items, "name", this.report);
    if (steps !== undefined && steps.length > 0) return steps;
    return undefined;
  }

  private find(statement: Statement, level: EnteredLevel): Target | undefined {
    const steps = this.stepsOf(statement, level);
    return steps === undefined ? undefined : this.descend(steps, statement, level, true);
  }

  private findExisting(statement: Statement, level: EnteredLevel): Target | undefined {
    const target = this.find(statement, level);
    if (target === undefined || target.parent.children.has(idOf(target.step))) return target;
    return this.missing(target.step.span, target.path);
  }

  /**
   * Goes down to what the line is about: the owner of its block, or the first list entry or leaf of a line without block.
   * `demands` says that what is missing on the way is an error.
   */
  private descend(
    steps: readonly Step[],
    { items, body }: Statement,
    { node, scope }: EnteredLevel,
    demands: boolean,
  ): Target | undefined {
    const entry = steps.findIndex(({ schema }) => schema.kind !== "container" && schema !== unknownStatement);
    const at = body !== undefined || entry < 0 ? steps.length - 1 : entry;
    const way = steps.slice(0, at).filter(({ stay }) => !stay);
    const path = [...scope.path, ...pathOfSteps(steps)];
    let parent = node;
    for (const step of way) {
      const next = this.draft.own(parent, idOf(step), step.schema as Holder);
      if (next === undefined) return demands ? this.missing(items[0] ?? step.span, path) : undefined;
      parent = next;
    }
    const step = steps[at];
    return step === undefined ? undefined : { parent, step, path, way };
  }

  private missing(span: Span, path: readonly string[], message = "the statement is not there"): undefined {
    this.report.error("patch.not-found", span, message, {
      path,
      hint: "the configuration is another one than the patch was made for; compare again",
    });
    return undefined;
  }
}

/** How many of the steps, from the first one on, lead to what stands there. */
function countStanding(steps: readonly Step[], start: ConfigNode): number {
  let node: ConfigNode | undefined = start;
  for (const [count, step] of steps.entries()) {
    node = node.children.get(idOf(step));
    if (node === undefined) return count;
  }
  return steps.length;
}

function idOf(step: Step): string {
  return childId(step.word, step.keys);
}

function withoutComment(node: ConfigNode): ConfigNode {
  const { comment: _, ...rest } = node;
  return rest;
}
