// What the language asks of the schema on every word, looked up once per statement: children by word, the order in which
// statements print, the leaf that needs no keyword, and who excludes whom. Kept per object of the schema in a weak map.

import type { Children, Container, Key, Leaf, List, SchemaNode } from "@merlon/model/schema/node.ts";
import { applyMacro, fullSchema } from "@merlon/model/schema/full-schema.ts";
import { anyLevelChildren, withGroups } from "./group-schema.ts";
import { unknownStatement, unknownWord } from "./unknown-statement.ts";

export type AnyContainer = Container<Children>;
export type AnyList = List<readonly Key<string, unknown>[], Children>;
/** A schema node that has statements of its own. */
export type Holder = AnyContainer | AnyList;

export const rootSchema: AnyContainer = withGroups(fullSchema);

export interface SchemaIndex {
  readonly byWord: ReadonlyMap<string, SchemaNode>;
  /** The position of each word in the schema, which is the order of printing. */
  readonly order: ReadonlyMap<string, number>;
  /** The leaf whose value stands without keyword; the first one where there are several. */
  readonly positional: { readonly word: string; readonly schema: Leaf<unknown> } | undefined;
  /** Everything that stands without keyword, in the order in which it is tried. */
  readonly keywordless: readonly Keywordless[];
  /** For each word of a choice, the other words of that choice. */
  readonly rivals: ReadonlyMap<string, readonly string[]>;
}

export interface Keywordless {
  readonly word: string;
  readonly schema: Leaf<unknown> | AnyList;
}

const indexes = new WeakMap<Children, SchemaIndex>();

export function indexOf(holder: Holder): SchemaIndex {
  const known = indexes.get(holder.children);
  if (known !== undefined) return known;
  const index = buildIndex(holder.children);
  indexes.set(holder.children, index);
  return index;
}

function buildIndex(children: Children): SchemaIndex {
  const { version, groups, ...others } = children;
  // At the top the groups stand before what applies them.
  const first = { ...(version === undefined || groups === undefined ? {} : { version, groups }), ...anyLevelChildren };
  const entries: [string, SchemaNode][] = Object.entries({
    // A macro holds names and values alone, so that macros do not nest without end.
    ...(isMacro(children) ? {} : { ...first, "apply-macro": applyMacro }),
    ...(groups === undefined ? children : others),
  });
  const rivals = new Map<string, string[]>();
  for (const [word, schema] of entries) {
    if (schema.choice === undefined) continue;
    const others = entries.filter(([other, rival]) => other !== word && excludes(schema, rival));
    rivals.set(
      word,
      others.map(([other]) => other),
    );
  }
  const keywordless = entries.flatMap(([word, schema]): Keywordless[] => {
    if (schema.kind === "leaf") return schema.positional ? [{ word, schema }] : [];
    return schema.kind === "list" && !schema.keyword ? [{ word, schema }] : [];
  });
  let positional: SchemaIndex["positional"];
  for (const { word, schema } of keywordless) if (schema.kind === "leaf") positional ??= { word, schema };
  const order = new Map(entries.map(([word], at) => [word, at]));
  return { byWord: new Map([...entries, [unknownWord, unknownStatement]]), order, positional, keywordless, rivals };
}

function isMacro(children: Children): boolean {
  return children === applyMacro.children || children === applyMacro.children.data.children;
}

/** Both belong to one choice, and not to one case of it. */
function excludes(schema: SchemaNode, rival: SchemaNode): boolean {
  if (schema.choice !== rival.choice) return false;
  return schema.choiceCase === undefined || schema.choiceCase !== rival.choiceCase;
}

/** False for a value or name without keyword, and for what may stand anywhere: they are not offered as words. */
export function hasKeyword(schema: SchemaNode): boolean {
  if (schema === unknownStatement || schema === applyMacro) return false;
  return schema.kind === "list" ? schema.keyword : !(schema.kind === "leaf" && schema.positional);
}

export function isHolder(schema: SchemaNode): schema is Holder {
  return schema.kind === "container" || schema.kind === "list";
}

/** The set-style words that name a statement: its word, and its keys with the words before them. */
export function wordsOf(schema: SchemaNode, word: string, keys: readonly string[]): string[] {
  if (schema.kind !== "list") return [word];
  const words = schema.keyword ? [word] : [];
  for (const [at, value] of keys.entries()) {
    const key = schema.keys[at];
    if (value === "" && key?.writtenAfter !== undefined) continue;
    if (key?.word !== undefined) words.push(key.word);
    words.push(value);
  }
  return words;
}
