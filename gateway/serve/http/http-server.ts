// One listener for HTTP or HTTPS. Connections are counted and limited before anything is read, requests are limited in number,
// size and time, and who does not read what he asked for is hung up on. A login lasts as long as its connection.

import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { Server as SecureServer } from "node:https";
import type { AddressInfo, ListenOptions, Socket } from "node:net";
import { TLSSocket } from "node:tls";
import type { SecureContextOptions } from "node:tls";
import type { Configuration } from "@merlon/model/schema/configuration.ts";
import type { Access } from "../../access/access.ts";
import { accountOf, loginRulesOf } from "../../access/accounts.ts";
import type { LoginHandle } from "../../access/logins.ts";
import type { Gateway } from "../../gateway.ts";
import { isWithin, plainAddress } from "../client-address.ts";
import { RefusalLog } from "../refusal-log.ts";
import { answerHttp, sendProblem } from "./answer-http.ts";
import type { Authenticator } from "./authenticate.ts";
import type { HttpCaller } from "./http-caller.ts";
import type { HttpSettings } from "./http-settings.ts";
import { Problem } from "./problem.ts";
import type { RequestRate } from "./request-rate.ts";

/** How often the times below are looked at. */
const checkTimeoutsMs = 5_000;
const headersTimeoutMs = 10_000;
const requestTimeoutMs = 60_000;
const keepAliveMs = 30_000;
const handshakeTimeoutMs = 10_000;
/** Connections that have not said anything yet in TLS, beside the others. */
const handshakesMax = 64;
const headersSizeBytesMax = 16 * 1024;
/** In these periods something of what waits in a socket must have been read. */
const stallMs = 30_000;
/** Users who share a connection, as those of a proxy do. */
const usersPerConnectionMax = 16;
/** What comes from a connection before the answers that it waits for. */
const waitingRequestsMax = 8;

export interface HttpServerOptions {
  readonly gateway: Gateway;
  readonly settings: HttpSettings;
  /** Absent: plain HTTP. */
  readonly tls?: SecureContextOptions;
  readonly authenticator: Authenticator;
  readonly rate: RequestRate;
  /** Connections of the other listeners. */
  readonly othersCount: () => number;
  /** A port, or the descriptor of a socket that listens already. */
  readonly listen: ListenOptions & { readonly fd?: number };
  readonly onError: (error: unknown) => void;
}

interface Connection {
  readonly socket: Socket;
  readonly address: string;
  readonly logins: Map<string, LoginHandle>;
  waitingCount: number;
}

export class HttpServer implements AsyncDisposable {
  readonly #options: HttpServerOptions;
  readonly #server: Server | SecureServer;
  #settings: HttpSettings;
  readonly #open = new Map<Socket, Connection>();
  readonly #refusals: RefusalLog;

  private constructor(options: HttpServerOptions) {
    this.#options = options;
    this.#refusals = new RefusalLog(options.gateway.logins.audit);
    this.#settings = options.settings;
    const limits = {
      headersTimeout: headersTimeoutMs,
      requestTimeout: requestTimeoutMs,
      keepAliveTimeout: keepAliveMs,
      maxHeaderSize: headersSizeBytesMax,
      connectionsCheckingInterval: checkTimeoutsMs,
    };
    const answer = (request: IncomingMessage, response: ServerResponse): void => void this.#answer(request, response);
    const { tls } = options;
    if (tls === undefined) {
      this.#server = createServer(limits, answer);
      this.#server.on("connection", (socket: Socket) => this.#hold(socket));
    } else {
      const mutual = { requestCert: tls.ca !== undefined, rejectUnauthorized: tls.ca !== undefined };
      const secure = { ...limits, ...tls, ...mutual, handshakeTimeout: handshakeTimeoutMs };
      this.#server = createSecureServer(secure, answer);
      this.#server.on("connection", (socket: Socket) => this.#admit(socket));
      this.#server.on("secureConnection", (socket: TLSSocket) => this.#hold(socket));
      this.#server.on("tlsClientError", (_, socket: TLSSocket) => socket.destroy());
    }
    this.#server.maxConnections = this.#settings.connectionsMax + handshakesMax;
    this.#server.on("clientError", (_, socket: Socket) => socket.destroy());
  }

  /** Resolves when clients can connect; throws when the address cannot be had. */
  static async listen(options: HttpServerOptions): Promise<HttpServer> {
    const server = new HttpServer(options);
    await new Promise<void>((resolve, reject) => {
      server.#server.once("error", reject);
      server.#server.listen(options.listen, resolve);
    });
    server.#server.on("error", options.onError);
    return server;
  }

  get address(): AddressInfo {
    return this.#server.address() as AddressInfo;
  }

  get settings(): HttpSettings {
    return this.#settings;
  }

