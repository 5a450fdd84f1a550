// Elements of XML or JSON → tree. Each element is turned into the words that would stand for it in text, and `resolve`
// says what they mean: one place decides for all forms. An element that makes no sense is left out whole, with one error.

import type { Span } from "@merlon/model/diagnostic.ts";
import type { SchemaNode } from "@merlon/model/schema/node.ts";
import { shownWord } from "@merlon/model/shown-word.ts";
import { Draft } from "./draft.ts";
import type { DraftNode } from "./draft.ts";
import { isLeftOut, meaningsOf } from "./element-names.ts";
import type { Meaning } from "./element-names.ts";
import { afterMerge, beforeMerge, deletes, deleteStatement, leadsOn } from "./change-statement.ts";
import { noMarks } from "./element.ts";
import type { Change, Element, Marks } from "./element.ts";
import type { Loaded } from "./load.ts";
import { settleWhole } from "./load-whole.ts";
import { protectionError } from "./protection.ts";
import type { Report } from "./report.ts";
import { isAnyLevel } from "./group-schema.ts";
import { asWords, keepsAll, pathOfSteps, resolve } from "./resolve.ts";
import type { Scope, Step } from "./resolve.ts";
import { indexOf, isHolder, rootSchema } from "./schema-index.ts";
import type { AnyList, Holder } from "./schema-index.ts";
import { place } from "./shape.ts";
import type { Placed } from "./shape.ts";
import { didYouMean } from "@merlon/model/did-you-mean.ts";
import { textLengthMax, wordLengthMax } from "./tokens.ts";
import type { Word } from "./tokens.ts";
import { childId, emptyTree } from "./tree.ts";
import type { ConfigNode } from "./tree.ts";
import { splitWords, unknownStatement, unknownWord } from "./unknown-statement.ts";

export interface ReadOptions {
  /** The name of the text in diagnostics: a file name, `<stdin>`. */
  readonly source: string;
  /** What the document is merged into; nothing by default. With a base it may be a change: `delete`, `rename` … count. */
  readonly base?: ConfigNode;
  /** As in `load`; `merge` by default. `replace="replace"` counts in `replace`, `operation="replace"` in each of them. */
  readonly action?: "merge" | "replace" | "override" | "update";
  /**
   * `none`, as in NETCONF (RFC 6241, 7.2): an element says only where to go, and must stand there, until one of them says
   * what to do. By default what is not said is merged.
   */
  readonly defaultOperation?: "none";
  /** As in `load`: an `override` may not change what is protected. */
  readonly guarded?: boolean;
  /** Statements that are not known are kept, with one warning, and not refused. */
  readonly keepUnknown?: boolean;
}

/** The tree that the `configuration` elements make; as in `load`, it holds all that was understood beside the errors. */
export function treeOfElements(configurations: readonly Element[], options: ReadOptions, report: Report): Loaded {
  const { source, base = emptyTree, action = "merge", guarded = false } = options;
  const isWhole = action === "override" || action === "update";
  const draft = new Draft(isWhole ? emptyTree : base, rootSchema);
  const context = { draft, report, mayChange: options.base !== undefined, replaces: action === "replace" };
  const leadsOnly = options.defaultOperation === "none";
  for (const { marks, children } of configurations) {
    const { change } = marks;
    if (context.mayChange && change !== undefined && clearsAll(change)) clearAll(draft, change, report);
    new Level(context, draft.root, rootSchema, [], leadsOnly && change === undefined).shape(
      deletes(change) ? [] : children,
    );
  }
  report.warnUnknown();
  const tree = draft.finish();
  if (action !== "update" && !(isWhole && guarded)) return { tree, diagnostics: report.diagnostics };
  const start = { source, line: 1, column: 1, endLine: 1, endColumn: 1 };
  const settled = settleWhole(base, tree, start, [], report);
  return { tree: settled, diagnostics: report.diagnostics };
}

function clearsAll({ operation }: Change): boolean {
  return operation === "delete" || operation === "remove" || operation === "replace";
}

