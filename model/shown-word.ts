// A word of the operator's text inside a message: between quotes, short, and without anything that a terminal obeys.

const lengthMax = 80;

/** `"word"`; control characters become visible escapes and a long word is cut. */
export function shownWord(word: string): string {
  const short = word.length > lengthMax ? `${word.slice(0, lengthMax)}…` : word;
  // oxlint-disable-next-line no-control-regex
  const visible = short.replaceAll(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, (it) => {
    return `\\u${it.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
  return `"${visible}"`;
}
