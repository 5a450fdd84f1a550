// The Unix socket in the state directory: HTTP with JSON as api.ts says. Only the owner of the directory can open it.
// Requests are limited in size and number; a slow reader of events loses events, never memory.

import { chmod, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { connect } from "node:net";
import { z } from "zod";
import { completeLine } from "@merlon/junos/complete.ts";
import { splitWords } from "./split-words.ts";
import type { ConfigNode } from "@merlon/junos/tree.ts";
import type { CommandResult, CompleteResult, OperationResult, SessionEnded, SessionOpened } from "../api.ts";
import { CandidateRefused } from "../candidate/candidate-refused.ts";
import type { EndReason, OpenOptions } from "../candidate/candidates.ts";
import type { Session } from "../candidate/edit-session.ts";
import { loadActions } from "../candidate/load-actions.ts";
import { subscribersMax } from "../event-hub.ts";
import type { Gateway } from "../gateway.ts";
import { KernelFailure } from "../kernel/kernel.ts";
import { OperationRefused } from "../ops/operation.ts";
import { operationNamed, typedOperations } from "../ops/operations.ts";
import { readInput } from "../ops/parse-operation.ts";
import { refused } from "./answer.ts";
import { editWords, runCommand } from "./command.ts";
import { confirmMinutesMax } from "./parse-commit.ts";

/** A configuration of 100,000 policies fits. */
const requestSizeBytesMax = 64 * 1024 * 1024;
const connectionsMax = 256;
const sessionIdleLimitMsMax = 24 * 3600 * 1000;

const userSchema = z.string().min(1).max(255);
const sessionSchema = z.string().max(64);
const commandSchema = z.object({
  line: z.string(),
  user: userSchema.exactOptional(),
  session: sessionSchema.exactOptional(),
  at: z.array(z.string().max(1024)).max(128).exactOptional(),
  text: z.string().exactOptional(),
  confirmTimeoutMs: z
    .int()
    .min(1)
    .max(confirmMinutesMax * 60_000)
    .exactOptional(),
});
const completeSchema = z.object({ line: z.string().max(64 * 1024), session: sessionSchema.exactOptional() });
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
    const { line, session } = parse(completeSchema, body);
    const tree = session === undefined ? gateway.candidate : gateway.candidates.tree(gateway.candidates.find(session));
    const result: CompleteResult = { candidates: complete(tree, line) };
    return sendJson(response, 200, result);
  }
  const name = /^\/v1\/operation\/([a-z0-9-]{1,80})$/.exec(path)?.[1];
  if (name === undefined) throw new BadRequest(404, `there is no ${path}`);
  return sendJson(response, 200, await operate(gateway, name, parse(inputSchema, body)));
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

function complete(candidate: ConfigNode, line: string): CompleteResult["candidates"] {
  const words = splitWords(line) ?? [];
  const typed = line.endsWith(" ") || line === "" ? [...words, ""] : words;
  const [first = ""] = typed;
  if (typed.length > 1 && editWords.has(first)) {
    return completeLine(candidate, line).candidates;
  }
  const depth = typed.length - 1;
  const before = typed.slice(0, depth);
  const commands = [...commandWords, ...typedOperations];
  const next = new Map<string, string>();
  for (const { words: command, help, parameters } of commands) {
    if (!before.slice(0, command.length).every((word, i) => word === command[i])) continue;
    const word = command[depth];
    if (word !== undefined) next.set(word, depth === command.length - 1 ? help : (next.get(word) ?? ""));
    else for (const parameter of parameters) next.set(parameter.word, parameter.help);
  }
  return [...next]
    .filter(([word]) => word.startsWith(typed[depth] ?? ""))
    .map(([word, help]) => ({ word, help, final: false }))
    .toSorted((a, b) => (a.word < b.word ? -1 : 1));
}

const commandWords: readonly {
  words: readonly string[];
  help: string;
  parameters: readonly { word: string; help: string }[];
}[] = [
  { words: ["set"], help: "Add or change a statement", parameters: [] },
  { words: ["delete"], help: "Remove a statement", parameters: [] },
  { words: ["deactivate"], help: "Keep a statement without effect", parameters: [] },
  { words: ["activate"], help: "Give a statement its effect back", parameters: [] },
  { words: ["insert"], help: "Move a statement before or after another", parameters: [] },
  { words: ["rename"], help: "Give a statement another name", parameters: [] },
  { words: ["show", "configuration"], help: "Show the configuration in force", parameters: [] },
  { words: ["show", "|", "compare"], help: "Show what the candidate would change", parameters: [] },
  {
    words: ["commit"],
    help: "Put the candidate into force",
    parameters: [
      { word: "and-quit", help: "Leave configuration mode afterwards" },
      { word: "at", help: "Wait for a time" },
      { word: "check", help: "Only check it" },
      { word: "comment", help: "Say why" },
      { word: "confirmed", help: "Roll back unless confirmed in time" },
      { word: "synchronize", help: "Nothing: there is one routing engine" },
    ],
  },
  {
    words: ["configure"],
    help: "Enter configuration mode",
    parameters: [
      { word: "exclusive", help: "Nobody else may edit or commit" },
      { word: "private", help: "Edit a candidate of one's own" },
    ],
  },
  { words: ["exit"], help: "Leave configuration mode", parameters: [] },
  {
    words: ["load"],
    help: "Read a text into the candidate",
    parameters: [...loadActions, { word: "factory-default", help: "Load what a new gateway has" }],
  },
  {
    words: ["rollback"],
    help: "Make the candidate what it was some commits ago",
    parameters: [{ word: "rescue", help: "Load the rescue configuration" }],
  },
  { words: ["status"], help: "Show who edits the configuration", parameters: [] },
  { words: ["update"], help: "Take over what others have committed", parameters: [] },
  { words: ["help"], help: "Show the commands", parameters: [] },
];

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
