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
  /** Statements of the same case of a choice stand together; without it each statement is a case of its own. */
  readonly choiceCase?: string;
  /**
   * A statement that is known from the grammar of the original alone: it is checked, kept and printed, has no effect, and
   * is not in the typed model. A commit says so in one warning for all of them.
   */
  readonly kept?: true;
  /** What does not happen while this statement is accepted but not enforced; the commit warns with this sentence. */
  readonly notEnforced?: string;
  /** The element name in XML and JSON, where it is not the word: `from-zone a to-zone b` is `<policy>`. */
  readonly xmlName?: string;
}

/** Paths of lists, as words without keys. */
export type ListPaths = readonly (readonly string[])[];

export interface Leaf<T> extends Common {
  readonly kind: "leaf";
  readonly type: ValueType<T>;
  /** The value stands without its keyword, as the prefix in `address web 10.0.0.1/32;`. */
  readonly positional: boolean;
  readonly defaultValue?: T;
  /** The value must be a key of the list at this path (words without keys). */
  readonly refersTo?: readonly string[];
  /** The value must be a key of one of the lists at these paths. */
  readonly refersToOneOf?: ListPaths;
  /** Completion offers the keys of the lists at these paths; unlike `refersTo` other values are no errors. */
  readonly suggests?: ListPaths;
}

export interface LeafList<T> extends Common {
  readonly kind: "leaf-list";
  readonly type: ValueType<T>;
  readonly countMax: number;
  readonly refersTo?: readonly string[];
  readonly refersToOneOf?: ListPaths;
  readonly suggests?: ListPaths;
}

export interface Flag extends Common {
  readonly kind: "flag";
}

export interface Container<C extends Children> extends Common {
  readonly kind: "container";
  /** A presence container means something when it stands there empty (`then permit;`). */
  readonly presence: boolean;
  /** Its word prints before each of its statements: `family inet { … }` and not `family { inet { … } }`. */
  readonly inline: boolean;
  /** Prints on one line with its leaves: `file flow.log size 1m files 3;`; see the lists. */
  readonly oneLine: OneLine;
  /** What stands below is not known: every statement is kept as it is written. */
  readonly open?: true;
  readonly children: C;
}

/**
 * When a statement prints on one line with what stands below it: `single` when that is one leaf alone
 * (`address web 10.0.0.1/32;`), `always` with any number of leaves (`term t1 protocol tcp destination-port 80;`).
 */
export type OneLine = "never" | "single" | "always";

export interface Key<Name extends string, T> {
  /** The name of the value in the typed model, XML and JSON. */
  readonly name: Name;
  readonly type: ValueType<T>;
  /** The word before this key, for the second key of `from-zone a to-zone b`. */
  readonly word?: string;
  /** The key is written only after these words of the key before it (`upto /24`); else it is the empty word. */
  readonly writtenAfter?: readonly string[];
  readonly refersTo?: readonly string[];
  readonly refersToOneOf?: ListPaths;
  readonly suggests?: ListPaths;
}

export interface List<K extends readonly Key<string, unknown>[], C extends Children> extends Common {
  readonly kind: "list";
  readonly keys: K;
  readonly children: C;
  /** False where entries stand without the word of the list: `prefix-list lan { 10.0.0.0/8; }`. */
  readonly keyword: boolean;
  /** Entries stand together in one block: `interfaces { eth0; eth1; }` and not `interfaces eth0; interfaces eth1;`. */
  readonly block: boolean;
  readonly oneLine: OneLine;
  /** The operator's order counts (`policy`); else entries are kept sorted by their keys (`interfaces`). */
  readonly ordered: boolean;
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

type CommonOptions = Pick<Common, "choice" | "choiceCase" | "notEnforced" | "kept" | "xmlName">;

interface NameOptions {
  readonly refersTo?: readonly string[];
  readonly refersToOneOf?: ListPaths;
  readonly suggests?: ListPaths;
}

export function leaf<T>(
  help: string,
  type: ValueType<T>,
  options: CommonOptions & NameOptions & { positional?: boolean; defaultValue?: NoInfer<T> } = {},
): Leaf<T> {
  return { kind: "leaf", help, type, positional: false, ...options };
}

export function leafList<T>(
  help: string,
  type: ValueType<T>,
  options: CommonOptions & NameOptions & { countMax?: number } = {},
): LeafList<T> {
  return { kind: "leaf-list", help, type, countMax: 16_384, ...options };
}

export function flag(help: string, options: CommonOptions = {}): Flag {
  return { kind: "flag", help, ...options };
}

export function container<const C extends Children>(
  help: string,
  children: C,
  options: CommonOptions & { presence?: boolean; inline?: boolean; oneLine?: OneLine; open?: true } = {},
): Container<C> {
  return { kind: "container", help, children, presence: false, inline: false, oneLine: "never", ...options };
}

export function list<const K extends readonly Key<string, unknown>[], const C extends Children>(
  help: string,
  keys: K,
  children: C,
  options: CommonOptions & Partial<Pick<List<K, C>, "keyword" | "block" | "oneLine" | "ordered" | "countMax">> = {},
): List<K, C> {
  const defaults = { keyword: true, block: false, oneLine: "never", ordered: true, countMax: 1_000_000 } as const;
  return { kind: "list", help, keys, children, ...defaults, ...options };
}

export function key<const Name extends string, T>(
  name: Name,
  type: ValueType<T>,
  options: NameOptions & { word?: string; writtenAfter?: readonly string[] } = {},
): Key<Name, T> {
  return { name, type, ...options };
}

// --- the typed model -------------------------------------------------------------------------------------------------

/** Where a container, list entry, leaf or flag was written; every object of the typed model carries it. */
export const origin: unique symbol = Symbol("origin");

/** Words of the statements right below that are kept without effect: whoever enforces the object must look at them. */
export const keptWords: unique symbol = Symbol("kept words");

export interface HasOrigin {
  readonly [origin]: Origin;
  readonly [keptWords]?: readonly string[];
}

/** `from-zone-name` → `fromZoneName`: how a Junos word is spelt as a property. */
export type PropertyName<Word extends string> = Word extends `${infer Head}-${infer Tail}`
  ? `${Head}${Capitalize<PropertyName<Tail>>}`
  : Word;

export function propertyName(word: string): string {
  return word.replaceAll(/-([A-Za-z0-9])/g, (_, letter: string) => letter.toUpperCase());
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