/** `<configuration operation="replace">`: nothing of what stood there stays. */
function clearAll(draft: Draft, { span }: Change, report: Report): void {
  if (!protectionError(draft.root, [], span, report)) draft.removeAll(draft.root);
}

/** What all levels of a document share. */
interface Context {
  readonly draft: Draft;
  readonly report: Report;
  /** The document may ask for more than to be merged. */
  readonly mayChange: boolean;
  readonly replaces: boolean;
}

/** A statement with what is said about it. */
interface Marked {
  readonly parent: DraftNode;
  readonly id: string;
  readonly marks: Marks;
}

/** The statements of one element that is a container, a list entry, or the whole. */
class Level {
  private readonly context: Context;
  private readonly draft: Draft;
  private readonly node: DraftNode;
  private readonly schema: Holder;
  private readonly path: readonly string[];
  private readonly report: Report;
  /** Elements lead to what is to be changed, and change nothing themselves. */
  private readonly leadsOnly: boolean;
  /** By child id. Marks are set at the end, because a protected statement takes no more of its elements. */
  private readonly marks = new Map<string, Marked>();
  /** The marks of each leaf, flag and leaf-list when it was first met. */
  private readonly met = new Map<string, Marks>();

  constructor(context: Context, node: DraftNode, schema: Holder, path: readonly string[], leadsOnly: boolean) {
    this.context = context;
    this.draft = context.draft;
    this.report = context.report;
    this.node = node;
    this.schema = schema;
    this.path = path;
    this.leadsOnly = leadsOnly;
  }

  shape(elements: readonly Element[]): void {
    const meanings = meaningsOf(this.schema);
    for (const element of elements) {
      if (this.report.full) break;
      const meaning = meanings.get(element.name);
      if (meaning === undefined) this.unknown(element, meanings);
      else this.statement(element, meaning.word, meaning.schema);
    }
    for (const { parent, id, marks } of this.marks.values()) {
      const { inactive, protected: isProtected, comment } = marks;
      const node = this.draft.loosen(parent, id);
      if (node === undefined) continue;
      if (inactive !== undefined) node.inactive = inactive;
      if (isProtected !== undefined) node.protected = isProtected;
      if (comment !== undefined) node.comment = comment;
    }
  }

  private statement(element: Element, word: string, schema: SchemaNode): void {
    if (!this.fits(element, word, schema)) return;
    if (schema === unknownStatement) return this.keptBefore(element, word);
    const head = asWords([word], element.span);
    switch (schema.kind) {
      case "container":
        this.holder(element, head, element.children);
        return;
      case "list": {
        const keys = this.keys(element, word, schema);
        if (keys !== undefined) this.holder(element, [...head, ...keys.words], keys.rest);
        return;
      }
      case "flag":
        if (this.isFirst(element, word)) this.write(element, head);
        return;
      case "leaf":
        if (this.isFirst(element, word)) this.write(element, [...head, ...this.value(element)]);
        return;
      case "leaf-list": {
        const isFirst = !this.met.has(word);
        if (this.isMarkedAlike(element, word)) this.write(element, [...head, ...this.value(element)], isFirst);
      }
    }
  }

  private isFirst({ marks, span }: Element, word: string): boolean {
    const first = !this.met.has(word);
    this.met.set(word, marks);
    if (!first) this.error("schema.repeated", span, `"${word}" stands twice here`, "leave one of them out");
    return first;
  }

  /** Marks belong to a statement and not to one of its values. */
  private isMarkedAlike({ marks, span }: Element, word: string): boolean {
    const first = this.met.get(word) ?? marks;
    this.met.set(word, first);
    // A value that is deleted is not there to be marked.
    if (deletes(marks.change)) return true;
    const inactiveAlike = (first.inactive ?? false) === (marks.inactive ?? false);
    if (inactiveAlike && (first.protected ?? false) === (marks.protected ?? false)) return true;
    const hint = "give all values of the statement the same marks";
    this.error("edit.whole-statement", span, `"${word}" is marked in one of its values`, hint);
    return false;
  }

