// Tree → typed configuration. Inactive statements are left out; every container and list entry carries where it was
// written. The tree may come from a program and not from our parser, so values, keys and counts are checked here again.
// What was read without an error from a node of an earlier tree is taken from there: the very same objects.

import type { Diagnostic, Origin } from "@merlon/model/diagnostic.ts";
import type { Configuration } from "@merlon/model/schema/configuration.ts";
import { keptWords, origin, propertyName } from "@merlon/model/schema/node.ts";
import type { Leaf, LeafList, SchemaNode } from "@merlon/model/schema/node.ts";
import type { ValueType } from "@merlon/model/schema/value.ts";
import { shownWord } from "@merlon/model/shown-word.ts";
import { checkConstraints } from "./constraints.ts";
import { putTogether } from "./findings.ts";
import type { Finding } from "./findings.ts";
import { isInheritance } from "./group-schema.ts";
import { factsOf, hasFacts } from "./node-facts.ts";
import { Notices, wideHierarchies } from "./notices.ts";
import { References, useOf } from "./references.ts";
import type { Use } from "./references.ts";
import { Report } from "./report.ts";
import { indexOf, rootSchema, wordsOf } from "./schema-index.ts";
import type { AnyList, Holder } from "./schema-index.ts";
import { didYouMean } from "@merlon/model/did-you-mean.ts";
import type { ConfigNode } from "./tree.ts";

export interface ReadResult {
  /** Complete only when there are no errors: what is wrong is left out. */
  readonly configuration: Configuration;
  readonly diagnostics: readonly Diagnostic[];
}

export function readConfiguration(tree: ConfigNode): ReadResult {
  const reader = new Reader();
  const configuration = reader.holder(tree, rootSchema, [], {});
  reader.finish();
  checkConstraints(tree, reader.report);
  // The schema that the reader follows is the one that `Configuration` is inferred from.
  return { configuration: configuration as unknown as Configuration, diagnostics: reader.report.diagnostics };
}

type Properties = Record<string | symbol, unknown>;

/** What was read from a node, and where it stood then. */
export interface Reading {
  readonly schema: Holder;
  /** It stood inside a statement that is kept without effect, which leaves no value. */
  readonly keeping: boolean;
  readonly parentPath: readonly string[];
  readonly value: Properties | undefined;
  readonly found: readonly Finding[];
}

/** Of the lists that are there although nothing is configured; a configuration has a million of them. */
const nothing: readonly never[] = Object.freeze([]);

interface Member {
  readonly property: string;
  readonly schema: SchemaNode;
}

/** What the typed object of a container or list entry is made of. */
interface Members {
  readonly byWord: ReadonlyMap<string, Member>;
  /** The properties of lists and leaf-lists, which are there even when nothing is configured. */
  readonly many: readonly string[];
  /** The properties of the keys, in their order. */
  readonly keys: readonly string[];
}

const members = new WeakMap<Holder, Members>();

function membersOf(schema: Holder): Members {
  const known = members.get(schema);
  if (known !== undefined) return known;
  const byWord = new Map<string, Member>();
  const many: string[] = [];
  for (const [word, child] of indexOf(schema).byWord) {
    if (isInheritance(word)) continue;
    const property = propertyName(word);
    byWord.set(word, { property, schema: child });
    if ((child.kind === "list" || child.kind === "leaf-list") && child.kept !== true) many.push(property);
  }
  const keys = schema.kind === "list" ? schema.keys.map(({ name }) => propertyName(name)) : [];
  const made = { byWord, many, keys };
  members.set(schema, made);
  return made;
}

/** What was met of each list at one level. */
interface Counts {
  byWord?: Map<string, { count: number; names: string[] | undefined }>;
}

const nothingFound: readonly Finding[] = [];

/** Holds what is collected on the way through the tree. */
class Reader {
  readonly report = new Report();
  private found: Finding[] = [];
  /** The last two paths that were found to be the same. */
  private samePaths: { readonly kept: readonly string[]; readonly now: readonly string[] } | undefined;
  /** Inside a statement that is kept without effect. */
  private keeping = false;

