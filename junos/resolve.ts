// Words → statements of the schema. One run of words may go down several levels and name several leaves of the last one:
// `security policies global policy p match source-address any application any`. The result is a list of steps that the
// shaper, the commands and `delete` all follow; nothing else decides what a word means.

import type { Span } from "@merlon/model/diagnostic.ts";
import type { Leaf, LeafList, SchemaNode } from "@merlon/model/schema/node.ts";
import type { ValueType } from "@merlon/model/schema/value.ts";
import { shownWord } from "@merlon/model/shown-word.ts";
import { isAnyLevel } from "./group-schema.ts";
import { isList } from "./parse.ts";
import type { Item, WordList } from "./parse.ts";
import { plainSpan, spanOver } from "./report.ts";
import type { Report } from "./report.ts";
import { hasKeyword, indexOf, isHolder, wordsOf } from "./schema-index.ts";
import type { AnyList, Holder } from "./schema-index.ts";
import { didYouMean } from "@merlon/model/did-you-mean.ts";
import { unknownDepthMax, unknownStatement, unknownWord } from "./unknown-statement.ts";
import type { Word } from "./tokens.ts";
import { verbs } from "./verbs.ts";

/** One statement on the way. The next step stands below this one, unless `stay` is set: then both have one parent. */
export interface Step {
  readonly schema: SchemaNode;
  readonly word: string;
  /** Empty for a list when all its entries are meant. */
  readonly keys: readonly string[];
  readonly values: readonly string[];
  readonly stay: boolean;
  readonly span: Span;
}

/** Where words are read: below `schema`, or as keys of `list` when they stand in the block of that list. */
export interface Scope {
  readonly schema: Holder;
  readonly list: { readonly word: string; readonly schema: AnyList } | undefined;
  readonly path: readonly string[];
}

/** `write`: every leaf needs its value and every list entry its keys. `name`: an existing statement is pointed at. */
export type Intent = "write" | "name";

/** The steps that the items name; undefined, with an error in the report, when they make no sense. */
export function resolve(scope: Scope, items: readonly Item[], intent: Intent, report: Report): Step[] | undefined {
  const resolver = new Resolver(scope, items, intent, report);
  return resolver.run() ? resolver.steps : undefined;
}

/** A configuration has a million statements without keys or values. */
const none: readonly string[] = [];

class Resolver {
  readonly steps: Step[] = [];
  private readonly scope: Scope;
  private readonly items: readonly Item[];
  private readonly intent: Intent;
  private readonly report: Report;
  private schema: Holder;
  private at = 0;

  constructor(scope: Scope, items: readonly Item[], intent: Intent, report: Report) {
    this.scope = scope;
    this.items = items;
    this.intent = intent;
    this.report = report;
    this.schema = scope.schema;
  }

  run(): boolean {
    const { list } = this.scope;
    if (list !== undefined && !this.entry(list.word, list.schema, this.items[0])) return false;
    while (this.at < this.items.length) if (!this.statement()) return false;
    return true;
  }

  private statement(): boolean {
    const item = this.items[this.at];
    if (item === undefined) return false;
    const last = this.steps.at(-1);
    if (last?.stay === true && isHolder(last.schema))
      return this.fail("schema.unexpected-word", item, "nothing may follow the list");
    if (isList(item)) {
      if (this.schema === unknownStatement) return this.keepEach(item);
      return this.fail("schema.unexpected-list", item, "a list stands where a statement should begin");
    }
    const index = indexOf(this.schema);
    // A value without keyword that looks like a keyword stands between quotes.
    const isValue = item.quoted && index.keywordless.length > 0;
    const schema = isValue ? undefined : index.byWord.get(item.text);
    if (schema === undefined || schema === unknownStatement) {
      const kept = this.report.keepsUnknown || keepsAll(this.schema);
      return index.keywordless.length > 0 ? this.keywordless(item, kept) : kept ? this.keep(item) : this.unknown(item);
    }
    this.at += 1;
    switch (schema.kind) {
      case "container":
        this.push({ schema, word: item.text, keys: none, values: none, stay: false, span: plainSpan(item) });
        this.schema = schema;
        return true;
      case "list":
        return this.entry(item.text, schema, item);
      case "flag":
        this.push({ schema, word: item.text, keys: none, values: none, stay: true, span: plainSpan(item) });
        return true;
      case "leaf":
        return this.leaf(item, schema);
      case "leaf-list":
        return this.leafList(item, schema);
    }
  }

  private push(step: Step): void {
    this.steps.push(step);
  }

  private leaf(keyword: Word, schema: Leaf<unknown>): boolean {
    const item = this.items[this.at];
    if (item === undefined) {
      if (this.intent === "name") {
        this.push({ schema, word: keyword.text, keys: none, values: none, stay: true, span: plainSpan(keyword) });
        return true;
      }
      return this.missing("schema.missing-value", keyword, `"${keyword.text}" needs a value`, schema.type);
    }
    if (isList(item)) return this.fail("schema.unexpected-list", item, `"${keyword.text}" takes one value, not a list`);
    return this.value(keyword.text, schema, item, spanOver(keyword, item));
  }