  /** The value as a word; none where a statement is deleted without saying which value it has. */
  private value(element: Element): readonly Word[] {
    const value = valueOf(element);
    return value === "" && deletes(element.marks.change) ? [] : asWords([value], element.span);
  }

  private get scope(): Scope {
    return { schema: this.schema, list: undefined, path: this.path };
  }

  /** Merges the statement of the words, or does with it what its element asks for; `isFirst` of several values. */
  private write(
    element: Element,
    words: readonly Word[],
    isFirst = true,
  ): readonly [readonly Step[], Placed] | undefined {
    const { marks } = element;
    const change = this.changeOf(marks);
    const where = { draft: this.draft, node: this.node, scope: this.scope, report: this.report };
    const named = resolve(where.scope, words, deletes(change) ? "name" : "write", this.report);
    if (named === undefined) return undefined;
    if (change !== undefined && deletes(change)) {
      deleteStatement(where, named, change);
      return undefined;
    }
    if (this.leadsOnly && change === undefined && !leadsOn(where, named)) return undefined;
    const steps = beforeMerge(where, named, change);
    if (steps === undefined) return undefined;
    const unprotects = marks.protected === false;
    const placed = place(this.draft, this.node, steps, this.report, this.path, unprotects)?.at(-1);
    if (placed === undefined) return undefined;
    if (marks !== noMarks) this.mark(placed, steps, marks);
    return afterMerge(where, placed, change, isFirst) ? [steps, placed] : undefined;
  }

  /** What the element asks for, when it may. */
  private changeOf({ change }: Marks): Change | undefined {
    if (change === undefined) return undefined;
    if (!this.context.mayChange) {
      const hint = "leave the attribute out: there is nothing here that could be changed";
      this.error(
        "load.unknown-attribute",
        change.span,
        "this asks for a change, and the document is a whole configuration",
        hint,
      );
      return undefined;
    }
    if (change.operation !== "replace-tag") return change;
    if (this.context.replaces) return { ...change, operation: "replace" };
    const message = 'replace="replace" has no effect in this kind of load: the statement is merged';
    this.report.warning("load.replace-tag", change.span, message, { path: this.path, hint: "use load replace" });
    return change;
  }

  private holder(element: Element, words: readonly Word[], children: readonly Element[]): void {
    const leadsOnly = this.leadsOnly && element.marks.change === undefined;
    const [steps, placed] = this.write(leadsOnly ? { ...element, marks: noMarks } : element, words) ?? [];
    if (steps === undefined || placed === undefined || !isHolder(placed.step.schema)) return;
    const node = this.draft.own(placed.parent, placed.id, placed.step.schema);
    if (node === undefined) return;
    if (placed.step.schema === unknownStatement && children.length > 0) node.layout = "block";
    const path = [...this.path, ...pathOfSteps(steps)];
    new Level(this.context, node, placed.step.schema, path, leadsOnly).shape(children);
  }

  private mark({ parent, id }: Placed, steps: readonly Step[], marks: Marks): void {
    const way = steps.map((step) => childId(step.word, step.keys)).join("\u0001");
    // Of several values the first one has the annotation.
    this.marks.set(way, { parent, id, marks: { ...marks, ...this.marks.get(way)?.marks } });
  }

  /** The keys as words, each at its own place, and the elements that are no keys. */
  private keys(
    element: Element,
    word: string,
    schema: AnyList,
  ): { readonly words: readonly Word[]; readonly rest: readonly Element[] } | undefined {
    const words: Word[] = [];
    let previous = "";
    for (const key of schema.keys) {
      if (key.writtenAfter?.includes(previous) === false) continue;
      const [found, second] = element.children.filter(({ name }) => name === key.name);
      if (found === undefined && isLeftOut(key, undefined)) continue;
      if (found === undefined) {
        const hint = `add "${key.name}" with a ${key.type.placeholder}`;
        this.error("schema.missing-key", element.span, `"${element.name}" needs a "${key.name}"`, hint, [word]);
        return undefined;
      }
      if (second !== undefined) {
        this.error("schema.repeated", second.span, `"${key.name}" stands twice here`, "leave one of them out", [word]);
        return undefined;
      }
      // The words of a statement that no schema knows stand in one text; each of them is measured when it is read.
      if (!this.isValue(found, word, schema === unknownStatement ? textLengthMax : wordLengthMax)) return undefined;
      if (key.word !== undefined) words.push(...asWords([key.word], found.span));
      previous = valueOf(found);
      words.push(...asWords([previous], found.span));
    }
    const names = schema.keys.map(({ name }) => name);
    return { words, rest: element.children.filter(({ name }) => !names.includes(name)) };
  }

