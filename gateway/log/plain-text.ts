// Structured lines (RFC 5424) as the plain ones that people read (`log-message.ts` writes both): a log that is kept structured
// is shown as the original shows it. What is no such line stays as it is.

const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"] as const;
const structured =
  /^<\d{1,3}>1 \d{4}-(\d\d)-(\d\d)T(\d\d:\d\d:\d\d)\S* (\S+) (\S+) (\S+) (\S+) (?:-|\[(?:"(?:[^"\\]|\\.)*"|[^"\]])*\]) ?(.*)$/;
/** A longer line is shown in parts. */
const lineLengthMax = 64 * 1024;

/** `Nov 22 18:29:09 gw1 mgd[9]: UI_COMMIT_COMPLETED: commit complete`. */
export function plainLineOf(line: string): string {
  const found = structured.exec(line);
  if (found === null) return line;
  const [, month = "", day = "", clock = "", host = "", program = "", process = "", name = "", sentence = ""] = found;
  const date = `${months[Number(month) - 1] ?? ""} ${String(Number(day)).padStart(2)} ${clock}`;
  return `${date} ${host} ${program}${process === "-" ? "" : `[${process}]`}: ${name}: ${sentence}`;
}

/** Text in any pieces → the same with plain lines. */
export async function* plainText(pieces: AsyncIterable<string>): AsyncGenerator<string> {
  let rest = "";
  for await (const piece of pieces) {
    const lines = (rest + piece).split("\n");
    rest = lines.pop() ?? "";
    if (rest.length > lineLengthMax) {
      yield `${[...lines, ""].map(plainLineOf).join("\n")}${rest}`;
      rest = "";
    } else if (lines.length > 0) yield lines.map((line) => `${plainLineOf(line)}\n`).join("");
  }
  if (rest !== "") yield plainLineOf(rest);
}
