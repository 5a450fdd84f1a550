// Test support: one expression as the only element of a list, written, and read back from what was written.

import { BatchWriter } from "./batch-writer.ts";
import type { Expression } from "./expression.ts";
import { readExpression } from "./read-expression.ts";
import { writeExpression } from "./write-expression.ts";

export function writeAlone(expression: Expression): BatchWriter {
  const writer = new BatchWriter(1).begin(1, 0, 1);
  writeExpression(writer, expression);
  writer.end();
  return writer;
}

/** Behind netlink's header, netfilter's and that of the list's element. */
const expressionStart = 16 + 4 + 4;

export function readBack(expression: Expression): Expression {
  const [chunk] = writeAlone(expression).chunks();
  if (chunk === undefined) throw new Error("nothing was written");
  const view = new DataView(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  return readExpression(view, expressionStart, chunk.byteLength);
}
