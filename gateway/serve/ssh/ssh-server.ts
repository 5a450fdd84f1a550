// One listener for SSH. Before the library hears of a connection it was counted here: too many in a minute, too many that
// have not logged in, and sources that are denied end at once. The library is given sockets, never the listener.

import { createServer } from "node:net";
import type { AddressInfo, ListenOptions, Server, Socket } from "node:net";
import ssh2 from "ssh2";
import type { Connection, ServerConfig } from "ssh2";
import { loginRulesOf } from "../../access/accounts.ts";
import type { Gateway } from "../../gateway.ts";
import { isWithin, plainAddress } from "../client-address.ts";
import { RefusalLog } from "../refusal-log.ts";
import { HalfOpen } from "./half-open.ts";
import type { HostKey } from "./host-keys.ts";
import { MinuteRate } from "./minute-rate.ts";
import { serveConnection } from "./ssh-connection.ts";
import type { SshHandlers } from "./ssh-handlers.ts";
import type { SshSettings } from "./ssh-settings.ts";

/** Connections of a service that have not logged in. */
export const halfOpenMax = 64;
/** What may wait in the socket of a client that does not read; then it is not read from either. */
const unreadSizeBytesMax = 1024 * 1024;
const keepAliveMs = 60_000;

export interface SshServerOptions {
  readonly gateway: Gateway;
  readonly settings: SshSettings;
  readonly hostKeys: readonly HostKey[];
  readonly handlers: SshHandlers;
  /** A port, or the descriptor of a socket that listens already. */
  readonly listen: ListenOptions & { readonly fd?: number };
  readonly onError: (error: unknown) => void;
}

interface OpenSocket {
  readonly socket: Socket;
  readonly address: string;
  readonly close: () => void;
  loggedIn: boolean;
}

export class SshServer implements AsyncDisposable {
  readonly #options: SshServerOptions;
  readonly #listener: Server;
  #settings: SshSettings;
  #protocol: ssh2.Server;
  readonly #open = new Map<string, OpenSocket>();
  readonly #halfOpen = new HalfOpen(halfOpenMax);
  readonly #rate: MinuteRate;
  readonly #refusals: RefusalLog;

  private constructor(options: SshServerOptions) {
    this.#options = options;
    this.#refusals = new RefusalLog(options.gateway.logins.audit);
    this.#rate = new MinuteRate(options.gateway.clocks.monotonicMs);
    this.#settings = options.settings;
    this.#protocol = this.#protocolOf(options.settings);
    this.#listener = createServer({ noDelay: true, keepAlive: true, keepAliveInitialDelay: keepAliveMs });
    this.#listener.on("connection", (socket: Socket) => this.#accept(socket));
  }

  /** Resolves when clients can connect; throws when the address cannot be had. */
  static async listen(options: SshServerOptions): Promise<SshServer> {
    const server = new SshServer(options);
    await new Promise<void>((resolve, reject) => {
      server.#listener.once("error", reject);
      server.#listener.listen(options.listen, resolve);
    });
    server.#listener.on("error", options.onError);
    return server;
  }

  get address(): AddressInfo {
    return this.#listener.address() as AddressInfo;
  }

