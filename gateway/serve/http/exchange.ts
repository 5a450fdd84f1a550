// One request and its answer, as handlers see them: the body is read within limits, and what is written waits for its reader.
// A client that does not read for a minute is hung up on; nobody else waits for him.

import type { IncomingMessage, ServerResponse } from "node:http";
import { jsonText } from "@merlon/model/json-text.ts";
import { ByteBudget } from "@merlon/netconf/deframer.ts";
import { z } from "zod";
import type { Gateway } from "../../gateway.ts";
import type { HttpCaller } from "./http-caller.ts";
import { Problem } from "./problem.ts";

/** A configuration of 100,000 policies fits. */
export const bodySizeBytesMax = 64 * 1024 * 1024;
/** Of all requests together that are being read: three of the largest. */
const unreadBytesMax = 3 * bodySizeBytesMax;
const stallMs = 60_000;

export interface ExchangeOptions {
  readonly gateway: Gateway;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly caller: HttpCaller;
  readonly url: URL;
}

const budget = new ByteBudget(unreadBytesMax);

export class Exchange {
  readonly gateway: Gateway;
  readonly caller: HttpCaller;
  readonly url: URL;
  /** Says that the client has gone away, or that the answer is complete. */
  readonly gone: AbortSignal;
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;

  constructor({ gateway, request, response, caller, url }: ExchangeOptions) {
    this.gateway = gateway;
    this.caller = caller;
    this.url = url;
    this.#request = request;
    this.#response = response;
    const gone = new AbortController();
    this.gone = gone.signal;
    response.once("close", () => gone.abort());
  }

  get accept(): string {
    return this.#request.headers.accept ?? "*/*";
  }

  /** Without its parameters, in small letters; empty when the request does not say. */
  get contentType(): string {
    return (this.#request.headers["content-type"] ?? "").split(";")[0]?.trim().toLowerCase() ?? "";
  }

  /** The first of these forms that the client accepts; throws `Problem` when he accepts none. */
  choose<const T extends string>(...types: readonly T[]): T {
    const accepted = acceptedTypes(this.accept);
    for (const { type } of accepted) {
      const found = types.find(
        (offered) => type === "*/*" || type === offered || type === `${offered.split("/")[0]}/*`,
      );
      if (found !== undefined) return found;
    }
    throw new Problem(406, `the answer is one of ${types.join(", ")}; accept asks for something else`);
  }

  async text(): Promise<string> {
    const tooLarge = new Problem(413, `a request may have ${bodySizeBytesMax} bytes`, closing);
    if (Number(this.#request.headers["content-length"] ?? 0) > bodySizeBytesMax) throw tooLarge;
    const chunks: Buffer[] = [];
    let sizeBytes = 0;
    try {
      for await (const chunk of this.#request as AsyncIterable<Buffer>) {
        if (sizeBytes + chunk.length > bodySizeBytesMax) throw tooLarge;
        if (!budget.take(chunk.length))
          throw new Problem(503, "too much is being read from others; try again in a moment", closing);
        sizeBytes += chunk.length;
        chunks.push(chunk);
      }
    } finally {
      budget.giveBack(sizeBytes);
    }
    return Buffer.concat(chunks).toString("utf8");
  }

  async json<T>(schema: z.ZodType<T>): Promise<T> {
    const text = await this.text();
    // A page in a browser can send JSON elsewhere only under the name of something else.
    if (text !== "" && this.caller.access !== undefined && this.contentType !== "application/json")
      throw new Problem(415, "the body is JSON: content-type is application/json");
    return checked(schema, text === "" ? {} : parseJson(text));
  }

  query<T>(schema: z.ZodType<T>): T {
    const given: Record<string, string> = {};
    for (const [name, value] of this.url.searchParams) {
      if (Object.hasOwn(given, name)) throw new Problem(400, `${name} stands twice in the query`);
      given[name] = value;
    }
    return checked(schema, given);
  }

  async sendJson(body: unknown): Promise<void> {
    await this.send(`${jsonText(body)}\n`, "application/json");
  }

  async send(text: string, type: string, status = 200, headers: Readonly<Record<string, string>> = {}): Promise<void> {
    const bytes = Buffer.from(text);
    this.#response.writeHead(status, { ...headersOf(type), ...headers, "content-length": bytes.length });
    this.#response.end(bytes);
  }

  /** Begins an answer that is written piece by piece. */
  begin(type: string): void {
    this.#response.writeHead(200, headersOf(type));
    this.#response.flushHeaders();
  }

  /** Resolves when there is room for more, or nobody to read it. */
  async write(text: string): Promise<void> {
    if (this.gone.aborted || this.#response.write(text)) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const stalled = setTimeout(() => this.#response.destroy(), stallMs);
    this.#response.once("drain", resolve).once("close", resolve);
    await promise;
    clearTimeout(stalled);
    this.#response.removeListener("drain", resolve).removeListener("close", resolve);
  }

  end(): void {
    this.#response.end();
  }
}

/** The rest of the body is not read, so the connection cannot be used again. */
const closing = { headers: { connection: "close" } } as const;

/** What is answered is for this client and now; a browser guesses nothing about it. */
export function headersOf(type: string): Readonly<Record<string, string>> {
  return { "content-type": type, "cache-control": "no-store", "x-content-type-options": "nosniff" };
}

/** One object a line. Whoever reads line by line may take U+2028 and U+2029 for line ends; JSON does not. */
export function jsonLine(body: unknown): string {
  return `${jsonText(body).replaceAll("\u2028", "\\u2028").replaceAll("\u2029", "\\u2029")}\n`;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Problem(400, "the request is not JSON");
  }
}

function checked<T>(schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw new Problem(400, z.prettifyError(parsed.error));
  return parsed.data;
}

/** The types of an `accept` header, the most wanted first; types with weight 0 are not wanted. */
export function acceptedTypes(header: string): readonly { readonly type: string; readonly weight: number }[] {
  return header
    .split(",")
    .slice(0, acceptCountMax)
    .map((part) => {
      const [type = "", ...parameters] = part.split(";").map((word) => word.trim().toLowerCase());
      const weight = Number(parameters.find((word) => word.startsWith("q="))?.slice(2) ?? 1);
      return { type, weight: Number.isFinite(weight) ? weight : 0 };
    })
    .filter(({ weight }) => weight > 0)
    .toSorted((a, b) => b.weight - a.weight);
}

const acceptCountMax = 32;
