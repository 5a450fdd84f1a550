// The HTTP listeners that the configuration in force wants: opened, changed and closed at a commit. Requests that are being
// answered go on. What cannot be served is an alarm, never a reason to stop.

import { isDeepStrictEqual } from "node:util";
import type { SecureContextOptions } from "node:tls";
import { Following } from "../../following.ts";
import type { Gateway } from "../../gateway.ts";
import { Authenticator } from "./authenticate.ts";
import { HttpServer } from "./http-server.ts";
import { planHttp, socketName } from "./http-settings.ts";
import type { HttpSettings } from "./http-settings.ts";
import { RequestRate } from "./request-rate.ts";
import { readTls } from "./server-certificate.ts";

export interface HttpServingOptions {
  readonly gateway: Gateway;
  /** Where certificates stand. */
  readonly certificateFolder: string;
  /** The descriptor of a socket that was bound for us; plain HTTP is served there whatever the configuration says. */
  readonly socket?: number | undefined;
  readonly onError: (error: unknown) => void;
}

interface Listening {
  readonly server: HttpServer;
  tls: SecureContextOptions | undefined;
}

export class HttpServing implements AsyncDisposable {
  readonly #options: HttpServingOptions;
  readonly #authenticator: Authenticator;
  readonly #rate: RequestRate;
  readonly #listeners = new Map<string, Listening>();
  /** Those that listen no more and answer still. */
  readonly #leaving = new Set<HttpServer>();
  #following: Following | undefined;

  private constructor(options: HttpServingOptions) {
    this.#options = options;
    this.#authenticator = new Authenticator(options.gateway);
    this.#rate = new RequestRate(options.gateway.clocks.monotonicMs);
  }

  /** Resolves when everything that the configuration in force wants is served, or has its alarm. */
  static async start(options: HttpServingOptions): Promise<HttpServing> {
    const serving = new HttpServing(options);
    const { gateway, onError } = options;
    serving.#following = await Following.start({ gateway, onError, apply: () => serving.#apply() });
    return serving;
  }

  /** Ports by the names of their listeners. */
  get ports(): ReadonlyMap<string, number> {
    return new Map([...this.#listeners].map(([name, { server }]) => [name, server.address.port]));
  }

  /** Resolves when the listeners are what the configuration in force wants. */
  async apply(): Promise<void> {
    await this.#following?.round();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#following?.[Symbol.asyncDispose]();
    await Promise.all(this.#servers.map((server) => server[Symbol.asyncDispose]()));
  }

  async #apply(): Promise<void> {
    const { gateway, socket } = this.#options;
    const configuration = gateway.running?.prepared.configuration;
    if (configuration === undefined) return;
    const { settings, problems } = planHttp(configuration, socket !== undefined);
    const failures = [...problems];
    for (const server of this.#servers) server.endStrangers(configuration);
    const wanted = new Map(settings.map((one) => [one.name, one]));
    for (const [name, { server }] of this.#listeners)
      if (!isSameListener(wanted.get(name), server.settings)) this.#leave(name, server);
    for (const server of this.#leaving) if (server.openCount === 0) this.#leaving.delete(server);
    for (const one of settings) {
      try {
        await this.#serve(one);
      } catch (error) {
        failures.push(`${one.name} is not served: ${(error as Error).message}`);
      }
    }
    gateway.alarms.set("http.not-served", "major", failures.length === 0 ? undefined : failures.join("; "));
  }

  async #serve(settings: HttpSettings): Promise<void> {
    const { gateway, certificateFolder, onError } = this.#options;
    const place = { folder: certificateFolder, hostName: gateway.hostName, nowMs: gateway.nowMs() };
    const tls = settings.tls === undefined ? undefined : await readTls(settings.tls, place);
    const known = this.#listeners.get(settings.name);
    if (known !== undefined) {
      known.server.change(settings);
      if (tls !== undefined && !isDeepStrictEqual(tls, known.tls)) known.server.changeTls(tls);
      known.tls = tls;
      return;
    }
    const server = await HttpServer.listen({
      gateway,
      settings,
      ...(tls !== undefined && { tls }),
      authenticator: this.#authenticator,
      rate: this.#rate,
      othersCount: () => this.#countOthers(server),
      listen: this.#place(settings),
      onError,
    });
    this.#listeners.set(settings.name, { server, tls });
  }

  #place({ name, address, port }: HttpSettings): { readonly fd: number } | { readonly port: number; host?: string } {
    const { socket } = this.#options;
    if (name === socketName && socket !== undefined) return { fd: socket };
    return { port, ...(address !== undefined && { host: address }) };
  }

  #countOthers(own: HttpServer): number {
    return this.#servers.filter((server) => server !== own).reduce((sum, { openCount }) => sum + openCount, 0);
  }

  get #servers(): readonly HttpServer[] {
    return [...this.#leaving, ...[...this.#listeners.values()].map(({ server }) => server)];
  }

  #leave(name: string, server: HttpServer): void {
    this.#listeners.delete(name);
    this.#leaving.add(server);
    server.stopListening();
  }
}

/** Whether the listener can become what is wanted: it asks for certificates of clients or it does not, from its beginning on. */
function isSameListener(wanted: HttpSettings | undefined, now: HttpSettings): boolean {
  return wanted !== undefined && (wanted.tls?.authority === undefined) === (now.tls?.authority === undefined);
}
