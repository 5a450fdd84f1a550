// What a person typed as a secret is sealed before anybody else sees the tree: passwords of users become hashes, secrets that
// must be read again take the hidden form.

import { hideSecrets } from "@merlon/junos/hide-secrets.ts";
import type { ConfigNode } from "@merlon/junos/tree.ts";
import { hashPasswords } from "./hash-passwords.ts";

/** `before`: what is sealed already; the trees share it. Throws `TooManyPasswords`. */
export function sealSecrets(
  before: ConfigNode | undefined,
  tree: ConfigNode,
  hash: (password: string) => string,
): ConfigNode {
  return hideSecrets(before, hashPasswords(tree, hash));
}
