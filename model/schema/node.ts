// The schema engine's vocabulary. A hierarchy of the configuration is written once with these functions, and the typed
// model (`Infer`), validation, defaults, `?` help, completion, set/XML/JSON forms and the reference pages all come from it.
// Terms follow YANG and Junos: container, presence container, list with keys, leaf, leaf-list, flag (an empty leaf).

import type { Origin } from "../diagnostic.ts";
import type { ValueType } from "./value.ts";

export interface Common {
  /** One line for `?`, in our own words, starting with a capital, without a full stop. */
  readonly help: string;
  /** Statements with the same choice name in one parent exclude each other; the later one replaces the earlier. */
  readonly choice?: string;
  /** What does not happen while this statement is accepted but not enforced; the commit warns with this sentence. */
  readonly notEnforced?: string;
}

export interface Leaf<T> extends Common {
  readonly kind: "leaf";
  readonly type: ValueType<T>;
  /** The value stands without its keyword, as the prefix in `address web 10.0.0.1/32;`. */
  readonly positional: boolean;
  readonly defaultValue?: T;
  /** The value must be a key of the list at this path (words without keys). */
  readonly refersTo?: readonly string[];
}

export interface LeafList<T> extends Common {
  readonly kind: "leaf-list";
  readonly type: ValueType<T>;
  readonly countMax: number;
  readonly refersTo?: readonly string[];
}

export interface Flag extends Common {
  readonly kind: "flag";
}

export interface Container<C extends Children> extends Common {
  readonly kind: "container";
  /** A presence container means something when it stands there empty (`then permit;`). */
  readonly presence: boolean;
  /** Prints on the line of its parent word when it holds a single statement (`then log session-init` does not). */
  readonly children: C;
}

export interface Key<Name extends string, T> {
  /** The name of the value in the typed model, XML and JSON. */
  readonly name: Name;
  readonly type: ValueType<T>;
  /** The word before this key, for the second key of `from-zone a to-zone b`. */
  readonly word?: string;
  readonly refersTo?: readonly string[];
}

export interface List<K extends readonly Key<string, unknown>[], C extends Children> extends Common {
  readonly kind: "list";
  readonly keys: K;
  readonly children: C;
  /** Entries stand together in one block: `interfaces { eth0; eth1; }` and not `interfaces eth0; interfaces eth1;`. */
  readonly block: boolean;
  /** An entry with a single statement prints on one line: `address web 10.0.0.1/32;`. */
  readonly oneLine: boolean;
  readonly countMax: number;
}

export type SchemaNode =
  | Leaf<unknown>
  | LeafList<unknown>
  | Flag
  | Container<Children>
  | List<readonly Key<string, unknown>[], Children>;

export interface Children {
  readonly [word: string]: SchemaNode;
}

type CommonOptions = Pick<Common, "choice" | "notEnforced">;

export function leaf<T>(
  help: string,
  type: ValueType<T>,
  options: CommonOptions & { positional?: boolean; defaultValue?: NoInfer<T>; refersTo?: readonly string[] } = {},
): Leaf<T> {
  return { kind: "leaf", help, type, positional: false, ...options };
}

export function leafList<T>(
  help: string,
  type: ValueType<T>,
  options: CommonOptions & { countMax?: number; refersTo?: readonly string[] } = {},
): LeafList<T> {
  return { kind: "leaf-list", help, type, countMax: 16_384, ...options };
}

export function flag(help: string, options: CommonOptions = {}): Flag {
  return { kind: "flag", help, ...options };
}

export function container<const C extends Children>(
  help: string,
  children: C,
  options: CommonOptions & { presence?: boolean } = {},
): Container<C> {
  return { kind: "container", help, children, presence: false, ...options };
}

export function list<const K extends readonly Key<string, unknown>[], const C extends Children>(
  help: string,
  keys: K,
  children: C,
  options: CommonOptions & { block?: boolean; oneLine?: boolean; countMax?: number } = {},
): List<K, C> {
  return { kind: "list", help, keys, children, block: false, oneLine: false, countMax: 1_000_000, ...options };
}

export function key<const Name extends string, T>(
  name: Name,
  type: ValueType<T>,
  options: { word?: string; refersTo?: readonly string[] } = {},
): Key<Name, T> {
  return { name, type, ...options };
}

// --- the typed model -------------------------------------------------------------------------------------------------

/** Where a container, list entry, leaf or flag was written; every object of the typed model carries it. */
export const origin: unique symbol = Symbol("origin");

export interface HasOrigin {
  readonly [origin]: Origin;
}

/** `from-zone-name` → `fromZoneName`: how a Junos word is spelt as a property. */
export type PropertyName<Word extends string> = Word extends `${infer Head}-${infer Tail}`
  ? `${Head}${Capitalize<PropertyName<Tail>>}`
  : Word;

export function propertyName(word: string): string {
  return word.replaceAll(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/**
 * The TypeScript type of a statement: a container is an object with optional members, a list is an array of entries in
 * configured order, a leaf is its parsed value, a flag is `true`. Lists and leaf-lists are always there, maybe empty.
 * Inactive statements are not in the typed model.
 */
export type Infer<N> =
  N extends Leaf<infer T>
    ? T
    : N extends LeafList<infer T>
      ? readonly T[]
      : N extends Flag
        ? true
        : N extends Container<infer C>
          ? Fields<C> & HasOrigin
          : N extends List<infer K, infer C>
            ? readonly (KeyFields<K> & Fields<C> & HasOrigin)[]
            : never;

type KeyFields<K extends readonly Key<string, unknown>[]> = {
  readonly [Item in K[number] as PropertyName<Item["name"]>]: Item extends Key<string, infer T> ? T : never;
};

type Fields<C extends Children> = {
  readonly [W in keyof C & string as C[W]["kind"] extends "list" | "leaf-list" ? PropertyName<W> : never]: Infer<C[W]>;
} & {
  readonly [W in keyof C & string as C[W]["kind"] extends "list" | "leaf-list" ? never : PropertyName<W>]?: Infer<C[W]>;
};
