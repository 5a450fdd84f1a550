// The text of a log or a saved file for a command. A file that cannot be read (rotated away meanwhile, damaged) is an answer
// to the operator and no bug of the gateway.

import { readShownFile } from "../store/shown-files.ts";
import type { ShownFile } from "../store/shown-files.ts";
import { OperationRefused } from "./operation.ts";

/** Throws `OperationRefused`. */
export async function* filePieces(
  file: ShownFile,
  options: Parameters<typeof readShownFile>[1] = {},
): AsyncGenerator<string> {
  try {
    yield* readShownFile(file, options);
  } catch (error) {
    throw new OperationRefused(
      `${file.name} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}