  get loggedInCount(): number {
    return [...this.#open.values()].filter(({ loggedIn }) => loggedIn).length;
  }

  get settings(): SshSettings {
    return this.#settings;
  }

  /** New connections come under these settings, on the same port; the others stay as they are. */
  change(settings: SshSettings): void {
    this.#settings = settings;
    this.#protocol = this.#protocolOf(settings);
  }

  get openCount(): number {
    return this.#open.size;
  }

  /** Takes no new connection; those that are logged in go on. */
  stopListening(): void {
    this.#listener.close();
    for (const { loggedIn, close } of this.#open.values()) if (!loggedIn) close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#refusals[Symbol.dispose]();
    const closed = this.#listener.listening
      ? new Promise<void>((resolve) => this.#listener.close(() => resolve()))
      : Promise.resolve();
    for (const { close } of this.#open.values()) close();
    await closed;
  }

  #protocolOf(settings: SshSettings): ssh2.Server {
    const { gateway, hostKeys } = this.#options;
    return new ssh2.Server(configOf(gateway, settings, hostKeys), (client, { ip, port }) =>
      this.#greeted(client, keyOf(ip, port), settings),
    );
  }

  #accept(socket: Socket): void {
    socket.on("error", () => socket.destroy());
    const { gateway } = this.#options;
    const settings = this.#settings;
    const address = plainAddress(socket.remoteAddress);
    const configuration = gateway.running?.prepared.configuration;
    if (configuration === undefined) return void socket.destroy();
    const rules = loginRulesOf(configuration);
    const refusal = rules.deniedSources.some((prefix) => isWithin(prefix, address))
      ? "logins from there are denied"
      : this.#rate.take(settings.connectionsPerMinuteMax, address)
        ? undefined
        : "too many connections in a minute";
    if (refusal !== undefined) {
      socket.destroy();
      return this.#refusals.add(address, refusal);
    }
    this.#hold(socket, address, rules.loginTimeMs);
    this.#protocol.injectSocket(socket);
  }

  /** Keeps the socket until it closes, and closes it when nobody logs in in time. */
  #hold(socket: Socket, address: string, loginTimeMs: number): void {
    const key = keyOf(socket.remoteAddress ?? "", socket.remotePort ?? 0);
    const open: OpenSocket = { socket, address, loggedIn: false, close: () => void socket.destroy() };
    this.#open.set(key, open);
    const leaving = this.#halfOpen.add(open);
    if (leaving !== undefined) this.#refusals.add(leaving.address, "too many connections that have not logged in");
    const timer = setTimeout(() => {
      if (!open.loggedIn) open.close();
    }, loginTimeMs);
    timer.unref();
    socket.once("close", () => {
      clearTimeout(timer);
      this.#halfOpen.remove(open);
      this.#open.delete(key);
    });
    // Requests make answers: who does not read them is not asked for more.
    socket.on("data", () => {
      if (socket.writableLength < unreadSizeBytesMax) return;
      socket.pause();
      socket.once("drain", () => socket.resume());
    });
  }

  /** The client has said which version it speaks. */
  #greeted(client: Connection, key: string, settings: SshSettings): void {
    const open = this.#open.get(key);
    if (open === undefined) return void client.end();
    const { gateway, handlers, onError } = this.#options;
    const { socket, address } = open;
    const admit = (): boolean => {
      this.#halfOpen.remove(open);
      const { connectionsMax } = this.#settings;
      open.loggedIn = this.loggedInCount < connectionsMax;
      if (!open.loggedIn) this.#refusals.add(address, `${connectionsMax} connections are open`);
      return open.loggedIn;
    };
    const ends = `${address} ${socket.remotePort ?? 0} ${plainAddress(socket.localAddress)} ${socket.localPort ?? 0}`;
    serveConnection(client, { gateway, handlers, settings, socket, address, ends, admit, onError });
  }
}

function configOf(gateway: Gateway, settings: SshSettings, hostKeys: readonly HostKey[]): ServerConfig {
  const config = {
    ident: "Merlon",
    hostKeys: hostKeys.filter(({ kind }) => settings.hostKeys.includes(kind)).map(({ privateKey }) => privateKey),
    algorithms: {
      kex: [...settings.keyExchanges],
      cipher: [...settings.ciphers],
      hmac: [...settings.macs],
      // Nothing that a client sends is unpacked.
      compress: ["none"],
    },
    keepaliveInterval: settings.aliveIntervalMs,
    keepaliveCountMax: settings.aliveCountMax,
    /** Read for every connection: the text may change by a commit. */
    get banner() {
      const configuration = gateway.running?.prepared.configuration;
      return configuration === undefined ? undefined : loginRulesOf(configuration).message;
    },
  };
  return config as unknown as ServerConfig;
}

function keyOf(address: string, port: number): string {
  return `${address} ${port}`;
}
