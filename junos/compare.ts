// `show | compare`: what changes from one tree to another, in the form of the original. Lines stand under the `[edit …]`
// of their level: `+` new, `-` gone, `!` moved or (de)activated, and a blank before a neighbour that only shows the place.
// The depth of indentation follows real output: the level plus two columns, one less when a leaf begins the section.

import type { SchemaNode } from "@merlon/model/schema/node.ts";
import { headOf, printStatement } from "./print.ts";
import { quoteWord } from "./quote.ts";
import { sameMarks, sameTree, sameWords } from "./same-tree.ts";
import { indexOf, isHolder, rootSchema, wordsOf } from "./schema-index.ts";
import type { AnyContainer, AnyList, Holder } from "./schema-index.ts";
import { childId, emptyTree } from "./tree.ts";
import type { ConfigNode } from "./tree.ts";
import { endsLine, unknownStatement, wordOfUnknown } from "./unknown-statement.ts";

/** Empty exactly when the trees say the same. */
export function compareTrees(before: ConfigNode, after: ConfigNode): string {
  const comparison = new Comparison();
  comparison.children(before, after, rootSchema, { path: [], depth: 0, prefix: "" });
  return comparison.text();
}

interface Level {
  /** The words of `[edit …]`. */
  readonly path: readonly string[];
  readonly depth: number;
  /** The word of an inline container, written before each of its statements. */
  readonly prefix: string;
}

type Sign = "+" | "-" | "!" | " ";

/** Holds the lines and the section that they belong to. */
class Comparison {
  private readonly lines: string[] = [];
  /** What the present section is about; a change of it begins a new `[edit …]`. */
  private section = "";
  private pad = "";

  text(): string {
    return this.lines.length === 0 ? "" : `${this.lines.join("\n")}\n`;
  }

  children(before: ConfigNode, after: ConfigNode, schema: Holder, level: Level): void {
    if (before.children === after.children) return;
    const olds = byWord(before);
    const news = byWord(after);
    for (const [word, childSchema] of indexOf(schema).byWord) {
      const old = olds.get(word) ?? [];
      const fresh = news.get(word) ?? [];
      if (old.length === 0 && fresh.length === 0) continue;
      if (childSchema.kind === "list") this.list(old, fresh, word, childSchema, schema, level);
      else this.single(old[0], fresh[0], childSchema, level);
    }
  }

  private single(old: ConfigNode | undefined, fresh: ConfigNode | undefined, schema: SchemaNode, level: Level): void {
    if (schema.kind === "container" && schema.inline && isPlain(old) && isPlain(fresh)) {
      return this.inline(old, fresh, schema, level);
    }
    if (old === undefined || fresh === undefined) {
      if (old !== undefined) this.whole("-", old, schema, level, false);
      if (fresh !== undefined) this.whole("+", fresh, schema, level, false);
    } else if (isHolder(schema)) this.holder(old, fresh, schema, level, false);
    else if (!sameTree(old, fresh)) this.leaf(old, fresh, schema, level);
  }

  private inline(old: ConfigNode | undefined, fresh: ConfigNode | undefined, schema: AnyContainer, level: Level): void {
    const word = (old ?? fresh ?? emptyTree).word;
    const inner = { ...level, depth: level.depth + 1, prefix: `${level.prefix}${word} ` };
    this.children(old ?? emptyTree, fresh ?? emptyTree, schema, inner);
  }

  private leaf(old: ConfigNode, fresh: ConfigNode, schema: SchemaNode, level: Level): void {
    const sameText =
      sameWords(old.values, fresh.values) && old.inactive === fresh.inactive && old.protected === fresh.protected;
    if (old.comment !== fresh.comment) this.comments(old, fresh, schema, level);
    const bare = withoutComment(fresh);
    if (sameText) this.whole(" ", bare, schema, level, false);
    else {
      this.whole("-", withoutComment(old), schema, level, false);
      this.whole("+", bare, schema, level, false);
    }
  }

