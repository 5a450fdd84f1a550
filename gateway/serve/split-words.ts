// Splits a typed line into words; a text in double quotes is one word, with \" and \\ inside it.

/** Undefined when a quote is not closed. */
export function splitWords(line: string): readonly string[] | undefined {
  const words: string[] = [];
  let word: string | undefined;
  let quoted = false;
  for (let i = 0; i < line.length; i++) {
    const character = line.charAt(i);
    if (quoted) {
      if (character === "\\" && i + 1 < line.length) word = (word ?? "") + line.charAt(++i);
      else if (character === '"') quoted = false;
      else word = (word ?? "") + character;
    } else if (character === '"') {
      quoted = true;
      word ??= "";
    } else if (/\s/.test(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = (word ?? "") + character;
  }
  if (quoted) return undefined;
  if (word !== undefined) words.push(word);
  return words;
}