  /** Fills `target` with the members of a container or list entry. */
  holder(node: ConfigNode, schema: Holder, path: readonly string[], target: Properties): Properties {
    const { byWord, many } = membersOf(schema);
    for (const property of many) target[property] = nothing;
    let keptHere: string[] | undefined;
    const counts: Counts = {};
    for (const child of node.children.values()) {
      if (child.inactive) continue;
      const member = byWord.get(child.word);
      if (member === undefined || !fits(child, member.schema)) {
        if (isInheritance(child.word)) continue;
        this.report.error("schema.unknown-statement", child.span, `unknown statement ${shownWord(child.word)}`, {
          path,
        });
        continue;
      }
      if (this.keeping || member.schema.kept === true) {
        this.keep(child, member, path, counts);
        (keptHere ??= []).push(child.word);
      } else {
        if (member.schema.notEnforced !== undefined)
          this.found.push({ kind: "note", schema: member.schema, node: child, path });
        this.member(child, member, path, target, counts);
      }
    }
    target[origin] = originOf(node, path);
    if (keptHere !== undefined) target[keptWords] = keptHere;
    return target;
  }

  /** Checks a statement that is kept without effect, and leaves it out of the typed model. */
  private keep(node: ConfigNode, member: Member, path: readonly string[], counts: Counts): void {
    if (!this.keeping) this.count(node, path);
    const outermost = !this.keeping;
    this.keeping = true;
    this.member(node, member, path, { [member.property]: [] }, counts);
    if (outermost) this.keeping = false;
  }

  private count(node: ConfigNode, path: readonly string[]): void {
    const parts = path.length === 0 && wideHierarchies.has(node.word) ? [...node.children.values()] : [];
    for (const part of parts)
      if (!part.inactive) this.found.push({ kind: "keep", node: part, path: [node.word], count: leafCount(part) });
    if (parts.length === 0) this.found.push({ kind: "keep", node, path, count: leafCount(node) });
  }

  finish(): void {
    const [references, notices] = [new References(), new Notices()];
    putTogether(this.found, references, notices);
    references.check(this.report);
    notices.warn(this.report);
  }

  /** As `read` gives it, which is asked only where the node has not been read before at this place, or had errors. */
  private once(
    node: ConfigNode,
    schema: Holder,
    parentPath: readonly string[],
    read: () => Properties | undefined,
  ): Properties | undefined {
    if (!hasFacts(node)) return read();
    const facts = factsOf(node);
    const { keeping } = this;
    let { reading } = facts;
    if (reading?.schema !== schema || reading.keeping !== keeping || !this.isSame(reading.parentPath, parentPath)) {
      const [outer, errorCount] = [this.found, this.report.errorCount];
      this.found = [];
      const value = read();
      const found = this.found.length === 0 ? nothingFound : this.found;
      this.found = outer;
      reading = { schema, keeping, parentPath, value, found };
      if (this.report.errorCount === errorCount) facts.reading = keeping ? { ...reading, value: undefined } : reading;
    }
    if (reading.found.length > 0) this.found.push({ kind: "part", found: reading.found });
    return reading.value;
  }

  /** The paths of many neighbours are one object, before and now. */
  private isSame(kept: readonly string[], now: readonly string[]): boolean {
    if (kept === now || (this.samePaths?.kept === kept && this.samePaths.now === now)) return true;
    if (kept.length !== now.length || kept.some((word, at) => word !== now[at])) return false;
    this.samePaths = { kept, now };
    return true;
  }

  private member(
    node: ConfigNode,
    { property, schema }: Member,
    path: readonly string[],
    target: Properties,
    counts: Counts,
  ): void {
    switch (schema.kind) {
      case "container":
        target[property] = this.once(node, schema, path, () => this.holder(node, schema, path.concat(node.word), {}));
        return;
      case "list": {
        if (!this.withinCount(node, schema, counts, path)) return;
        const entry = this.once(node, schema, path, () => this.entry(node, schema, path));
        if (entry === undefined) return;
        if (target[property] === nothing) target[property] = [entry];
        else (target[property] as Properties[]).push(entry);
        return;
      }
      case "flag":
        target[property] = true;
        return;
      case "leaf": {
        const value = this.value(node, schema, node.values[0], path);
        if (value !== undefined) target[property] = value;
        return;
      }
      case "leaf-list":
        target[property] = this.values(node, schema, path);
    }
  }

