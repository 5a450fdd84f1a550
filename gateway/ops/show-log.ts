// `show log [FILE]`: the logs that there are, or what one of them says. A long one is shown while it is read.

import { text as textType } from "@merlon/model/schema/value.ts";
import type { Gateway } from "../gateway.ts";
import { findShownFile, listShownFiles } from "../store/shown-files.ts";
import type { ShownFile } from "../store/shown-files.ts";
import { plainText } from "../log/plain-text.ts";
import { filePieces } from "./file-pieces.ts";
import { fileLine } from "./file-text.ts";
import { operation, OperationRefused } from "./operation.ts";

export type LogAnswer =
  | { readonly kind: "list"; readonly files: readonly ShownFile[] }
  /** So many characters of its beginning are left out. */
  | { readonly kind: "text"; readonly file: ShownFile; readonly text: string; readonly cutLength: number };

/** An answer that must be given as a whole has at most the last of it. */
const wholeLengthMax = 4 * 1024 * 1024;

export const showLog = operation<LogAnswer>({
  command: "show log",
  help: "Show the logs",
  parameters: [{ word: "filename", help: "Name of a log", type: textType(200), positional: true, files: ["log"] }],
  run: async (gateway, input) => {
    const filename = input["filename"] as string | undefined;
    if (filename === undefined) {
      const files = await listShownFiles(gateway.store);
      return { kind: "list", files: files.filter(({ kind }) => kind === "log") };
    }
    const file = await logNamed(gateway, filename);
    let [text, length] = ["", 0];
    for await (const piece of logPieces(file, filename)) {
      length += piece.length;
      text = (text + piece).slice(-wholeLengthMax);
    }
    return { kind: "text", file, text, cutLength: length - text.length };
  },
  text: (answer) => {
    if (answer.kind === "list") return answer.files.map(fileLine).join("");
    return answer.cutLength === 0
      ? answer.text
      : `... ${answer.cutLength} characters before this are left out\n${answer.text}`;
  },
  async *stream(gateway, input, _, signal) {
    const filename = input["filename"] as string | undefined;
    if (filename === undefined) {
      const files = await listShownFiles(gateway.store);
      yield files
        .filter(({ kind }) => kind === "log")
        .map(fileLine)
        .join("");
      return;
    }
    yield* logPieces(await logNamed(gateway, filename), filename, { signal });
  },
  rpc: {
    name: "get-log",
    reply: (answer) => ({
      name: answer.kind === "list" ? "output" : "file-content",
      content: answer.kind === "list" ? answer.files.map(fileLine).join("") : `\n${answer.text}`,
    }),
  },
});

/** Our own log in place of one that the original has is shown as the original shows that. */
export function logPieces(
  file: ShownFile,
  typed: string,
  options: Parameters<typeof filePieces>[1] = {},
): AsyncGenerator<string> {
  const pieces = filePieces(file, options);
  return typed.endsWith(file.name) ? pieces : plainText(pieces);
}

/** Throws `OperationRefused` for a name that is no log. */
export async function logNamed({ store }: Pick<Gateway, "store">, name: string): Promise<ShownFile> {
  const file = await findShownFile(store, name);
  if (file?.kind === "log") return file;
  throw new OperationRefused(`there is no log ${name}; "show log" names those that there are`);
}
