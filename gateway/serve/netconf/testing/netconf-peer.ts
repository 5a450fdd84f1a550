// A gateway over a kernel in memory with NETCONF sessions to it, for tests: each over a pair of streams in this process,
// either driven by our own client or byte by byte.

import { rm } from "node:fs/promises";
import { duplexPair } from "node:stream";
import type { Duplex } from "node:stream";
import { NetconfClient, RpcFailed } from "@merlon/netconf/client.ts";
import type { ClientOptions } from "@merlon/netconf/client.ts";
import { freshGateway } from "../../../testing/test-gateway.ts";
import type { GatewayCase } from "../../../testing/test-gateway.ts";
import { duplexBytes } from "../duplex-bytes.ts";
import type { NetconfCaller } from "../netconf-session.ts";
import { serveNetconf } from "../serve-netconf.ts";
import type { NetconfLimits } from "../serve-netconf.ts";

const stallMs = 10_000;

export interface Served {
  readonly peer: Duplex;
  /** Settles when the server is done with the session. */
  readonly served: Promise<void>;
}

export class NetconfCase implements AsyncDisposable {
  readonly case: GatewayCase;
  readonly #served: Served[] = [];

  private constructor(gatewayCase: GatewayCase) {
    this.case = gatewayCase;
  }

  static async open(): Promise<NetconfCase> {
    return new NetconfCase(await freshGateway("netconf"));
  }

  get gateway(): GatewayCase["gateway"] {
    return this.case.gateway;
  }

  /** A session of which the test writes and reads the bytes itself. */
  connect(caller: NetconfCaller = { user: "ana" }, limits: NetconfLimits = {}): Served {
    const [peer, stream] = duplexPair();
    const served = serveNetconf(this.gateway, stream, caller, limits);
    const one = { peer, served };
    this.#served.push(one);
    return one;
  }

  client(caller?: NetconfCaller, options?: ClientOptions): Promise<NetconfClient> {
    return NetconfClient.open(duplexBytes(this.connect(caller).peer, stallMs), options);
  }

  /** Ends all sessions, and throws what one of them failed with. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const { peer } of this.#served) if (!peer.destroyed) peer.end();
    await Promise.all(this.#served.map(({ served }) => served));
    await rm(this.case.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** What a request is refused with: tag, message, path and word of each error; none when it is not refused. */
export async function errorsOf(answer: Promise<unknown>): Promise<readonly string[]> {
  try {
    await answer;
    return [];
  } catch (error) {
    if (!(error instanceof RpcFailed)) throw error;
    return error.errors.map(({ tag, message, path, badElement }) =>
      [tag, message, path, badElement].filter((word) => word !== undefined).join(" | "),
    );
  }
}

/** The set lines of the candidate, or of what is in force. */
export async function linesOf(
  client: NetconfClient,
  database: "candidate" | "committed" = "candidate",
): Promise<readonly string[]> {
  const text = await client.getConfiguration("set", { database });
  return text.split("\n").filter((line) => line !== "");
}

/** A request to change the candidate in XML. */
export function editConfig(content: string, options = ""): string {
  const config = `<config><configuration xmlns:nc="urn:ietf:params:xml:ns:netconf:base:1.0">${content}</configuration></config>`;
  return `<edit-config><target><candidate/></target>${options}${config}</edit-config>`;
}
