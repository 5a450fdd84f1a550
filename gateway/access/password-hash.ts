// Hashes of passwords as crypt(3) makes them, so that hashes come from and go to other systems: `$6$` (SHA-512) is made;
// `$1$`, `$5$`, `$6$` and `$y$` are verified. The library is the system's libcrypt. Verifying happens on another thread and
// few at a time: a hash may ask for a second of work, and nobody who guesses passwords may hold up the gateway.

import { randomBytes, timingSafeEqual } from "node:crypto";
import koffi from "koffi";

/** sizeof(struct crypt_data), crypt.h of libxcrypt 4. */
const cryptDataSizeBytes = 32_768;
export const passwordLengthMax = 128;
const verifyingMax = 2;
/** Who comes when so many wait is refused. */
const waitingMax = 64;
const saltLength = 16;
const saltLetters = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/** Schemes that are strong enough, or that the original made; traditional DES is neither. */
const verifiable = /^\$(?:1|5|6|y)\$[!-9;-~]{1,120}$/;

/** The library is not there or refuses; the message says why. */
export class PasswordFailure extends Error {
  override readonly name = "PasswordFailure";
}

interface Library {
  (phrase: string, setting: string, data: Uint8Array): string | null;
  async: (
    phrase: string,
    setting: string,
    data: Uint8Array,
    done: (error: Error | null, hash: string | null) => void,
  ) => void;
}

let loaded: Library | undefined;

function library(): Library {
  try {
    loaded ??= koffi
      .load("libcrypt.so.1")
      .func("const char *crypt_r(const char *phrase, const char *setting, void *data)") as unknown as Library;
    return loaded;
  } catch (cause) {
    throw new PasswordFailure("passwords cannot be hashed: the library libcrypt.so.1 is missing", { cause });
  }
}

/** `$6$salt$hash` with a new salt. Takes some milliseconds. */
export function hashPassword(password: string): string {
  const salt = [...randomBytes(saltLength)].map((byte) => saltLetters[byte & 63]).join("");
  const hash = library()(password, `$6$${salt}`, new Uint8Array(cryptDataSizeBytes));
  if (hash === null || !hash.startsWith("$6$")) throw new PasswordFailure("the password cannot be hashed");
  return hash;
}

let verifyingCount = 0;
const waiting: (() => void)[] = [];

/**
 * Whether the password has this hash; without hash it takes the time of one and answers no, so that nobody learns which
 * users there are. No too for a hash of another kind, and when too many wait.
 */
export async function verifyPassword(password: string, hash: string | undefined): Promise<boolean> {
  const known = hash !== undefined && verifiable.test(hash);
  // The zero byte would end the password for the library.
  if (password.length > passwordLengthMax || password.includes("\0")) return false;
  if (verifyingCount >= verifyingMax) {
    if (waiting.length >= waitingMax) return false;
    await new Promise<void>((resolve) => waiting.push(resolve));
  }
  verifyingCount += 1;
  try {
    const made = await crypt(password, known ? hash : standIn);
    return known && made !== undefined && equal(made, hash);
  } finally {
    verifyingCount -= 1;
    waiting.shift()?.();
  }
}

/** A hash that no password has. */
const standIn = "$6$aaaaaaaaaaaaaaaa$";

function crypt(password: string, setting: string): Promise<string | undefined> {
  const data = new Uint8Array(cryptDataSizeBytes);
  return new Promise((resolve, reject) => {
    library().async(password, setting, data, (error, made) => {
      // What failed begins with `*` (crypt(3)). The memory must live until here.
      if (error === null) resolve(made === null || made.startsWith("*") || data.length === 0 ? undefined : made);
      else reject(error);
    });
  });
}

function equal(left: string, right: string): boolean {
  const a = Buffer.from(left);
  const b = Buffer.from(right);
  return a.length === b.length && timingSafeEqual(a, b);
}
