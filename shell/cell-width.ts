// How many cells of a terminal a character takes, as terminals count: code point by code point (wcwidth), where marks and
// joiners take none, and East Asian wide characters and emoji two.

const none = /^(?:\p{M}|[\u200b-\u200d\u2060]|[\ufe00-\ufe0f])$/u;
const wide =
  /^[\p{Emoji_Presentation}\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\u3000-\u303e\uff01-\uff60\uffe0-\uffe6]$/u;

/** What would move the cursor, or turn the direction of writing. */
// oxlint-disable-next-line no-control-regex
const controls = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;
// oxlint-disable-next-line no-control-regex
const plain = /^[\u0020-\u007e]*$/;

const tabWidth = 8;

export function characterWidth(character: string): 0 | 1 | 2 {
  if (plain.test(character)) return 1;
  if (none.test(character)) return 0;
  return wide.test(character) ? 2 : 1;
}

export function textWidth(text: string): number {
  if (plain.test(text)) return text.length;
  let width = 0;
  for (const character of text) width += characterWidth(character);
  return width;
}

/** As much of a text as fits into so many cells. */
export function cutText(text: string, cells: number): string {
  if (textWidth(text) <= cells) return text;
  let cut = "";
  let width = 0;
  for (const character of text) {
    width += characterWidth(character);
    if (width > cells) break;
    cut += character;
  }
  return cut;
}

/** Text that is safe to write: tabs become spaces, other controls but line ends a mark. */
export function shownText(text: string): string {
  if (!text.includes("\t")) return text.replaceAll(controls, "\ufffd");
  const lines = text.split("\n").map((line) => {
    let shown = "";
    for (const piece of line.split(/(\t)/)) {
      shown += piece === "\t" ? " ".repeat(tabWidth - (textWidth(shown) % tabWidth)) : piece;
    }
    return shown;
  });
  return lines.join("\n").replaceAll(controls, "\ufffd");
}

/** Rows of a terminal that a line takes. */
export function rowCount(line: string, columns: number): number {
  if (plain.test(line)) return Math.max(1, Math.ceil(line.length / columns));
  let rows = 1;
  let used = 0;
  for (const character of line) {
    const width = characterWidth(character);
    if (used + width > columns) {
      rows++;
      used = 0;
    }
    used += width;
  }
  return rows;
}
