// A typed line as it may be logged: the values of secrets are replaced, as on the original. The line may be wrong or half
// understood, so it is read as words and not by the schema: what stands behind a word that names a secret is one.

import { placedWords } from "@merlon/shell/line-parts.ts";

/** Statements whose value is a secret. A test holds this against the schema. */
const secretWords: ReadonlySet<string> = new Set([
  "ascii-text",
  "authentication-key",
  "authentication-password",
  "cak",
  "challenge-password",
  "chap-secret",
  "client-secret",
  "community-name",
  "config-payload-password",
  "encrypted-password",
  "hexadecimal",
  "pap-password",
  "passphrase",
  "password",
  "plain-text-password",
  "plain-text-password-value",
  "preauthentication-secret",
  "privacy-key",
  "privacy-password",
  "secret",
  "simple-password",
  "url-parameter",
  "value",
]);

const masked = "/* SECRET-DATA */";

export function namesSecret(word: string): boolean {
  return secretWords.has(word);
}

/** Of a line with an open quote nothing behind the first secret word is kept. */
export function maskSecrets(line: string): string {
  const words = placedWords(line);
  if (words === undefined) return maskOpen(line);
  let text = "";
  let from = 0;
  for (const [index, word] of words.entries()) {
    const before = words[index - 1];
    // A word may be shortened as long as it is told from others, so its beginning counts too.
    if (before === undefined || word.text === "|") continue;
    const isPeer = before.text === "authentication" && words[index - 3]?.text === "peers";
    if (!mayNameSecret(before.text) && !isPeer && !(before.text === "key" && isKey(word.text))) continue;
    text += `${line.slice(from, word.start)}${masked}`;
    from = word.end;
  }
  return text + line.slice(from);
}

/** Shortened words are longer than this, or they are no statement that anybody would think of as a secret. */
const shortenedLengthMin = 4;

/** `key 5` names one of several keys, and behind `key ascii-text` the secret follows; the rest is a key itself. */
function isKey(word: string): boolean {
  return !/^\d{1,10}$/.test(word) && !mayNameSecret(word);
}

function mayNameSecret(word: string): boolean {
  if (secretWords.has(word)) return true;
  // A word of its own, and the beginning of others.
  if (word === "authentication") return false;
  return word.length >= shortenedLengthMin && [...secretWords].some((secret) => secret.startsWith(word));
}

function maskOpen(line: string): string {
  const [before = ""] = line.split('"');
  return `${maskSecrets(before)}${masked}`;
}
