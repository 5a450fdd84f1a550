// How a value is written so that reading gives it back: as it stands when that is safe, else between quotes.

/** Characters that the original prints without quotes; everything else is quoted, also where reading would not need it. */
const plain = /^[A-Za-z0-9._:/*<>,%~+@^-]+$/;

/** The value as a word of configuration text. */
export function quoteWord(value: string): string {
  // `/*` would begin a comment; a colon at the end could be read as a tag such as `inactive:`.
  if (plain.test(value) && !value.startsWith("/*") && !value.endsWith(":")) return value;
  return `"${escapeString(value)}"`;
}

/** The inverse of the tokenizer: only a backslash before a backslash, a quote or the end needs one of its own. */
function escapeString(value: string): string {
  return value.replaceAll(/\\(?=["\\]|$)/g, "\\\\").replaceAll('"', '\\"');
}

/** `a` or `[ a b ]` */
export function quoteValues(values: readonly string[]): string {
  return values.length === 1 ? quoteWord(values[0] ?? "") : `[ ${values.map(quoteWord).join(" ")} ]`;
}
