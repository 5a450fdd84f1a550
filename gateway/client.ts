// A client of the gateway's local socket (see api.ts), used by the demo, the tests and the command line.

import { request } from "node:http";
import type { IncomingMessage } from "node:http";
import { createInterface } from "node:readline";
import type {
  AnswerPart,
  CommandRequest,
  CommandResult,
  CompleteRequest,
  CompleteResult,
  GatewayEvent,
  InterruptRequest,
  OperationResult,
  SessionEnded,
  SessionOpened,
  SessionRequest,
} from "./api.ts";

/** A reply larger than this is refused rather than held in memory. */
const replySizeBytesMax = 256 * 1024 * 1024;
const replyTimeoutMs = 120_000;
/** How long the end of an answer that concludes is waited for. */
const lastWordsMs = 500;

/** The gateway could not be asked: not running, hung up, or an answer that is none. */
export class GatewayUnreachable extends Error {
  override readonly name = "GatewayUnreachable";
}

/** An answer that is read while it is made. */
export interface StreamedResult extends CommandResult {
  /** What follows the text, if anything. Throws `GatewayUnreachable` when it breaks off. */
  readonly more?: AsyncIterable<string>;
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

  /**
   * The answer piece by piece; `signal` ends it. What follows the result must be read or ended. One that concludes is heard to
   * its end, if that comes soon.
   */
  async stream(request: CommandRequest, signal: AbortSignal): Promise<StreamedResult> {
    const hangUp = new AbortController();
    let end = (): void => hangUp.abort();
    signal.addEventListener("abort", () => end(), { once: true });
    if (signal.aborted) hangUp.abort();
    const ended = hangUp.signal;
    const response = await this.#send("POST", "/v1/command", JSON.stringify(request), ended, "application/x-ndjson");
    const parts = partsOf(response, ended);
    const first = await parts.next();
    if (response.statusCode !== 200 || first.done === true || !("result" in first.value)) {
      throw new GatewayUnreachable(`the gateway answered ${response.statusCode ?? "nothing"}`);
    }
    const { result, continues } = first.value;
    const { session } = request;
    if (result.concludes === true && session !== undefined)
      end = () => {
        setTimeout(() => hangUp.abort(), lastWordsMs).unref();
        this.#post("/v1/interrupt", { session } satisfies InterruptRequest).catch(() => hangUp.abort());
      };
    if (continues) return { ...result, more: moreOf(parts) };
    await parts.return(undefined);
    return result;
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
    const path = `/v1/operation/${encodeURIComponent(name)}`;
    const { status, text } = await this.#exchange(path, input);
    if (status === 200) return (JSON.parse(text) as OperationResult).data;
    throw new Error(detailOf(text) ?? `the gateway answered ${status}: ${text}`);
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
    const { status, text } = await this.#exchange(path, body);
    if (status !== 200) throw new GatewayUnreachable(`the gateway answered ${status}: ${detailOf(text) ?? text}`);
    return JSON.parse(text);
  }

  async #exchange(path: string, body: unknown): Promise<{ readonly status: number; readonly text: string }> {
    const response = await this.#send("POST", path, JSON.stringify(body), AbortSignal.timeout(replyTimeoutMs));
    const chunks: Buffer[] = [];
    let sizeBytes = 0;
    for await (const chunk of response as AsyncIterable<Buffer>) {
      sizeBytes += chunk.length;
      if (sizeBytes > replySizeBytesMax) throw new GatewayUnreachable("the gateway's answer is too large");
      chunks.push(chunk);
    }
    return { status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString("utf8") };
  }

  #send(
    method: string,
    path: string,
    body: string | undefined,
    signal: AbortSignal,
    accept = "application/json",
  ): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const outgoing = request(
        {
          socketPath: this.#socketPath,
          method,
          path,
          signal,
          headers: body === undefined ? {} : { "content-type": "application/json", accept },
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

/** The sentence of a problem (`application/problem+json`); undefined of what is none. */
function detailOf(text: string): string | undefined {
  try {
    const { detail } = JSON.parse(text) as { readonly detail?: unknown };
    return typeof detail === "string" ? detail : undefined;
  } catch {
    return undefined;
  }
}

async function* partsOf(response: IncomingMessage, signal: AbortSignal): AsyncGenerator<AnswerPart> {
  const lines = createInterface({ input: response, crlfDelay: Number.POSITIVE_INFINITY });
  try {
    for await (const line of lines) if (line !== "") yield JSON.parse(line) as AnswerPart;
  } catch (error) {
    if (!signal.aborted) throw new GatewayUnreachable("the gateway broke off its answer", { cause: error });
  } finally {
    lines.close();
    response.destroy();
  }
}

async function* moreOf(parts: AsyncGenerator<AnswerPart>): AsyncGenerator<string> {
  for await (const part of parts) {
    if ("more" in part) yield part.more;
    else if ("failed" in part) throw new GatewayUnreachable(part.failed);
    else if ("end" in part) return;
  }
}
