// The tokens of programs, in `api-tokens.json` of the state directory: names, users and hashes, never the tokens themselves.

import { z } from "zod";
import { decodeBody, encodeChecked, parseAs } from "./checked-text.ts";
import { readIfThere, writeDurably } from "./durable-file.ts";

const format = 1;

const tokenSchema = z.object({
  name: z.string(),
  user: z.string(),
  /** A login class whose limits count beside those of the user. */
  className: z.string().exactOptional(),
  madeAtMs: z.number(),
  expiresAtMs: z.number().exactOptional(),
  /** SHA-256 of the token, in hexadecimal digits: 256 random bits need no salt. */
  hash: z.string(),
});

export type ApiToken = Readonly<z.infer<typeof tokenSchema>>;

/** Empty when there is no such file; throws `DamagedFile` when it is not what was written. */
export async function readTokenFile(path: string): Promise<readonly ApiToken[]> {
  const text = await readIfThere(path);
  return text === undefined ? [] : parseAs(z.array(tokenSchema), decodeBody(text, path, format), path);
}

export async function writeTokenFile(path: string, tokens: readonly ApiToken[]): Promise<void> {
  await writeDurably(path, encodeChecked(format, { count: tokens.length }, tokens));
}