  private entry(node: ConfigNode, schema: AnyList, parentPath: readonly string[]): Properties | undefined {
    // Of exactly the size, as every path: a list that grows keeps room for sixteen more words.
    const path = parentPath.concat(wordsOf(schema, node.word, node.keys));
    const properties = membersOf(schema).keys;
    const entry: Properties = {};
    let good = node.keys.length === schema.keys.length;
    if (!good) {
      const wanted = wordsOf(
        schema,
        node.word,
        schema.keys.map(({ type }) => type.placeholder),
      ).join(" ");
      this.report.error("schema.missing-key", node.span, `"${node.word}" has not the keys it needs`, {
        path,
        hint: `write ${wanted}`,
      });
    }
    for (const [at, key] of schema.keys.entries()) {
      const word = node.keys[at];
      if (word === undefined || (word === "" && key.writtenAfter !== undefined)) continue;
      const value = this.parse(key.type, word, node, path);
      if (value === undefined) good = false;
      else entry[properties[at] ?? key.name] = value;
      this.use(useOf(key, word, node, path));
    }
    return good ? this.holder(node, schema, path, entry) : undefined;
  }

  private values(node: ConfigNode, schema: LeafList<unknown>, path: readonly string[]): unknown[] {
    if (node.values.length > schema.countMax) {
      this.tooMany(node, schema.countMax, path);
      return [];
    }
    const values = node.values.map((word) => this.value(node, schema, word, path));
    return values.includes(undefined) ? values.filter((value) => value !== undefined) : values;
  }

  private value(
    node: ConfigNode,
    schema: Leaf<unknown> | LeafList<unknown>,
    word: string | undefined,
    path: readonly string[],
  ): unknown {
    if (word === undefined) {
      const message = `"${node.word}" needs a value`;
      this.report.error("schema.missing-value", node.span, message, { path, hint: `add ${schema.type.placeholder}` });
      return undefined;
    }
    if (schema.refersTo !== undefined || schema.refersToOneOf !== undefined)
      this.use(useOf(schema, word, node, [...path, node.word]));
    return this.parse(schema.type, word, node, path, node.word);
  }

  /** The value of a word. No value type yields `undefined` for a good word. */
  private parse(
    type: ValueType<unknown>,
    word: string,
    node: ConfigNode,
    path: readonly string[],
    last?: string,
  ): unknown {
    const parsed = type.parse(word);
    if ("value" in parsed) return parsed.value;
    const hint = type.words === undefined ? undefined : didYouMean(word, Object.keys(type.words));
    const full = last === undefined ? path : [...path, last];
    this.report.error("schema.wrong-value", node.span, parsed.error, { path: full, hint });
    return undefined;
  }

  private use(use: Use | undefined): void {
    if (use !== undefined) this.found.push({ kind: "use", use });
  }

  /** Counts an entry, and notes its name where it is one. */
  private withinCount(node: ConfigNode, schema: AnyList, counts: Counts, path: readonly string[]): boolean {
    counts.byWord ??= new Map();
    const met = counts.byWord.get(node.word) ?? { count: 0, names: undefined };
    if (met.count++ === 0) counts.byWord.set(node.word, met);
    if (met.count > schema.countMax) {
      if (met.count === schema.countMax + 1) this.tooMany(node, schema.countMax, path);
      return false;
    }
    const [name, ...others] = node.keys;
    if (name === undefined || others.length > 0) return true;
    if (met.names !== undefined) met.names.push(name);
    else {
      const names = [name];
      const entryPath = path.concat(wordsOf(schema, node.word, node.keys));
      this.found.push({ kind: "names", list: schema, names, path: entryPath });
      // At the top each entry may be a scope of its own.
      if (path.length > 0) met.names = names;
    }
    return true;
  }

  private tooMany(node: ConfigNode, countMax: number, path: readonly string[]): void {
    this.report.error("schema.too-many", node.span, `there are more than ${countMax} "${node.word}"`, {
      path: [...path, node.word],
      hint: `at most ${countMax} may stand here`,
    });
  }
}

/** The statements in a part of the tree: what would be `set` lines. */
function leafCount(node: ConfigNode): number {
  let count = 0;
  for (const child of node.children.values()) if (!child.inactive) count += leafCount(child);
  return Math.max(1, count);
}

/** A node of the kind that the schema asks for. */
function fits(node: ConfigNode, schema: SchemaNode): boolean {
  return node.kind === (schema.kind === "list" ? "list-entry" : schema.kind);
}

function originOf(node: ConfigNode, path: readonly string[]): Origin {
  return node.span === undefined ? { path } : { path, span: node.span };
}
