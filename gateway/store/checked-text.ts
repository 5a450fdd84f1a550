// Text of a file of the state directory whose damage is noticed: a line with format and checksums, a line with what is
// asked often, and a line with the rest. The first two lines can be read without the third, which may be very long.

import { createHash } from "node:crypto";
import { z } from "zod";

/** A file of the state directory is not what was written there. */
export class DamagedFile extends Error {
  override readonly name = "DamagedFile";
}

const headerSchema = z.object({ format: z.int(), summary: z.string().exactOptional(), sha256: z.string() });

export function encodeChecked(format: number, summary: unknown, body: unknown): string {
  const [summaryText, bodyText] = [JSON.stringify(summary), JSON.stringify(body)];
  const header = { format, summary: sha256(summaryText), sha256: sha256(bodyText) };
  return `${JSON.stringify(header)}\n${summaryText}\n${bodyText}\n`;
}

/** The summary as a JSON value; `text` may end anywhere behind its line. Throws `DamagedFile` naming `path`. */
export function decodeSummary(text: string, path: string, format: number): unknown {
  const [head = "", summary = ""] = text.split("\n", 2);
  const header = parseHeader(head, path, format);
  if (header.summary !== sha256(summary)) throw damaged(path);
  return parseJson(summary, path);
}

/** The body as a JSON value. Throws `DamagedFile` naming `path`. */
export function decodeBody(text: string, path: string, format: number): unknown {
  const [head = "", , body = ""] = text.split("\n", 3);
  const header = parseHeader(head, path, format);
  if (header.sha256 !== sha256(body)) throw damaged(path);
  return parseJson(body, path);
}

export function parseAs<T>(schema: z.ZodType<T>, data: unknown, path: string): T {
  const parsed = schema.safeParse(data);
  if (!parsed.success) throw new DamagedFile(`${path} is damaged: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
}

export function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new DamagedFile(`${path} is damaged: it is not JSON`, { cause: error });
  }
}

function parseHeader(head: string, path: string, format: number): z.infer<typeof headerSchema> {
  const header = parseAs(headerSchema, parseJson(head, path), path);
  if (header.format !== format)
    throw new DamagedFile(`${path} has format ${header.format}; this gateway reads ${format}`);
  return header;
}

function damaged(path: string): DamagedFile {
  return new DamagedFile(`${path} is damaged: its checksum does not fit its content`);
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
