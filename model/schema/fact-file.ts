// The stored shape of the imported grammar, model/schema/junos/*.json: `tools/schema/import-junos.ts` writes it and
// `junos-facts.ts` reads it. Members without meaning are left out, because there are sixteen thousand statements.

export interface FactFile {
  readonly madeFrom: string;
  readonly hierarchies: readonly FactHierarchy[];
}

/** The statements of a top hierarchy. Equal subtrees are one node. */
export interface FactHierarchy {
  readonly word: string;
  /** Each node as a text of its own (`encodeNode`), behind those that it refers to; the last one is the hierarchy. */
  readonly nodes: readonly string[];
}

/**
 * Nodes are stored as texts, because to make objects of all of them would take longer than the rest of a start, and no
 * configuration asks for more than a few hundred. They are JSON with `'` for `"`, so that a line can be read by people.
 */
export function encodeNode(node: FactNode): string {
  const text = JSON.stringify(node);
  if (text.includes("'")) throw new Error(`a fact holds the mark ' which stands for quotes: ${text}`);
  return text.replaceAll('"', "'");
}

export function decodeNode(text: string): FactNode {
  return JSON.parse(text.replaceAll("'", '"')) as FactNode;
}

/** What a leaf's value and a key have in common. */
export interface FactValue {
  readonly type?: string;
  readonly limit?: string;
  /** Paths of lists, as set-style words; one of them has the value as a key. */
  readonly refersTo?: readonly string[];
}

export const factKinds = ["container", "presence", "list", "leaf", "leaf-list", "flag"] as const;
export type FactKind = (typeof factKinds)[number];

export interface FactNode extends FactValue {
  readonly kind: FactKind;
  readonly keys?: readonly FactKey[];
  readonly default?: string;
  readonly units?: string;
  /** `choice:case` */
  readonly choice?: string;
  readonly flags?: readonly string[];
  /** The name of the XML element where it is not the word. */
  readonly xml?: string;
  /** Numbers of nodes by word. */
  readonly children?: Readonly<Record<string, number>>;
}

export interface FactKey extends FactValue {
  readonly name: string;
  /** The word before the key. */
  readonly word?: string;
  /** Words of the key before it after which this one is written; absent when it is always written. */
  readonly writtenAfter?: readonly string[];
}
