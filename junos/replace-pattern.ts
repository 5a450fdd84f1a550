// `replace pattern OLD with NEW`: what stands in names and values of a level, and below it, becomes another text. Keywords,
// comments and secrets stay as they are. Whether the result is a sound configuration says whoever reads it anew.

import type { LinearPattern } from "@merlon/model/linear-pattern.ts";
import { Report } from "./report.ts";
import { asWords, resolve } from "./resolve.ts";
import { rootSchema } from "./schema-index.ts";
import { childId } from "./tree.ts";
import type { ConfigNode } from "./tree.ts";

export interface Replacement {
  /** Compiled `fromStart`. */
  readonly pattern: LinearPattern;
  /** The same, anywhere in a text. */
  readonly found: LinearPattern;
  readonly text: string;
  /** No more than so many places, from the top. */
  readonly countMax: number;
  /** The level, as set-style words. */
  readonly at: readonly string[];
}

export type Replaced =
  | { readonly kind: "replaced"; readonly tree: ConfigNode; readonly count: number }
  | { readonly kind: "refused"; readonly message: string };

/** Each place of a text is a beginning that is tried. */
const textLengthMax = 10_000;
const resultLengthMax = 64 * 1024;
const secret = /^\$\d{1,2}\$/;
const nowhere = { source: "", line: 1, column: 1, endLine: 1, endColumn: 1 };

export function replacePattern(tree: ConfigNode, replacement: Replacement): Replaced {
  const ids = idsOf(replacement.at);
  if (ids === undefined) return { kind: "refused", message: "there is no such level" };
  const work = new Work(replacement);
  try {
    const changed = work.level(tree, ids);
    return { kind: "replaced", tree: changed, count: work.count };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { kind: "refused", message: error.message };
  }
}

class Refusal extends Error {}

class Work {
  readonly #replacement: Replacement;
  count = 0;

  constructor(replacement: Replacement) {
    this.#replacement = replacement;
  }

  /** Goes down to the level. */
  level(node: ConfigNode, [id, ...rest]: readonly string[]): ConfigNode {
    if (id === undefined) return this.#below(node);
    const child = node.children.get(id);
    if (child === undefined) return node;
    const changed = this.level(child, rest);
    return changed === child ? node : { ...node, children: new Map(node.children).set(id, changed) };
  }

  #below(node: ConfigNode): ConfigNode {
    let isChanged = false;
    const children = new Map<string, ConfigNode>();
    for (const [id, child] of node.children) {
      const changed = this.#statement(child);
      isChanged ||= changed !== child;
      const newId = changed.keys === child.keys ? id : childId(changed.word, changed.keys);
      if (children.has(newId) || (newId !== id && node.children.has(newId)))
        throw new Refusal(`${[changed.word, ...changed.keys].join(" ")} is there already`);
      children.set(newId, changed);
    }
    return isChanged ? { ...node, children } : node;
  }

  #statement(node: ConfigNode): ConfigNode {
    const keys = this.#texts(node.keys);
    const values = this.#texts(node.values);
    const changed = keys === node.keys && values === node.values ? node : { ...node, keys, values };
    return this.#below(changed);
  }

  /** The same array when nothing is replaced in it. */
  #texts(texts: readonly string[]): readonly string[] {
    const changed = texts.map((text) => (secret.test(text) ? text : this.#text(text)));
    return changed.every((text, at) => text === texts[at]) ? texts : changed;
  }

  #text(text: string): string {
    const { pattern, found, text: fresh, countMax } = this.#replacement;
    if (this.count >= countMax || !found.test(text)) return text;
    let changed = "";
    for (let at = 0; at <= text.length && this.count < countMax;) {
      if (at > textLengthMax) throw new Refusal(`a text is longer than ${textLengthMax} characters`);
      const rest = text.slice(at);
      const length = lengthOf(rest, pattern.reach(rest, { atStart: at === 0 }));
      // Nothing is no place to put something.
      if (length === undefined || length === 0) {
        const [character = ""] = rest;
        changed += character;
        at += Math.max(1, character.length);
        continue;
      }
      changed += fresh;
      this.count++;
      at += length;
      if (this.count >= countMax) changed += text.slice(at);
      if (changed.length > resultLengthMax)
        throw new Refusal(`a text would be longer than ${resultLengthMax} characters`);
    }
    return changed;
  }
}

/** UTF-16 units of so many characters. */
function lengthOf(text: string, characters: number | undefined): number | undefined {
  if (characters === undefined) return undefined;
  let length = 0;
  for (let count = 0; count < characters; count++) length += (text.codePointAt(length) ?? 0) > 0xffff ? 2 : 1;
  return length;
}

function idsOf(words: readonly string[]): readonly string[] | undefined {
  const scope = { schema: rootSchema, list: undefined, path: [] };
  return resolve(scope, asWords(words, nowhere), "name", new Report())?.map(({ word, keys }) => childId(word, keys));
}
