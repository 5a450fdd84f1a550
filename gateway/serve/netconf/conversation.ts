// What is said in one session, in order: our hello and theirs, requests and replies. Errors of the messages themselves are
// answered here as RFC 6241 and RFC 6242 say; a session in which nothing moves is ended.

import { FramingError, MessageTooBig } from "@merlon/netconf/deframer.ts";
import type { Framing } from "@merlon/netconf/deframer.ts";
import { commonFraming, printHello, readHello, serverCapabilities } from "@merlon/netconf/hello.ts";
import type { MessageChannel } from "@merlon/netconf/message-channel.ts";
import { MalformedXml, parseXml } from "@merlon/netconf/parse-xml.ts";
import type { ParsedElement } from "@merlon/netconf/parse-xml.ts";
import type { RpcError } from "@merlon/netconf/rpc-error.ts";
import { answerRpc, printReply } from "./answer-rpc.ts";
import { printErrors } from "./diagnostic-errors.ts";
import { ConnectionGone } from "./duplex-bytes.ts";
import type { NetconfSession } from "./netconf-session.ts";

/** Messages that are no requests, in one session. */
const malformedMax = 20;
/** How often a session is looked at that may stand still. */
const lookMs = 15_000;

/** Configurations are read by the readers of the language. */
const keepTextWithin: ReadonlySet<string> = new Set(["load-configuration", "config"]);

export interface ConversationLimits {
  readonly helloMs: number;
  readonly messageMs: number;
}

export class Conversation {
  readonly #session: NetconfSession;
  readonly #channel: MessageChannel;
  readonly #limits: ConversationLimits;
  #framing: Framing = "end-of-message";
  #malformedCount = 0;
  /** On the even clock: when the last message was complete. */
  #lastMessageMs: number;

  constructor(session: NetconfSession, channel: MessageChannel, limits: ConversationLimits) {
    this.#session = session;
    this.#channel = channel;
    this.#limits = limits;
    this.#lastMessageMs = this.#nowMs();
  }

  /** Resolves when one side has ended it. */
  async run(): Promise<void> {
    const timer = setInterval(() => this.#endIfStill(), Math.min(lookMs, this.#limits.messageMs));
    try {
      const first = await this.#sayHello();
      if (first === "over") return;
      if (first !== undefined && !(await this.#answer(first))) return;
      while (await this.#next());
    } finally {
      clearInterval(timer);
    }
  }

  /** A request that came in place of a hello, as scripts for the original send them: then there are no chunks. */
  async #sayHello(): Promise<ParsedElement | "over" | undefined> {
    await this.#channel.send(printHello(serverCapabilities, this.#session.id));
    const timer = setTimeout(() => this.#session.end(), this.#limits.helloMs);
    const message = await this.#receive();
    clearTimeout(timer);
    if (typeof message !== "object") return "over";
    if (message.name === "rpc") return message;
    const hello = readHello(message);
    // A session id is the server's to give (RFC 6241, 8.1).
    if (hello === undefined || hello.sessionId !== undefined) return "over";
    const framing = commonFraming(new Set(serverCapabilities), hello.capabilities);
    if (framing === undefined) return "over";
    this.#framing = framing;
    this.#channel.setFraming(framing);
    return undefined;
  }

  /** False when the session is over. */
  async #next(): Promise<boolean> {
    const message = await this.#receive();
    return message === "answered" ? true : message === "over" ? false : this.#answer(message);
  }

  async #answer(message: ParsedElement): Promise<boolean> {
    try {
      const { text, closes } = await answerRpc(this.#session, message, this.#framing);
      await this.#channel.send(text);
      return !closes && !this.#session.signal.aborted;
    } catch (error) {
      if (error instanceof ConnectionGone) throw error;
      const failure = "the gateway failed to answer; its log says why";
      const bug = { type: "application", tag: "operation-failed", severity: "error", message: failure } as const;
      await this.#channel.send(printReply(message.attributes, printErrors([bug])));
      throw error;
    }
  }

  /** The next message; those that are none are answered here. */
  async #receive(): Promise<ParsedElement | "answered" | "over"> {
    try {
      const text = await Promise.race([this.#channel.receive(), this.#session.over]);
      if (text === undefined) return "over";
      this.#lastMessageMs = this.#nowMs();
      return parseXml(text, { keepTextWithin });
    } catch (error) {
      if (error instanceof FramingError) return "over";
      if (error instanceof MessageTooBig) {
        await this.#refuse({ type: "transport", tag: "too-big", severity: "error", message: error.message });
        return "over";
      }
      if (!(error instanceof MalformedXml)) throw error;
      // The older version of the protocol does not know the tag.
      const tag = this.#framing === "chunked" ? "malformed-message" : "operation-failed";
      await this.#refuse({ type: "rpc", tag, severity: "error", message: error.message });
      this.#malformedCount += 1;
      return this.#malformedCount < malformedMax ? "answered" : "over";
    }
  }

  #refuse(error: RpcError): Promise<void> {
    return this.#channel.send(printReply({}, printErrors([error])));
  }

  #nowMs(): number {
    return this.#session.gateway.clocks.monotonicMs();
  }

  #endIfStill(): void {
    const sinceMs = this.#nowMs() - this.#lastMessageMs;
    const { isBusy, access } = this.#session;
    if (isBusy) return;
    const limitMs = this.#channel.isReceiving ? this.#limits.messageMs : (access?.idleTimeoutMs ?? Infinity);
    if (sinceMs > limitMs) this.#session.end();
  }
}