  private holder(old: ConfigNode, fresh: ConfigNode, schema: Holder, level: Level, inList: boolean): void {
    if (old === fresh) return;
    const name = `${level.prefix}${headOf(fresh, schema, inList)} { ... }`;
    const emit = (sign: Sign, text: string): void => this.emit(sign, [text], schema, level, fresh.word);
    if (old.comment !== fresh.comment) {
      this.comments(old, fresh, schema, level);
      if (old.inactive === fresh.inactive && old.protected === fresh.protected) emit(" ", name);
    }
    if (old.inactive !== fresh.inactive) emit("!", `${fresh.inactive ? "inactive" : "active"}: ${name}`);
    if (old.protected !== fresh.protected) emit("!", `${fresh.protected ? "protect" : "unprotect"}: ${name}`);
    if (schema === unknownStatement) return this.unknown(old, fresh, level);
    const own = wordsOf(schema, fresh.word, fresh.keys).map(quoteWord);
    const prefix = level.prefix.trimEnd();
    const words = [...(prefix === "" ? [] : prefix.split(" ")), ...(inList ? own.slice(1) : own)];
    this.children(old, fresh, schema, { path: [...level.path, ...words], depth: level.depth + 1, prefix: "" });
  }

  /** Below a word that no schema knows: its line goes on, unless it ends there. */
  private unknown(old: ConfigNode, fresh: ConfigNode, level: Level): void {
    const words = `${level.prefix}${quoteWord(wordOfUnknown(fresh))}`;
    if (fresh.children.size > 0 && !endsLine(fresh)) {
      return this.children(old, fresh, unknownStatement, { ...level, prefix: `${words} ` });
    }
    const path = [...level.path, words];
    this.children(old, fresh, unknownStatement, { path, depth: level.depth + 1, prefix: "" });
    // Without what stood below it the word would vanish.
    if (fresh.children.size === 0 && old.children.size > 0 && isPlain(fresh))
      this.whole("+", fresh, unknownStatement, level, false);
  }

  private comments(old: ConfigNode, fresh: ConfigNode, schema: SchemaNode, level: Level): void {
    if (old.comment !== undefined) this.emit("-", [`/* ${old.comment} */`], schema, level, fresh.word);
    if (fresh.comment !== undefined) this.emit("+", [`/* ${fresh.comment} */`], schema, level, fresh.word);
  }

  private list(
    old: readonly ConfigNode[],
    fresh: readonly ConfigNode[],
    word: string,
    schema: AnyList,
    parent: Holder,
    level: Level,
  ): void {
    if (schema.block && (old.length === 0 || fresh.length === 0)) {
      const sign = old.length === 0 ? "+" : "-";
      const lines = (old.length === 0 ? fresh : old).flatMap((node) =>
        printStatement(node, schema, { indent: "    ", inList: true }),
      );
      this.emit(sign, [`${level.prefix}${word} {`, ...lines, "}"], schema, level, word);
      return;
    }
    // The original has a container of its own at the top where we have a block of entries (`interfaces`).
    const extra = schema.block && parent === rootSchema ? 1 : 0;
    const inner = schema.block ? { ...level, path: [...level.path, word], depth: level.depth + extra } : level;
    this.entries(old, fresh, schema, inner);
  }

  private entries(old: readonly ConfigNode[], fresh: readonly ConfigNode[], schema: AnyList, level: Level): void {
    // Most entries stand where they stood: only the stretch between the equal ends is compared by name.
    const start = countSameNames(old, fresh, (at) => at);
    const tail = countSameNames(old.slice(start), fresh.slice(start), (at) => -1 - at);
    const inPlace = (at: number): void => this.holderAt(old.at(at), fresh.at(at), schema, level);
    for (let at = 0; at < start; at++) inPlace(at);
    if (start + tail < Math.max(old.length, fresh.length)) {
      this.middle(old.slice(start, old.length - tail), fresh, start, fresh.length - tail, schema, level);
    }
    for (let at = -tail; at < 0; at++) inPlace(at);
  }

  private holderAt(old: ConfigNode | undefined, fresh: ConfigNode | undefined, schema: AnyList, level: Level): void {
    if (old !== undefined && fresh !== undefined) this.holder(old, fresh, schema, level, schema.block);
  }

