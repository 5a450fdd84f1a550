// Elements of XML or JSON → tree. Each element is turned into the words that would stand for it in text, and `resolve`
// says what they mean: one place decides for all forms. An element that makes no sense is left out whole, with one error.

import type { Span } from "@merlon/model/diagnostic.ts";
import type { SchemaNode } from "@merlon/model/schema/node.ts";
import { shownWord } from "@merlon/model/shown-word.ts";
import { Draft } from "./draft.ts";
import type { DraftNode } from "./draft.ts";
import { isLeftOut, meaningsOf } from "./element-names.ts";
import type { Meaning } from "./element-names.ts";
import { noMarks } from "./element.ts";
import type { Element, Marks } from "./element.ts";
import type { Loaded } from "./load.ts";
import type { Report } from "./report.ts";
import { isAnyLevel } from "./group-schema.ts";
import { asWords, keepsAll, pathOfSteps, resolve } from "./resolve.ts";
import type { Step } from "./resolve.ts";
import { indexOf, isHolder, rootSchema } from "./schema-index.ts";
import type { AnyList, Holder } from "./schema-index.ts";
import { place } from "./shape.ts";
import type { Placed } from "./shape.ts";
import { didYouMean } from "./suggest.ts";
import { wordLengthMax } from "./tokens.ts";
import type { Word } from "./tokens.ts";
import { emptyTree } from "./tree.ts";
import type { ConfigNode } from "./tree.ts";
import { unknownKey, unknownStatement, unknownWord, wordsOfUnknown } from "./unknown-statement.ts";

export interface ReadOptions {
  /** The name of the text in diagnostics: a file name, `<stdin>`. */
  readonly source: string;
  /** What the document is merged into; nothing by default. */
  readonly base?: ConfigNode;
  /** Statements that are not known are kept, with one warning, and not refused. */
  readonly keepUnknown?: boolean;
}

/** The tree that the `configuration` elements make; as in `load`, it holds all that was understood beside the errors. */
export function treeOfElements(
  configurations: readonly Element[],
  { base = emptyTree }: ReadOptions,
  report: Report,
): Loaded {
  const draft = new Draft(base, rootSchema);
  for (const { children } of configurations) {
    new Level(draft, draft.root, rootSchema, [], report).shape(children);
  }
  report.warnUnknown();
  return { tree: draft.finish(), diagnostics: report.diagnostics };
}

/** The statements of one element that is a container, a list entry, or the whole. */
class Level {
  private readonly draft: Draft;
  private readonly node: DraftNode;
  private readonly schema: Holder;
  private readonly path: readonly string[];
  private readonly report: Report;
  /** By child id. Marks are set at the end, because a protected statement takes no more of its elements. */
  private readonly marks = new Map<string, Marks>();
  /** The marks of each leaf, flag and leaf-list when it was first met. */
  private readonly met = new Map<string, Marks>();

  constructor(draft: Draft, node: DraftNode, schema: Holder, path: readonly string[], report: Report) {
    this.draft = draft;
    this.node = node;
    this.schema = schema;
    this.path = path;
    this.report = report;
  }

  shape(elements: readonly Element[]): void {
    const meanings = meaningsOf(this.schema);
    for (const element of elements) {
      if (this.report.full) break;
      const meaning = meanings.get(element.name);
      if (meaning === undefined) this.unknown(element, meanings);
      else this.statement(element, meaning.word, meaning.schema);
    }
    for (const [id, { inactive, protected: isProtected, comment }] of this.marks) {
      const node = this.draft.loosen(this.node, id);
      if (node === undefined) continue;
      if (inactive) node.inactive = true;
      if (isProtected) node.protected = true;
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
        if (this.isFirst(element, word)) this.write(element, [...head, ...asWords([valueOf(element)], element.span)]);
        return;
      case "leaf-list":
        if (this.isMarkedAlike(element, word))
          this.write(element, [...head, ...asWords([valueOf(element)], element.span)]);
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
    if (first.inactive === marks.inactive && first.protected === marks.protected) return true;
    const hint = "give all values of the statement the same marks";
    this.error("edit.whole-statement", span, `"${word}" is marked in one of its values`, hint);
    return false;
  }

  private holder(element: Element, words: readonly Word[], children: readonly Element[]): void {
    const steps = this.resolve(words);
    if (steps !== undefined) this.enter(element, steps, children);
  }

  private write(element: Element, words: readonly Word[]): void {
    const steps = this.resolve(words);
    if (steps !== undefined) this.place(element, steps);
  }

  private resolve(words: readonly Word[]): readonly Step[] | undefined {
    return resolve({ schema: this.schema, list: undefined, path: this.path }, words, "write", this.report);
  }

  private place(element: Element, steps: readonly Step[]): Placed | undefined {
    const placed = place(this.draft, this.node, steps, this.report, this.path)?.at(-1);
    if (placed !== undefined && element.marks !== noMarks) this.mark(placed.id, element.marks);
    return placed;
  }

  private enter(element: Element, steps: readonly Step[], children: readonly Element[]): void {
    const placed = this.place(element, steps);
    if (placed === undefined || !isHolder(placed.step.schema)) return;
    const node = this.draft.own(placed.parent, placed.id, placed.step.schema);
    if (node === undefined) return;
    const path = [...this.path, ...pathOfSteps([placed.step])];
    new Level(this.draft, node, placed.step.schema, path, this.report).shape(children);
  }

  private mark(id: string, marks: Marks): void {
    const { inactive, protected: isProtected, comment } = this.marks.get(id) ?? noMarks;
    const kept = comment ?? marks.comment;
    const both = { inactive: inactive || marks.inactive, protected: isProtected || marks.protected };
    this.marks.set(id, kept === undefined ? both : { ...both, comment: kept });
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
      if (!this.isValue(found, word)) return undefined;
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

  private isValue({ name, text, children, span }: Element, word: string): boolean {
    if (children.length > 0) {
      this.error("schema.no-block", span, `"${name}" holds a value and no statements`, "write the value alone", [word]);
      return false;
    }
    if (text.length <= wordLengthMax) return true;
    this.error(
      "syntax.too-long",
      span,
      `a value of ${text.length} characters is too long`,
      `at most ${wordLengthMax} may stand here`,
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
        return this.keep(element, [name, valueOf(first)], others);
      return this.keep(element, text.trim() === "" ? [name] : [name, valueOf(element)], children);
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
    const words = wordsOfUnknown(keys.words.map(({ text }) => text));
    const [name = ""] = words;
    if (this.keepsUnknown()) return this.keep(element, words, keys.rest);
    this.error("schema.unknown-statement", element.span, `unknown statement ${shownWord(name)}`);
  }

  private keepsUnknown(): boolean {
    return this.report.keepsUnknown || keepsAll(this.schema);
  }

  /** Elements have names, so nothing must be found out about one that no schema knows. */
  private keep(element: Element, words: readonly string[], children: readonly Element[]): void {
    const { span } = element;
    const keys = [unknownKey(words)];
    const step = { schema: unknownStatement, word: unknownWord, keys, values: [], stay: false, span };
    if (!keepsAll(this.schema)) this.report.countUnknown(span, this.path);
    this.enter(element, [step], children);
  }

  private error(code: string, span: Span, message: string, hint?: string, below: readonly string[] = []): void {
    this.report.error(code, span, message, { path: [...this.path, ...below], hint });
  }
}

/** The text of an element; line breaks at its ends, with the blanks around them, are indentation. */
function valueOf({ text }: Element): string {
  return text.includes("\n") ? text.replace(/^\s*\n\s*/, "").replace(/\s*\n\s*$/, "") : text;
}
