// What statements are called in XML and JSON, and which statement an element means. The schema decides: a statement has
// the name of its word unless it has an `xmlName`; the keys of an entry are elements of their own inside it.

import type { Key, SchemaNode } from "@merlon/model/schema/node.ts";
import { indexOf } from "./schema-index.ts";
import type { Holder } from "./schema-index.ts";

/** The statement that an element stands for. */
export interface Meaning {
  readonly word: string;
  readonly schema: SchemaNode;
}

/** The name of the element that stands for one statement, or for one entry of a list. */
export function elementName(word: string, schema: SchemaNode): string {
  return schema.xmlName ?? word;
}

/** A key that is not written, because the one before it does not ask for it, has no element either. */
export function isLeftOut(key: Key<string, unknown>, value: string | undefined): boolean {
  return key.writtenAfter !== undefined && (value === undefined || value === "");
}

const indexes = new WeakMap<Holder["children"], ReadonlyMap<string, Meaning>>();

/** What an element of each name means below the holder. */
export function meaningsOf(holder: Holder): ReadonlyMap<string, Meaning> {
  const known = indexes.get(holder.children);
  if (known !== undefined) return known;
  const meanings = new Map(
    [...indexOf(holder).byWord].map(([word, schema]) => [elementName(word, schema), { word, schema }] as const),
  );
  indexes.set(holder.children, meanings);
  return meanings;
}
