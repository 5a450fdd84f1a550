// A password that was written in plain text becomes its hash before anybody else sees the tree: what is kept, shown, compared
// and logged is the tree behind this.

import { childId } from "@merlon/junos/tree.ts";
import type { ConfigNode } from "@merlon/junos/tree.ts";

/** Each hash takes milliseconds, and the gateway waits for them. */
export const plainPasswordsMax = 256;

const plainWord = "plain-text-password-value";
const hashedWord = "encrypted-password";

/** Where passwords may stand: below these words, groups included. */
const places = new Set(["system", "groups", "login", "user", "authentication", "root-authentication"]);

/** The tree is too much work; it is refused as a whole. */
export class TooManyPasswords extends Error {
  override readonly name = "TooManyPasswords";

  constructor() {
    super(
      `more than ${plainPasswordsMax} passwords stand there in plain text; load them in parts, or load their hashes`,
    );
  }
}

/** The same tree when there is no such password. Throws `TooManyPasswords`. */
export function hashPasswords(tree: ConfigNode, hash: (password: string) => string): ConfigNode {
  let count = 0;
  const hashed = (password: string): string => {
    if (++count > plainPasswordsMax) throw new TooManyPasswords();
    return hash(password);
  };
  return inNode(tree, hashed);
}

function inNode(node: ConfigNode, hash: (password: string) => string): ConfigNode {
  let children: Map<string, ConfigNode> | undefined;
  for (const [id, child] of node.children) {
    if (!places.has(child.word) || child.children.size === 0) continue;
    const next = inNode(child, hash);
    if (next !== child) (children ??= new Map(node.children)).set(id, next);
  }
  const plain = node.children.get(childId(plainWord));
  if (plain === undefined) return children === undefined ? node : { ...node, children };
  const written = [...(children ?? node.children)].flatMap(([id, child]): [string, ConfigNode][] => {
    // Of two passwords in one place the one in plain text was written by a person, and is the newer one.
    if (child.word === hashedWord) return [];
    return child === plain ? [[childId(hashedWord), hashedLeaf(plain, hash)]] : [[id, child]];
  });
  return { ...node, children: new Map(written) };
}

function hashedLeaf(plain: ConfigNode, hash: (password: string) => string): ConfigNode {
  return { ...plain, word: hashedWord, values: plain.values.map(hash) };
}