  /** A value or a name without keyword; the first statement that takes the word has it. */
  private keywordless(item: Word, kept: boolean): boolean {
    const { keywordless, byWord } = indexOf(this.schema);
    const taking = keywordless.find(({ schema }) => "value" in (typeOf(schema)?.parse(item.text) ?? {}));
    // A word that is neither a keyword nor a value is more likely a mistyped keyword when one is near.
    if (taking === undefined && (kept || didYouMean(item.text, byWord.keys()) !== undefined))
      return kept ? this.keep(item) : this.unknown(item);
    const { word, schema } = taking ?? keywordless[0] ?? {};
    if (word === undefined || schema === undefined) return this.unknown(item);
    return schema.kind === "leaf" ? this.value(word, schema, item, plainSpan(item)) : this.entry(word, schema, item);
  }

  /** A word that no schema knows; what follows it stands below it. */
  private keep(item: Word): boolean {
    if (!this.keepsWord(item)) return false;
    if (!keepsAll(this.schema)) this.report.countUnknown(plainSpan(item), this.scope.path);
    this.at += 1;
    this.push({
      schema: unknownStatement,
      word: unknownWord,
      keys: [item.text],
      values: [],
      stay: false,
      span: plainSpan(item),
    });
    this.schema = unknownStatement;
    return true;
  }

  /** A list in brackets behind such a word makes a statement of each value. */
  private keepEach({ words, ...list }: WordList): boolean {
    this.at += 1;
    for (const item of words) {
      if (!this.keepsWord(item)) return false;
      const span = plainSpan(item);
      this.push({ schema: unknownStatement, word: unknownWord, keys: [item.text], values: [], stay: true, span });
    }
    return (
      words.length > 0 ||
      this.missing("schema.missing-value", list, "the list is empty", unknownStatement.keys[0]?.type)
    );
  }

  private keepsWord(item: Word): boolean {
    const type = unknownStatement.keys[0]?.type;
    if (type === undefined || !this.accepts(type, item, [])) return false;
    const known = indexOf(this.schema).byWord.get(item.text);
    if (known !== undefined && known !== unknownStatement) {
      return this.fail(
        "schema.unexpected-list",
        item,
        `${shownWord(item.text)} begins a statement and is no value here`,
      );
    }
    if (this.path().length < unknownDepthMax) return true;
    const message = `more than ${unknownDepthMax} words stand below each other in a statement that is not known`;
    this.report.error("syntax.too-deep", item, message, {
      path: this.path(),
      hint: "this is no configuration of this system",
    });
    return false;
  }

  private value(word: string, schema: Leaf<unknown>, item: Word, span: Span): boolean {
    this.at += 1;
    if (!this.accepts(schema.type, item, [word])) return false;
    this.push({ schema, word, keys: none, values: [item.text], stay: true, span });
    return true;
  }

  private leafList(keyword: Word, schema: LeafList<unknown>): boolean {
    const item = this.items[this.at];
    const words = item === undefined ? [] : isList(item) ? item.words : [item];
    if (words.length === 0 && this.intent === "write") {
      return this.missing("schema.missing-value", keyword, `"${keyword.text}" needs a value`, schema.type);
    }
    this.at += 1;
    let good = true;
    for (const word of words) if (!this.accepts(schema.type, word, [keyword.text])) good = false;
    const values = words.map(({ text }) => text);
    const span = item === undefined ? plainSpan(keyword) : spanOver(keyword, item);
    this.push({ schema, word: keyword.text, keys: none, values, stay: true, span });
    return good;
  }

  /** Reads the keys of a list entry; `first` is the item that an error without place of its own points at. */
  private entry(word: string, schema: AnyList, first: Item | undefined): boolean {
    const start = this.items[this.at];
    if (start === undefined || first === undefined) {
      if (this.intent === "name") {
        const span = plainSpan(first ?? noPlace);
        this.push({ schema, word, keys: none, values: none, stay: true, span });
        return true;
      }
      return this.missing("schema.missing-key", first ?? noPlace, `"${word}" needs a name`, schema.keys[0]?.type);
    }
    if (isList(start)) return this.entries(word, schema, first, start.words);
    const keys: string[] = [];
    for (const key of schema.keys) {
      if (key.writtenAfter?.includes(keys.at(-1) ?? "") === false) {
        keys.push("");
        continue;
      }
      if (key.word !== undefined && !this.keyWord(key.word, keys, word, schema)) return false;
      const item = this.items[this.at];
      if (item === undefined || isList(item)) {
        const after = this.items[this.at - 1] ?? first;
        return this.missing(
          "schema.missing-key",
          after,
          `a ${key.type.placeholder} is missing after ${shownWord(textOf(after))}`,
          key.type,
        );
      }
      if (!this.accepts(key.type, item, wordsOf(schema, word, keys))) return false;
      keys.push(item.text);
      this.at += 1;
    }
    const span = spanOver(first, this.items[this.at - 1] ?? first);
    // A copy of exactly the size: a list that grew keeps room for sixteen more.
    this.push({ schema, word, keys: [...keys], values: none, stay: false, span });
    this.schema = schema;
    return true;
  }

