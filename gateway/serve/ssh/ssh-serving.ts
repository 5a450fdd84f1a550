// The SSH listeners that the configuration in force wants: opened, changed and closed at a commit. Sessions of a listener that
// changes go on; new ones come under the new settings. What cannot be served is an alarm, never a reason to stop.

import { isDeepStrictEqual } from "node:util";
import { Following } from "../../following.ts";
import type { Gateway } from "../../gateway.ts";
import { hostKeysIn } from "./host-keys.ts";
import type { HostKey } from "./host-keys.ts";
import type { SshHandlers } from "./ssh-handlers.ts";
import { SshServer } from "./ssh-server.ts";
import { planSsh } from "./ssh-settings.ts";
import type { SshService as Service, SshSettings } from "./ssh-settings.ts";

export interface SshServingOptions {
  readonly gateway: Gateway;
  readonly handlers: SshHandlers;
  /** Where the host keys are kept. */
  readonly keyFolder: string;
  /** Descriptors of sockets that were bound for us. Their services are served whatever the configuration says. */
  readonly sockets?: Partial<Readonly<Record<Service, number>>>;
  readonly onError: (error: unknown) => void;
}

export class SshServing implements AsyncDisposable {
  readonly #options: SshServingOptions;
  readonly #listeners = new Map<Service, SshServer>();
  /** Those that listen no more and have sessions still. */
  readonly #leaving = new Set<SshServer>();
  #keys: readonly HostKey[] | undefined;
  #following: Following | undefined;

  private constructor(options: SshServingOptions) {
    this.#options = options;
  }

  /** Resolves when everything that the configuration in force wants is served, or has its alarm. */
  static async start(options: SshServingOptions): Promise<SshServing> {
    const serving = new SshServing(options);
    const { gateway, onError } = options;
    serving.#following = await Following.start({ gateway, onError, apply: () => serving.#apply() });
    return serving;
  }

  /** Where a service listens now. */
  address(service: Service): { readonly address: string; readonly port: number } | undefined {
    return this.#listeners.get(service)?.address;
  }

  /** Resolves when the listeners are what the configuration in force wants. */
  async apply(): Promise<void> {
    await this.#following?.round();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#following?.[Symbol.asyncDispose]();
    const servers = [...this.#leaving, ...this.#listeners.values()];
    await Promise.all(servers.map((server) => server[Symbol.asyncDispose]()));
  }

  async #apply(): Promise<void> {
    const { gateway, sockets = {} } = this.#options;
    const configuration = gateway.running?.prepared.configuration;
    if (configuration === undefined) return;
    const always = new Set((["ssh", "netconf"] as const).filter((service) => sockets[service] !== undefined));
    const { settings, problems } = planSsh(configuration, always);
    const failures: string[] = [...problems];
    for (const [service, server] of this.#listeners) {
      const wanted = settings.find((one) => one.service === service);
      const stays = wanted !== undefined && (wanted.port === server.settings.port || always.has(service));
      if (!stays) this.#leave(service, server);
      else if (!isDeepStrictEqual(wanted, server.settings)) server.change(wanted);
    }
    for (const server of this.#leaving) if (server.openCount === 0) this.#leaving.delete(server);
    for (const wanted of settings) {
      if (this.#listeners.has(wanted.service)) continue;
      try {
        await this.#open(wanted);
      } catch (error) {
        failures.push(`${wanted.service} is not served on port ${wanted.port}: ${(error as Error).message}`);
      }
    }
    gateway.alarms.set("ssh.not-served", "major", failures.length === 0 ? undefined : failures.join("; "));
  }

  async #open(settings: SshSettings): Promise<void> {
    const { gateway, handlers, keyFolder, sockets = {}, onError } = this.#options;
    this.#keys ??= await hostKeysIn(keyFolder);
    const descriptor = sockets[settings.service];
    const options = { gateway, settings, hostKeys: this.#keys, handlers, onError };
    // What may reach the port is decided by `host-inbound-traffic` of the zones.
    const listen = descriptor === undefined ? { port: settings.port } : { fd: descriptor };
    this.#listeners.set(settings.service, await SshServer.listen({ ...options, listen }));
  }

  #leave(service: Service, server: SshServer): void {
    this.#listeners.delete(service);
    this.#leaving.add(server);
    server.stopListening();
  }
}
