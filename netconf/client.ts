// A NETCONF client: hello, requests one after the other, answers as elements. It knows nothing of what carries it and keeps
// no time; whoever uses it gives a stream, and ends the stream to give up. Zone synchronisation and the tests use it.

import type { ByteStream } from "./byte-stream.ts";
import { FramingError, MessageTooBig } from "./deframer.ts";
import type { XmlElement } from "./element.ts";
import { base10, base11, baseNamespace, commonFraming, printHello, readHello } from "./hello.ts";
import { MessageChannel } from "./message-channel.ts";
import { childOf, MalformedXml, parseXml } from "./parse-xml.ts";
import type { ParsedElement, ParseOptions } from "./parse-xml.ts";
import { printAttributes, printElement } from "./print-element.ts";
import { readErrors } from "./rpc-error.ts";
import type { ReceivedError } from "./rpc-error.ts";

/** The server answered with errors; warnings alone are no failure. */
export class RpcFailed extends Error {
  override readonly name = "RpcFailed";
  readonly errors: readonly ReceivedError[];

  constructor(errors: readonly ReceivedError[]) {
    super(errors.map(({ message }) => message).join("; "));
    this.errors = errors;
  }
}

/** The server broke off, or speaks something else. */
export class ServerGone extends Error {
  override readonly name = "ServerGone";
}

export interface ClientOptions {
  /** Base 1.0 and 1.1 by default. */
  readonly capabilities?: readonly string[];
}

export type ConfigurationFormat = "text" | "set" | "json";

export class NetconfClient {
  readonly sessionId: number;
  readonly capabilities: ReadonlySet<string>;
  readonly #channel: MessageChannel;
  #count = 0;
  /** Requests wait for each other: the answers come in their order. */
  #last: Promise<unknown> = Promise.resolve();

  private constructor(channel: MessageChannel, sessionId: number, capabilities: ReadonlySet<string>) {
    this.#channel = channel;
    this.sessionId = sessionId;
    this.capabilities = capabilities;
  }

  /** Throws `ServerGone` when the other side is no NETCONF server that this client can speak with. */
  static async open(
    stream: ByteStream,
    { capabilities = [base10, base11] }: ClientOptions = {},
  ): Promise<NetconfClient> {
    const channel = new MessageChannel(stream);
    try {
      await channel.send(printHello(capabilities));
      const hello = readHello(await received(channel));
      if (hello?.sessionId === undefined) throw new ServerGone("the first message of the server is no hello");
      const framing = commonFraming(new Set(capabilities), hello.capabilities);
      if (framing === undefined) throw new ServerGone("the server speaks no version of NETCONF that is known here");
      channel.setFraming(framing);
      return new NetconfClient(channel, hello.sessionId, hello.capabilities);
    } catch (error) {
      channel.close();
      throw error;
    }
  }

  /** The `<rpc-reply>`. Throws `RpcFailed` when it holds errors, `ServerGone` when none comes. */
  rpc(request: XmlElement | string, options?: ParseOptions): Promise<ParsedElement> {
    const answer = this.#last.then(() => this.#ask(request, options));
    this.#last = answer.catch(() => undefined);
    return answer;
  }

  /** The `<configuration>` of a datastore as XML, or what a filter selects of it; empty when that is nothing. */
  async getConfig(source: "candidate" | "running", filter?: string): Promise<string> {
    const selection = filter === undefined ? "" : `<filter type="subtree">${filter}</filter>`;
    const request = `<get-config><source><${source}/></source>${selection}</get-config>`;
    // It may be large, and its reader takes a text.
    const reply = await this.rpc(request, { keepTextWithin: new Set(["data"]) });
    return childOf(reply, "data")?.children[0]?.source ?? "";
  }

