// Messages → bytes (RFC 6242), in pieces that a slow reader takes one at a time. The text is ASCII (`toAscii`), so its
// characters are its bytes, and it holds no `]]>`, because every `>` of a text is written as a reference.

import { Buffer } from "node:buffer";
import type { Framing } from "./deframer.ts";

/** Small, because a client (ncclient) decodes all of a chunk again for each 4 kB that arrive of it. */
const pieceBytesMax = 16 * 1024;

export function* frame(message: string, framing: Framing): Generator<Uint8Array, void, void> {
  for (let at = 0; at < message.length; at += pieceBytesMax) {
    const piece = message.slice(at, at + pieceBytesMax);
    yield Buffer.from(framing === "chunked" ? `\n#${piece.length}\n${piece}` : piece, "latin1");
  }
  yield Buffer.from(framing === "chunked" ? "\n##\n" : "]]>]]>", "latin1");
}
