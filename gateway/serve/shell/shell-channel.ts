// A shell at the end of a stream: bytes in, text out, as fast as the other side reads. A side that is gone takes everything,
// so that a shell always comes to its end.

import type { Duplex } from "node:stream";
import type { Shell } from "@merlon/shell/shell.ts";

/** Resolves when there is room for more, or nobody to read it. */
export async function writeTo(channel: Duplex, text: string): Promise<void> {
  if (text === "" || channel.destroyed || !channel.writable) return;
  if (channel.write(text)) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  const done = (): void => resolve();
  channel.once("drain", done);
  channel.once("close", done);
  channel.once("error", done);
  await promise;
  channel.off("drain", done);
  channel.off("close", done);
  channel.off("error", done);
}

/** Feeds the shell until the stream ends; answers what stops that. */
export function feedFrom(channel: Duplex, shell: Shell): Disposable {
  const take = (bytes: Buffer): void => {
    if (!shell.feed(bytes)) channel.pause();
  };
  const end = (): void => shell.inputEnded();
  const gone = (): void => void shell.end("");
  channel.on("data", take);
  channel.once("end", end);
  channel.once("close", gone);
  // A stream that fails is closed next; without a listener its error would end the process.
  channel.on("error", gone);
  return {
    [Symbol.dispose]: () => {
      channel.off("data", take);
      channel.off("end", end);
      channel.off("close", gone);
    },
  };
}
