// The Unix socket in the state directory: HTTP with JSON as api.ts says. Only the owner of the directory can open it.
// Requests are limited in size and number; a slow reader of events loses events, never memory.

import { chmod, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { connect } from "node:net";
import { z } from "zod";
import type { CommandResult, CompleteResult, OperationResult, SessionEnded, SessionOpened } from "../api.ts";
import { CandidateRefused } from "../candidate/candidate-refused.ts";
import type { EndReason, OpenOptions } from "../candidate/candidates.ts";
import type { Session } from "../candidate/edit-session.ts";
import { subscribersMax } from "../event-hub.ts";
import type { Gateway } from "../gateway.ts";
import { KernelFailure } from "../kernel/kernel.ts";
import { OperationRefused } from "../ops/operation.ts";
import { operationNamed } from "../ops/operations.ts";
import { readInput } from "../ops/parse-operation.ts";
import { refused } from "./answer.ts";
import { runCommand } from "./command.ts";
import { completeCommand } from "./complete-command.ts";
import { confirmMinutesMax } from "./parse-commit.ts";

/** A configuration of 100,000 policies fits. */
const requestSizeBytesMax = 64 * 1024 * 1024;
const connectionsMax = 256;
const sessionIdleLimitMsMax = 24 * 3600 * 1000;

const userSchema = z.string().min(1).max(255);
const sessionSchema = z.string().max(64);
const levelSchema = z.array(z.string().max(1024)).max(128);
const commandSchema = z.object({
  line: z.string(),
  user: userSchema.exactOptional(),
  session: sessionSchema.exactOptional(),
  at: levelSchema.exactOptional(),
  text: z.string().exactOptional(),
  confirmTimeoutMs: z
    .int()
    .min(1)
    .max(confirmMinutesMax * 60_000)
    .exactOptional(),
});
const completeSchema = z.object({
  line: z.string().max(64 * 1024),
  session: sessionSchema.exactOptional(),
  at: levelSchema.exactOptional(),
});
const inputSchema = z.record(z.string(), z.union([z.string(), z.number(), z.literal(true)]));
const sessionRequestSchema = z.object({
  user: userSchema.exactOptional(),
  idleLimitMs: z.int().min(1000).max(sessionIdleLimitMsMax).exactOptional(),
});

/** Something is wrong with the request itself. */
class BadRequest extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export class LocalSocket implements AsyncDisposable {
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  /** Listens at `path`; a socket that a killed gateway left there is replaced, a living one is an error. */
  static async listen(path: string, gateway: Gateway, onError: (error: unknown) => void): Promise<LocalSocket> {
    if (await answers(path)) throw new Error(`another gateway uses this state directory: ${path} answers`);
    await rm(path, { force: true });
    const server = createServer({ requestTimeout: 30_000 }, (request, response) => {
      answer(gateway, request, response).catch((error: unknown) => {
        if (error instanceof BadRequest) return sendJson(response, error.status, { error: error.message });
        onError(error);
        return sendJson(response, 500, { error: "the gateway failed to answer; its log says why" });
      });
    });
    server.maxConnections = connectionsMax;
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(path, resolve);
    });
    await chmod(path, 0o600);
    return new LocalSocket(server);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

async function answer(gateway: Gateway, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = request.url ?? "/";
  if (request.method === "GET" && path === "/v1/events") return streamEvents(gateway, request, response);
  if (request.method !== "POST") throw new BadRequest(405, `${request.method ?? "?"} ${path} is not offered here`);
  const body = await readJson(request);
  if (path === "/v1/command") {
    return sendJson(response, 200, await command(gateway, parse(commandSchema, body)));
  }
  if (path === "/v1/session") return holdSession(gateway, parse(sessionRequestSchema, body), response);
  if (path === "/v1/complete") {
    return sendJson(response, 200, await complete(gateway, parse(completeSchema, body)));
  }
  const name = /^\/v1\/operation\/([a-z0-9-]{1,80})$/.exec(path)?.[1];
  if (name === undefined) throw new BadRequest(404, `there is no ${path}`);
  return sendJson(response, 200, await operate(gateway, name, parse(inputSchema, body)));
}

async function complete(gateway: Gateway, request: z.infer<typeof completeSchema>): Promise<CompleteResult> {
  const { line, session: id, at } = request;
  const level = at === undefined ? {} : { at };
  try {
    const session = id === undefined ? {} : { session: gateway.candidates.find(id) };
    return { candidates: await completeCommand(gateway, line, { ...session, ...level }) };
  } catch (error) {
    // A session that has ended has nothing to offer; its next line says so.
    if (error instanceof CandidateRefused) return { candidates: [] };
    throw error;
  }
}

async function command(gateway: Gateway, request: z.infer<typeof commandSchema>): Promise<CommandResult> {
  const { line, user = "root", session: id, ...rest } = request;
  try {
    const session = id === undefined ? undefined : gateway.candidates.find(id);
    const caller = session === undefined ? { user, via: "cli" } : { user: session.user, via: session.via, session };
    return await runCommand(gateway, line, { ...caller, ...rest });
  } catch (error) {
    if (error instanceof CandidateRefused) return refused(error.message);
    throw error;
  }
}

/** The session lasts as long as its connection: a client that dies leaves no lock behind. */
async function holdSession(
  gateway: Gateway,
  { user = "root", ...limits }: z.infer<typeof sessionRequestSchema>,
  response: ServerResponse,
): Promise<void> {
  const { candidates } = gateway;
  const { promise: ended, resolve } = Promise.withResolvers<EndReason>();
  const session = openSession(gateway, { user, via: "cli", ...limits, onEnd: resolve });
  response.once("close", () => candidates.close(session));
  response.writeHead(200, { "content-type": "application/x-ndjson" });
  const opened: SessionOpened = { session: session.id };
  response.write(`${JSON.stringify(opened)}\n`);
  const last: SessionEnded = { ended: await ended };
  response.end(`${JSON.stringify(last)}\n`);
}

function openSession(gateway: Gateway, options: OpenOptions): Session {
  try {
    return gateway.candidates.open(options);
  } catch (error) {
    if (error instanceof CandidateRefused) throw new BadRequest(503, error.message);
    throw error;
  }
}

async function operate(gateway: Gateway, name: string, given: z.infer<typeof inputSchema>): Promise<OperationResult> {
  const operation = operationNamed(name);
  if (operation === undefined) return { ok: false, error: `there is no operation ${name}`, diagnostics: [] };
  const { session: id, ...input } = given;
  const parsed = readInput(operation, input);
  if (parsed.kind === "unknown") return { ok: false, error: parsed.message, diagnostics: [] };
  try {
    const session = typeof id === "string" ? gateway.candidates.find(id) : undefined;
    const caller =
      session === undefined ? { user: "root", via: "cli" } : { user: session.user, via: session.via, session };
    return { ok: true, data: (await operation.execute(gateway, parsed.input, caller)).data };
  } catch (error) {
    if (error instanceof OperationRefused) return { ok: false, error: error.message, diagnostics: error.diagnostics };
    if (error instanceof CandidateRefused || error instanceof KernelFailure) {
      return { ok: false, error: error.message, diagnostics: [] };
    }
    throw error;
  }
}

async function streamEvents(gateway: Gateway, request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (gateway.events.subscriberCount >= subscribersMax) throw new BadRequest(503, "too many readers of events");
  const gone = new AbortController();
  response.once("close", () => gone.abort());
  request.resume();
  const batches = gateway.events.subscribe(gone.signal);
  response.writeHead(200, { "content-type": "application/x-ndjson" });
  response.flushHeaders();
  for await (const batch of batches) {
    const text = batch.map((event) => `${JSON.stringify(event)}\n`).join("");
    if (!response.write(text) && !gone.signal.aborted) {
      await Promise.race([once(response, "drain"), once(response, "close")]);
    }
  }
  response.end();
}

function once(response: ServerResponse, event: "drain" | "close"): Promise<void> {
  return new Promise((resolve) => {
    response.once(event, () => resolve());
  });
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    sizeBytes += chunk.length;
    if (sizeBytes > requestSizeBytesMax) throw new BadRequest(413, `a request may have ${requestSizeBytesMax} bytes`);
    chunks.push(chunk);
  }
  try {
    return sizeBytes === 0 ? {} : JSON.parse(Buffer.concat(chunks).toString("utf8"));
  } catch {
    throw new BadRequest(400, "the request is not JSON");
  }
}

function parse<T>(schema: z.ZodType<T>, body: unknown): T {
  const parsed = schema.safeParse(body);
  if (!parsed.success) throw new BadRequest(400, z.prettifyError(parsed.error));
  return parsed.data;
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const text = JSON.stringify(body, (_, value: unknown) => (typeof value === "bigint" ? value.toString() : value));
  response.writeHead(status, { "content-type": "application/json" });
  response.end(text);
}