  private keyWord(keyWord: string, keys: readonly string[], word: string, schema: AnyList): boolean {
    const item = this.items[this.at];
    if (item !== undefined && !isList(item) && item.text === keyWord) {
      this.at += 1;
      return true;
    }
    const path = [...this.path(), ...wordsOf(schema, word, keys)];
    const place = item ?? this.items[this.at - 1];
    this.report.error(
      "schema.missing-key",
      place,
      `"${keyWord}" is missing after "${wordsOf(schema, word, keys).join(" ")}"`,
      {
        path,
        hint: `write ${wordsOf(
          schema,
          word,
          schema.keys.map(({ type }) => type.placeholder),
        ).join(" ")}`,
      },
    );
    return false;
  }

  /** `system-services [ ping ssh ]`: several entries at once. */
  private entries(word: string, schema: AnyList, first: Item, words: readonly Word[]): boolean {
    const key = schema.keys[0];
    this.at += 1;
    if (key === undefined || schema.keys.length > 1) {
      return this.fail("schema.unexpected-list", first, `"${word}" takes one entry at a time, not a list`);
    }
    for (const item of words) {
      if (!this.accepts(key.type, item, [word])) return false;
      this.push({ schema, word, keys: [item.text], values: none, stay: true, span: plainSpan(item) });
    }
    return words.length > 0 || this.missing("schema.missing-key", first, `"${word}" needs a name`, key.type);
  }

  private accepts(type: ValueType<unknown>, item: Word, words: readonly string[]): boolean {
    const parsed = type.parse(item.text);
    if ("value" in parsed) return true;
    const hint = type.words === undefined ? undefined : didYouMean(item.text, Object.keys(type.words));
    this.report.error("schema.wrong-value", item, parsed.error, { path: [...this.path(), ...words], hint });
    return false;
  }

  private unknown(item: Word): boolean {
    const { byWord } = indexOf(this.schema);
    // A line at the top may have been meant as a command.
    const commands = this.intent === "write" && this.path().length === 0 ? verbs : [];
    // What may stand everywhere says nothing about this place.
    const words = [...byWord].flatMap(([word, schema]) => (isAnyLevel(word) || !hasKeyword(schema) ? [] : [word]));
    const known = words.length > 12 ? `${words.slice(0, 12).join(", ")} …` : words.join(", ");
    const hint =
      words.length === 0
        ? "nothing more may stand here"
        : (didYouMean(item.text, [...byWord.keys(), ...commands]) ?? `one of these may stand here: ${known}`);
    this.report.error("schema.unknown-statement", item, `unknown statement ${shownWord(item.text)}`, {
      path: this.path(),
      hint,
    });
    return false;
  }

  private missing(code: string, place: Span, message: string, type: ValueType<unknown> | undefined): boolean {
    const hint = type === undefined ? undefined : `add ${type.placeholder}`;
    this.report.error(code, place, message, { path: this.path(), hint });
    return false;
  }

  private fail(code: string, place: Span, message: string): boolean {
    this.report.error(code, place, message, { path: this.path() });
    return false;
  }

  private path(): readonly string[] {
    return [...this.scope.path, ...pathOfSteps(this.steps)];
  }
}

/** Everything below is kept as it is written. */
export function keepsAll(schema: Holder): boolean {
  return schema === unknownStatement || (schema.kind === "container" && schema.open === true);
}

function typeOf(schema: Leaf<unknown> | AnyList): ValueType<unknown> | undefined {
  return schema.kind === "leaf" ? schema.type : schema.keys[0]?.type;
}

const noPlace: Span = { source: "", line: 1, column: 1, endLine: 1, endColumn: 1 };

function textOf(item: Item | Span): string {
  return "text" in item ? (item as Word).text : "]";
}

/** Words that were not typed here, standing in the place of `span`. */
export function asWords(words: readonly string[], span: Span): Word[] {
  return words.map((text) => ({ ...spanOver(span, span), text, quoted: false }));
}

/** The set-style words of the steps that lead downwards; leaves and other steps that stay on their level are left out. */
export function pathOfSteps(steps: readonly Step[]): string[] {
  return steps.flatMap((step) =>
    isHolder(step.schema) && !step.stay ? wordsOf(step.schema, step.word, step.keys) : [],
  );
}
