// Secrets that somebody must be able to read again (shared keys, passwords of other systems), in the form that the original
// writes them in: `$9$` and characters that tell the bytes by their distances from each other. It keeps a secret from
// being read over a shoulder, and no more; where a hash does, a hash is kept.
// The form is that of the original's configurations; a worked example is in the documentation of Crypt::Juniper.

const magic = "$9$";
/** A character's group says how many characters of filling follow the first: three for the first group, none for the last. */
const groups = ["QzF3n6/9CAtpu0O", "B1IREhcSyrleKvMW8LXx", "7N-dVbwsY2g4oaJZGUDj", "iHkq.mPf5T"] as const;
const alphabet = groups.join("");
/** What the distances of a byte's characters stand for, by the byte's place modulo seven. */
const weights: readonly (readonly number[])[] = [
  [1, 4, 32],
  [1, 16, 32],
  [1, 8, 32],
  [1, 64],
  [1, 32],
  [1, 4, 16, 128],
  [1, 32, 64],
];

export function isSecretText(text: string): boolean {
  if (!text.startsWith(magic)) return false;
  for (const character of text.slice(magic.length)) if (!alphabet.includes(character)) return false;
  return true;
}

/** The same text always comes out the same, so that a configuration that is loaded again shows no difference. */
export function toSecretText(secret: string): string {
  const bytes = new TextEncoder().encode(secret);
  let seed = bytes.reduce((sum, byte, at) => (sum * 31 + byte * (at + 1)) >>> 0, 7);
  const next = (): string => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    return alphabet[(seed >>> 16) % alphabet.length] ?? "Q";
  };
  const salt = next();
  let text = magic + salt + Array.from({ length: fillingOf(salt) }, next).join("");
  let last = salt;
  for (const [at, byte] of bytes.entries()) {
    for (const distance of distancesOf(byte, weights[at % weights.length] ?? [])) {
      last = alphabet[(alphabet.indexOf(last) + distance + 1) % alphabet.length] ?? "Q";
      text += last;
    }
  }
  return text;
}

/** Undefined for what is no such text. */
export function fromSecretText(text: string): string | undefined {
  if (!isSecretText(text) || text.length === magic.length) return undefined;
  const salt = text[magic.length] ?? "";
  let last = salt;
  let at = magic.length + 1 + fillingOf(salt);
  const bytes: number[] = [];
  while (at < text.length) {
    const weight = weights[bytes.length % weights.length] ?? [];
    if (at + weight.length > text.length) return undefined;
    let byte = 0;
    for (const factor of weight) {
      const character = text[at++] ?? "";
      const distance = (alphabet.indexOf(character) - alphabet.indexOf(last) + alphabet.length) % alphabet.length;
      byte += factor * ((distance - 1 + alphabet.length) % alphabet.length);
      last = character;
    }
    bytes.push(byte % 256);
  }
  return new TextDecoder().decode(Uint8Array.from(bytes));
}

function fillingOf(salt: string): number {
  return groups.length - 1 - groups.findIndex((group) => group.includes(salt));
}

/** The greatest weight first takes what it can. */
function distancesOf(byte: number, weight: readonly number[]): readonly number[] {
  let rest = byte;
  const distances = weight.toReversed().map((factor) => {
    const distance = Math.floor(rest / factor);
    rest %= factor;
    return distance;
  });
  return distances.toReversed();
}
