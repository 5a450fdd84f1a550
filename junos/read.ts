// Tree → typed configuration. Inactive statements are left out; every container and list entry carries where it was
// written. The tree may come from a program and not from our parser, so values, keys and counts are checked here again.

import type { Diagnostic, Origin } from "@merlon/model/diagnostic.ts";
import type { Configuration } from "@merlon/model/schema/configuration.ts";
import { keptWords, origin, propertyName } from "@merlon/model/schema/node.ts";
import type { Leaf, LeafList, SchemaNode } from "@merlon/model/schema/node.ts";
import type { ValueType } from "@merlon/model/schema/value.ts";
import { shownWord } from "@merlon/model/shown-word.ts";
import { checkConstraints } from "./constraints.ts";
import { isInheritance } from "./group-schema.ts";
import { Notices, wideHierarchies } from "./notices.ts";
import { References } from "./references.ts";
import { Report } from "./report.ts";
import { indexOf, rootSchema, wordsOf } from "./schema-index.ts";
import type { AnyList, Holder } from "./schema-index.ts";
import { didYouMean } from "./suggest.ts";
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

interface Member {
  readonly property: string;
  readonly schema: SchemaNode;
  /** Lists and leaf-lists are there even when nothing is configured. */
  readonly many: boolean;
}

const members = new WeakMap<Holder, ReadonlyMap<string, Member>>();

function membersOf(schema: Holder): ReadonlyMap<string, Member> {
  const known = members.get(schema);
  if (known !== undefined) return known;
  const made = new Map(
    [...indexOf(schema).byWord].flatMap(([word, child]) => {
      if (isInheritance(word)) return [];
      const many = (child.kind === "list" || child.kind === "leaf-list") && child.kept !== true;
      return [[word, { property: propertyName(word), schema: child, many }] as const];
    }),
  );
  members.set(schema, made);
  return made;
}

/** Holds what is collected on the way through the tree. */
class Reader {
  readonly report = new Report();
  private readonly notices = new Notices();
  private readonly references = new References();
  /** Inside a statement that is kept without effect. */
  private keeping = false;

  /** Fills `target` with the members of a container or list entry. */
  holder(node: ConfigNode, schema: Holder, path: readonly string[], target: Properties): Properties {
    const known = membersOf(schema);
    for (const { property, many } of known.values()) if (many) target[property] = [];
    const keptHere: string[] = [];
    const counts = new Map<string, number>();
    for (const child of node.children.values()) {
      if (child.inactive || isInheritance(child.word)) continue;
      const member = known.get(child.word);
      if (member === undefined || !fits(child, member.schema)) {
        this.report.error("schema.unknown-statement", child.span, `unknown statement ${shownWord(child.word)}`, {
          path,
        });
        continue;
      }
      if (this.keeping || member.schema.kept === true) {
        this.keep(child, member, path, counts);
        keptHere.push(child.word);
      } else {
        this.notices.note(member.schema, child, path);
        this.member(child, member, path, target, counts);
      }
    }
    target[origin] = originOf(node, path);
    if (keptHere.length > 0) target[keptWords] = keptHere;
    return target;
  }

  /** Checks a statement that is kept without effect, and leaves it out of the typed model. */
  private keep(node: ConfigNode, member: Member, path: readonly string[], counts: Map<string, number>): void {
    if (!this.keeping) this.count(node, path);
    const outermost = !this.keeping;
    this.keeping = true;
    this.member(node, member, path, { [member.property]: [] }, counts);
    if (outermost) this.keeping = false;
  }

  private count(node: ConfigNode, path: readonly string[]): void {
    const parts = path.length === 0 && wideHierarchies.has(node.word) ? [...node.children.values()] : [];
    for (const part of parts) if (!part.inactive) this.notices.keep(part, [node.word], leafCount(part));
    if (parts.length === 0) this.notices.keep(node, path, leafCount(node));
  }

  finish(): void {
    this.references.check(this.report);
    this.notices.warn(this.report);
  }

  private member(
    node: ConfigNode,
    { property, schema }: Member,
    path: readonly string[],
    target: Properties,
    counts: Map<string, number>,
  ): void {
    switch (schema.kind) {
      case "container":
        target[property] = this.holder(node, schema, [...path, node.word], {});
        return;
      case "list": {
        if (!this.withinCount(node, schema.countMax, counts, path)) return;
        const entry = this.entry(node, schema, path);
        if (entry !== undefined) (target[property] as Properties[]).push(entry);
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
    const path = [...parentPath, ...wordsOf(schema, node.word, node.keys)];
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
      else entry[propertyName(key.name)] = value;
      this.references.useOf(key, word, node, path);
    }
    const [name, ...others] = node.keys;
    if (name !== undefined && others.length === 0) this.references.define(schema, name, path);
    return good ? this.holder(node, schema, path, entry) : undefined;
  }

  private values(node: ConfigNode, schema: LeafList<unknown>, path: readonly string[]): unknown[] {
    if (node.values.length > schema.countMax) {
      this.tooMany(node, schema.countMax, path);
      return [];
    }
    const values: unknown[] = [];
    for (const word of node.values) {
      const value = this.value(node, schema, word, path);
      if (value !== undefined) values.push(value);
    }
    return values;
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
      this.references.useOf(schema, word, node, [...path, node.word]);
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

  private withinCount(
    node: ConfigNode,
    countMax: number,
    counts: Map<string, number>,
    path: readonly string[],
  ): boolean {
    const count = (counts.get(node.word) ?? 0) + 1;
    counts.set(node.word, count);
    if (count === countMax + 1) this.tooMany(node, countMax, path);
    return count <= countMax;
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
