// A client of the gateway's local socket (see api.ts), used by the demo, the tests and the command line.

import { request } from "node:http";
import type { IncomingMessage } from "node:http";
import { createInterface } from "node:readline";
import type {
  CommandRequest,
  CommandResult,
  CompleteRequest,
  CompleteResult,
  GatewayEvent,
  OperationResult,
  SessionEnded,
  SessionOpened,
  SessionRequest,
} from "./api.ts";

/** A reply larger than this is refused rather than held in memory. */
const replySizeBytesMax = 256 * 1024 * 1024;
const replyTimeoutMs = 120_000;

/** The gateway could not be asked: not running, hung up, or an answer that is none. */
export class GatewayUnreachable extends Error {
  override readonly name = "GatewayUnreachable";
}

export interface ClientSession extends AsyncDisposable {
  readonly id: string;
  /** Settles when the session is over, for whatever reason. */
  readonly ended: Promise<SessionEnded["ended"]>;
  readonly run: (line: string, rest?: Omit<CommandRequest, "line" | "session">) => Promise<CommandResult>;
}

export class GatewayClient {
  readonly #socketPath: string;

  constructor(socketPath: string) {
    this.#socketPath = socketPath;
  }

  /** Runs one line as typed at the shell. */
  async run(line: string, user?: string): Promise<CommandResult> {
    return this.command(user === undefined ? { line } : { line, user });
  }

  async command(request: CommandRequest): Promise<CommandResult> {
    return (await this.#post("/v1/command", request)) as CommandResult;
  }

  /** Opens a session, which lasts until it is disposed of or this process ends. */
  async openSession(request: SessionRequest = {}): Promise<ClientSession> {
    const hangUp = new AbortController();
    const response = await this.#send("POST", "/v1/session", JSON.stringify(request), hangUp.signal);
    const lines = createInterface({ input: response, crlfDelay: Number.POSITIVE_INFINITY })[Symbol.asyncIterator]();
    const first = await lines.next();
    if (response.statusCode !== 200 || first.done === true) {
      throw new GatewayUnreachable(
        `the gateway opened no session: ${first.done === true ? "it hung up" : first.value}`,
      );
    }
    const { session } = JSON.parse(first.value) as SessionOpened;
    // Hanging up makes the reading end with an error; the session is over then, which is all there is to know.
    const ended = lines.next().then(
      (last) => (last.done === true ? "closed" : (JSON.parse(last.value) as SessionEnded).ended),
      () => "closed" as const,
    );
    return {
      id: session,
      ended,
      run: (line, rest = {}) => this.command({ ...rest, line, session }),
      [Symbol.asyncDispose]: async () => {
        hangUp.abort();
        await ended;
      },
    };
  }

  /** The data of one operational command. Throws with the gateway's sentence when it is refused. */
  async operation(name: string, input: unknown = {}): Promise<unknown> {
    const result = (await this.#post(`/v1/operation/${encodeURIComponent(name)}`, input)) as OperationResult;
    if (!result.ok) throw new Error(result.error);
    return result.data;
  }

  async complete(line: string, rest: Omit<CompleteRequest, "line"> = {}): Promise<CompleteResult["candidates"]> {
    return ((await this.#post("/v1/complete", { ...rest, line })) as CompleteResult).candidates;
  }

  /** Events from now on, until the signal aborts or the gateway ends. */
  async *events(signal: AbortSignal): AsyncGenerator<GatewayEvent> {
    const response = await this.#send("GET", "/v1/events", undefined, signal);
    const lines = createInterface({ input: response, crlfDelay: Number.POSITIVE_INFINITY });
    try {
      for await (const line of lines) if (line !== "") yield JSON.parse(line) as GatewayEvent;
    } catch (error) {
      if (!signal.aborted) throw new GatewayUnreachable("the gateway closed the event stream", { cause: error });
    } finally {
      lines.close();
      response.destroy();
    }
  }

  async #post(path: string, body: unknown): Promise<unknown> {
    const response = await this.#send("POST", path, JSON.stringify(body), AbortSignal.timeout(replyTimeoutMs));
    const chunks: Buffer[] = [];
    let sizeBytes = 0;
    for await (const chunk of response as AsyncIterable<Buffer>) {
      sizeBytes += chunk.length;
      if (sizeBytes > replySizeBytesMax) throw new GatewayUnreachable("the gateway's answer is too large");
      chunks.push(chunk);
    }
    const text = Buffer.concat(chunks).toString("utf8");
    if (response.statusCode !== 200)
      throw new GatewayUnreachable(`the gateway answered ${response.statusCode}: ${text}`);
    return JSON.parse(text);
  }

  #send(method: string, path: string, body: string | undefined, signal: AbortSignal): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const outgoing = request(
        {
          socketPath: this.#socketPath,
          method,
          path,
          signal,
          headers: body === undefined ? {} : { "content-type": "application/json" },
        },
        resolve,
      );
      outgoing.on("error", (error) =>
        reject(new GatewayUnreachable(`no gateway answers at ${this.#socketPath}`, { cause: error })),
      );
      outgoing.end(body);
    });
  }
}
