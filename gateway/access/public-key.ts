// Public keys of users as they stand in the configuration (one line of `authorized_keys`, sshd(8)), and where each is
// accepted from.

import { createPublicKey } from "node:crypto";
import ssh2 from "ssh2";
import type { AccountKey } from "./accounts.ts";

const { parseKey } = ssh2.utils;

/** A shorter RSA key can be broken, or nearly so. */
const rsaBitsMin = 2048;

export interface OfferedKey {
  readonly algorithm: string;
  readonly data: Buffer;
  /** The signature and what was signed, when the client gives them; without them it only asks. */
  readonly proof?: { readonly signature: Buffer; readonly signed: Buffer; readonly hash: string | undefined };
}

/** Whether the offered key is one of these, may come from there, and, with a proof, was used to sign. */
export function acceptsKey(keys: readonly AccountKey[], offered: OfferedKey, address: string): boolean {
  return keys.some((key) => {
    const data = keyData(key.text);
    if (data === undefined || !data.equals(offered.data)) return false;
    if (key.from !== undefined && !matchesHost(key.from, address)) return false;
    return offered.proof === undefined || isSignedBy(offered.data, offered.proof);
  });
}

function keyData(text: string): Buffer | undefined {
  const base64 = text.trim().split(/\s+/)[1];
  return base64 === undefined ? undefined : Buffer.from(base64, "base64");
}

function isSignedBy(data: Buffer, { signature, signed, hash }: NonNullable<OfferedKey["proof"]>): boolean {
  const key = parseKey(data);
  if (key instanceof Error) return false;
  const parsed = Array.isArray(key) ? key[0] : key;
  if (parsed === undefined || (parsed.type === "ssh-rsa" && rsaBits(parsed.getPublicPEM()) < rsaBitsMin)) return false;
  return parsed.verify(signed, signature, hash) === true;
}

function rsaBits(pem: string): number {
  return createPublicKey(pem).asymmetricKeyDetails?.modulusLength ?? 0;
}

/** A list of patterns with `*` and `?`; one that begins with `!` and matches refuses, whatever the others say. */
export function matchesHost(patterns: string, address: string): boolean {
  let matches = false;
  for (const pattern of patterns.split(",")) {
    const refuses = pattern.startsWith("!");
    if (!matchesPattern(refuses ? pattern.slice(1) : pattern, address)) continue;
    if (refuses) return false;
    matches = true;
  }
  return matches;
}

/** Goes back to the last `*` alone, so that no pattern takes more than the product of both lengths. */
function matchesPattern(pattern: string, text: string): boolean {
  let at = 0;
  let star = -1;
  let starText = 0;
  for (let place = 0; place < text.length;) {
    if (pattern[at] === "?" || (pattern[at] !== "*" && pattern[at]?.toLowerCase() === text[place]?.toLowerCase())) {
      at += 1;
      place += 1;
    } else if (pattern[at] === "*") {
      star = at++;
      starText = place;
    } else if (star >= 0) {
      at = star + 1;
      place = ++starText;
    } else return false;
  }
  while (pattern[at] === "*") at += 1;
  return at === pattern.length;
}