  /** The text of a configuration as `get-configuration` gives it. */
  async getConfiguration(
    format: ConfigurationFormat,
    {
      database = "candidate",
      filter = "",
    }: { readonly database?: "candidate" | "committed"; readonly filter?: string } = {},
  ): Promise<string> {
    const attributes = printAttributes({ database, format });
    const reply = await this.rpc(`<get-configuration${attributes}>${filter}</get-configuration>`);
    return format === "json" ? reply.text : (childOf(reply, `configuration-${format}`)?.text ?? "").replace(/^\n/, "");
  }

  /** Set lines or other commands of the configuration mode. */
  async loadSet(lines: string): Promise<void> {
    await this.#load({ action: "set", format: "text" }, "configuration-set", lines);
  }

  /** A text in curly braces. */
  async loadText(action: "merge" | "replace" | "override" | "update", text: string): Promise<void> {
    await this.#load({ action, format: "text" }, "configuration-text", text);
  }

  async lock(): Promise<void> {
    await this.rpc("<lock><target><candidate/></target></lock>");
  }

  async unlock(): Promise<void> {
    await this.rpc("<unlock><target><candidate/></target></unlock>");
  }

  /** What the candidate would change, as a patch; empty when it is what is in force. */
  async compare(): Promise<string> {
    const request = '<get-configuration compare="rollback" rollback="0" format="text"/>';
    const information = childOf(await this.rpc(request), "configuration-information");
    const output = information === undefined ? undefined : childOf(information, "configuration-output");
    return (output?.text ?? "").replace(/^\n/, "");
  }

  async commit({
    log,
    confirmMinutes,
  }: { readonly log?: string; readonly confirmMinutes?: number } = {}): Promise<void> {
    const confirmed: readonly XmlElement[] =
      confirmMinutes === undefined
        ? []
        : [
            { name: "confirmed", content: [] },
            { name: "confirm-timeout", content: String(confirmMinutes) },
          ];
    const why: readonly XmlElement[] = log === undefined ? [] : [{ name: "log", content: log }];
    await this.rpc({ name: "commit-configuration", content: [...confirmed, ...why] });
  }

  async discard(): Promise<void> {
    await this.rpc("<discard-changes/>");
  }

  /** The text that a typed line answers. */
  async command(line: string): Promise<string> {
    const reply = await this.rpc({ name: "command", attributes: { format: "text" }, content: line });
    return textIn(reply).replace(/^\n/, "");
  }

  /** Says goodbye and ends the connection. */
  async close(): Promise<void> {
    try {
      await this.rpc("<close-session/>");
    } finally {
      this.#channel.close();
    }
  }

  async #load(attributes: Readonly<Record<string, string>>, holder: string, text: string): Promise<void> {
    await this.rpc({ name: "load-configuration", attributes, content: [{ name: holder, content: text }] });
  }

  async #ask(request: XmlElement | string, options?: ParseOptions): Promise<ParsedElement> {
    const id = String(++this.#count);
    const body = typeof request === "string" ? request : printElement(request);
    await this.#channel.send(`<rpc${printAttributes({ xmlns: baseNamespace, "message-id": id })}>${body}</rpc>`);
    const reply = await received(this.#channel, options);
    if (reply.name !== "rpc-reply" || reply.attributes["message-id"] !== id)
      throw new ServerGone(`the server answered <${reply.name}> in place of the reply ${id}`);
    const errors = readErrors(reply);
    if (errors.some(({ severity }) => severity === "error")) throw new RpcFailed(errors);
    return reply;
  }
}

/** The characters of all elements in order. */
function textIn({ text, children }: ParsedElement): string {
  return children.length === 0 ? text : children.map(textIn).join("");
}

async function received(channel: MessageChannel, options?: ParseOptions): Promise<ParsedElement> {
  try {
    const message = await channel.receive();
    if (message === undefined) throw new ServerGone("the server ended the connection");
    return parseXml(message, options);
  } catch (error) {
    if (error instanceof MalformedXml || error instanceof FramingError || error instanceof MessageTooBig)
      throw new ServerGone("the server does not speak NETCONF", { cause: error });
    throw error;
  }
}