  /** False, with an error, when the element holds something else than its statement takes. */
  private fits(element: Element, word: string, schema: SchemaNode): boolean {
    if (schema.kind === "leaf" || schema.kind === "leaf-list") return this.isValue(element, word);
    const { text, children, span } = element;
    if (text.trim() !== "") {
      const hint = schema.kind === "flag" ? "leave the value out" : "put the value into an element of its own";
      this.error("schema.unexpected-word", span, `"${word}" takes no value`, hint);
      return false;
    }
    if (schema.kind === "flag" && children.length > 0) {
      this.error("schema.no-block", span, `"${word}" holds no statements`, "leave out what stands inside");
      return false;
    }
    return true;
  }

  private isValue({ name, text, children, span }: Element, word: string, lengthMax = wordLengthMax): boolean {
    if (children.length > 0) {
      this.error("schema.no-block", span, `"${name}" holds a value and no statements`, "write the value alone", [word]);
      return false;
    }
    if (text.length <= lengthMax) return true;
    this.error(
      "syntax.too-long",
      span,
      `a value of ${text.length} characters is too long`,
      `at most ${lengthMax} may stand here`,
    );
    return false;
  }

  private unknown(element: Element, meanings: ReadonlyMap<string, Meaning>): void {
    const { name, text, children, span } = element;
    // A value that is one of some words may be an element with the name of the word: `<deny-all/>`.
    const { positional } = indexOf(this.schema);
    if (positional?.schema.type.words?.[name] !== undefined && text.trim() === "") {
      return this.statement({ ...element, text: name }, positional.word, positional.schema);
    }
    if (this.keepsUnknown()) {
      const [first, ...others] = children;
      if (first?.name === "name" && first.children.length === 0)
        return this.holder(element, asWords([name, valueOf(first)], span), others);
      const words = text.trim() === "" ? [name] : [name, valueOf(element)];
      return this.holder(element, asWords(words, span), children);
    }
    const names = [...meanings.keys()].filter((known) => known !== unknownWord && !isAnyLevel(known));
    const known = names.length > 12 ? `${names.slice(0, 12).join(", ")} …` : names.join(", ");
    const none = "nothing more may stand here";
    const hint = names.length === 0 ? none : (didYouMean(name, names) ?? `one of these may stand here: ${known}`);
    this.error("schema.unknown-statement", span, `unknown statement ${shownWord(name)}`, hint);
  }

  /** The element that stands for a statement which was kept although no schema knows it. */
  private keptBefore(element: Element, word: string): void {
    const keys = this.keys(element, word, unknownStatement);
    if (keys === undefined) return;
    const words = keys.words.flatMap(({ text }) => splitWords(text));
    if (words.length > 0) return this.holder(element, asWords(words, element.span), keys.rest);
    this.error("schema.missing-key", element.span, `"${word}" needs a word`, "write the words of the statement", [
      word,
    ]);
  }

  private keepsUnknown(): boolean {
    return this.report.keepsUnknown || keepsAll(this.schema);
  }

  private error(code: string, span: Span, message: string, hint?: string, below: readonly string[] = []): void {
    this.report.error(code, span, message, { path: [...this.path, ...below], hint });
  }
}

/** The text of an element; line breaks at its ends, with the blanks around them, are indentation. */
function valueOf({ text }: Element): string {
  return text.includes("\n") ? text.replace(/^\s*\n\s*/, "").replace(/\s*\n\s*$/, "") : text;
}