  /** Compares `old` with the entries of `fresh` from `start` to before `end`. */
  private middle(
    old: readonly ConfigNode[],
    fresh: readonly ConfigNode[],
    start: number,
    end: number,
    schema: AnyList,
    level: Level,
  ): void {
    const oldById = new Map(old.map((node) => [idOf(node), node]));
    const freshIds = new Set(fresh.slice(start, end).map(idOf));
    const moved = new Set<string>();
    const context = new Context();
    let next = 0;
    /** Passes over old entries up to the next one that still waits for its place; those that are gone are shown. */
    const skip = (): ConfigNode | undefined => {
      for (; next < old.length; next++) {
        const node = old[next];
        if (node === undefined || moved.has(idOf(node))) continue;
        if (freshIds.has(idOf(node))) return node;
        this.whole("-", node, schema, level, schema.block);
      }
      return undefined;
    };
    for (let at = start; at < end; at++) {
      const node = fresh[at] ?? emptyTree;
      const known = oldById.get(idOf(node));
      if (known === undefined) {
        if (schema.ordered) this.neighbour(context.before(at), fresh, schema, level);
        this.whole("+", node, schema, level, schema.block);
        context.added(at);
        continue;
      }
      const expected = skip();
      if (expected === undefined || idOf(expected) !== idOf(node)) {
        moved.add(idOf(node));
        // The new place is behind the entry named last, or at the start: that is how a patch is read.
        this.neighbour(context.before(at), fresh, schema, level);
        const text = `${level.prefix}${headOf(node, schema, schema.block)} { ... }`;
        this.emit("!", [text], schema, level, node.word);
        context.shown(at);
      } else {
        if (schema.ordered && context.wantsAfter(at)) this.neighbour(at, fresh, schema, level, context);
        next += 1;
      }
      this.holder(known, node, schema, level, schema.block);
    }
    skip();
    if (schema.ordered && end < fresh.length && context.wantsAfter(end))
      this.neighbour(end, fresh, schema, level, context);
  }

  private neighbour(
    at: number | undefined,
    fresh: readonly ConfigNode[],
    schema: AnyList,
    level: Level,
    context?: Context,
  ): void {
    const node = at === undefined ? undefined : fresh[at];
    if (node === undefined || at === undefined) return;
    context?.shown(at);
    this.emit(" ", [`${level.prefix}${headOf(node, schema, schema.block)} { ... }`], schema, level, node.word);
  }

  /** A whole statement with one sign before each line. */
  private whole(sign: Sign, node: ConfigNode, schema: SchemaNode, level: Level, inList: boolean): void {
    this.emit(sign, printStatement(node, schema, { prefix: level.prefix, inList }), schema, level, node.word);
  }

  private emit(sign: Sign, lines: readonly string[], schema: SchemaNode, level: Level, word: string): void {
    const group = schema.kind === "list" ? `list ${word}` : "";
    const section = `${level.path.join(" ")}\n${level.depth}\n${group}`;
    if (section !== this.section) {
      this.section = section;
      this.pad = " ".repeat(level.depth + (isHolder(schema) ? 2 : 1));
      this.lines.push(`[edit${level.path.map((part) => ` ${part}`).join("")}]`);
    }
    for (const line of lines.flatMap((text) => text.split("\n"))) this.lines.push(`${sign}${this.pad}${line}`);
  }
}

/** Which unchanged neighbours of new entries are shown: the one before, and the one after. */
class Context {
  private lastAdded = -1;
  private lastShown = -1;

  /** The entry before a new one, when it is neither new nor shown already. */
  before(at: number): number | undefined {
    const before = at - 1;
    if (before < 0 || before === this.lastAdded || before === this.lastShown) return undefined;
    this.lastShown = before;
    return before;
  }

  added(at: number): void {
    this.lastAdded = at;
  }

  wantsAfter(at: number): boolean {
    return at > 0 && at - 1 === this.lastAdded;
  }

  shown(at: number): void {
    this.lastShown = at;
  }
}

function byWord(node: ConfigNode): Map<string, ConfigNode[]> {
  const groups = new Map<string, ConfigNode[]>();
  for (const child of node.children.values()) {
    const group = groups.get(child.word);
    if (group === undefined) groups.set(child.word, [child]);
    else group.push(child);
  }
  return groups;
}

/** How many entries have the same keys, counted from one end: `index` turns a count into a position. */
function countSameNames(
  old: readonly ConfigNode[],
  fresh: readonly ConfigNode[],
  index: (count: number) => number,
): number {
  const most = Math.min(old.length, fresh.length);
  let count = 0;
  for (; count < most; count++) {
    const [a, b] = [old.at(index(count)), fresh.at(index(count))];
    if (a === undefined || b === undefined || (a !== b && !sameWords(a.keys, b.keys))) break;
  }
  return count;
}

function idOf(node: ConfigNode): string {
  return childId(node.word, node.keys);
}

/** Absent, or without marks and comment. */
function isPlain(node: ConfigNode | undefined): boolean {
  return node === undefined || sameMarks(node, emptyTree);
}

function withoutComment(node: ConfigNode): ConfigNode {
  const { comment: _, ...rest } = node;
  return rest;
}