  get openCount(): number {
    return this.#open.size;
  }

  /** New connections come under these limits; the others stay as they are. */
  change(settings: HttpSettings): void {
    this.#settings = settings;
    this.#server.maxConnections = settings.connectionsMax + handshakesMax;
  }

  /** Ends the connections of users that are not there any more. */
  endStrangers(configuration: Configuration): void {
    for (const { socket, logins } of this.#open.values())
      if ([...logins.keys()].some((user) => accountOf(configuration, user) === undefined)) socket.destroy();
  }

  /** New connections are served with this certificate. */
  changeTls(context: SecureContextOptions): void {
    if ("setSecureContext" in this.#server) this.#server.setSecureContext(context);
  }

  /** Takes no new connection and none that is idle; requests that are being answered go on. */
  stopListening(): void {
    this.#server.close();
    this.#server.closeIdleConnections();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#refusals[Symbol.dispose]();
    const closed = this.#server.listening ? new Promise((resolve) => this.#server.close(resolve)) : Promise.resolve();
    this.#server.closeAllConnections();
    for (const { socket } of this.#open.values()) socket.destroy();
    await closed;
  }

  /** False when the connection was refused, before a byte of it was read. */
  #admit(socket: Socket): boolean {
    const { gateway, othersCount } = this.#options;
    const { allowedSources, connectionsMax } = this.#settings;
    const address = plainAddress(socket.remoteAddress);
    const configuration = gateway.running?.prepared.configuration;
    const refusal =
      configuration === undefined
        ? "nothing is in force"
        : loginRulesOf(configuration).deniedSources.some((prefix) => isWithin(prefix, address))
          ? "logins from there are denied"
          : allowedSources.length > 0 && !allowedSources.includes(address)
            ? "requests from there are not allowed"
            : this.openCount + othersCount() >= connectionsMax
              ? `${connectionsMax} connections are open`
              : undefined;
    if (refusal === undefined) return true;
    socket.destroy();
    this.#refusals.add(address, refusal);
    return false;
  }

  #hold(socket: Socket): void {
    // Again for TLS: others may have come while hands were shaken.
    if (!this.#admit(socket)) return;
    const address = plainAddress(socket.remoteAddress);
    const connection: Connection = { socket, address, logins: new Map(), waitingCount: 0 };
    this.#open.set(socket, connection);
    socket.setNoDelay(true);
    let written = 0;
    const watch = setInterval(() => {
      if (socket.writableLength > 0 && socket.bytesWritten === written) socket.destroy();
      written = socket.bytesWritten;
    }, stallMs);
    watch.unref();
    socket.once("close", () => {
      clearInterval(watch);
      this.#open.delete(socket);
      for (const login of connection.logins.values()) login.close();
    });
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const connection = this.#open.get(request.socket);
    if (connection === undefined) return void request.socket.destroy();
    const { gateway, onError, rate } = this.#options;
    if (!rate.take(connection.address)) return sendProblem(response, tooMany);
    if (connection.waitingCount >= waitingRequestsMax) return void request.socket.destroy();
    connection.waitingCount += 1;
    response.once("close", () => (connection.waitingCount -= 1));
    const identify = () => this.#identify(request, connection);
    const status = await answerHttp({ gateway, request, response, identify, onError });
    gateway.events.counts.addHttpAnswer(status);
  }

  async #identify({ headers, socket }: IncomingMessage, connection: Connection): Promise<HttpCaller> {
    const { authenticator } = this.#options;
    const { authorization } = headers;
    const { address } = connection;
    const access = await authenticator.identify({ authorization, certifiedName: certifiedName(socket), address });
    this.#login(access, connection);
    return { access, remote: address };
  }

  #login({ user, className }: Access, { socket, address, logins }: Connection): void {
    const known = logins.get(user);
    if (known !== undefined) return known.used();
    if (logins.size >= usersPerConnectionMax || socket.destroyed) return;
    const { remotePort = 0, localAddress = "", localPort = 0 } = socket;
    const connection = `${address} ${remotePort} ${plainAddress(localAddress)} ${localPort}`;
    const end = (): void => void socket.destroy();
    logins.set(
      user,
      this.#options.gateway.logins.open({ user, className, mode: "rest", from: address, connection, end }),
    );
  }
}

const tooMany = new Problem(429, "too many requests from this address; send fewer in a second", {
  headers: { "retry-after": "1", connection: "close" },
});

/** The name in a certificate that the configured authority has signed. */
function certifiedName(socket: Socket): string | undefined {
  if (!(socket instanceof TLSSocket) || !socket.authorized) return undefined;
  const name = socket.getPeerCertificate().subject?.CN;
  return typeof name === "string" ? name : undefined;
}
