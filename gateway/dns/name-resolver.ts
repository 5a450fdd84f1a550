// Keeps the addresses of the domain names in address books up to date: asks for those that are due, a few at a time, and
// gives what has changed to the gateway, which changes elements of sets and nothing else.

import { dnsNamesOf } from "@merlon/compiler/address-members.ts";
import type { Ir } from "@merlon/compiler/ir.ts";
import { formatIp } from "@merlon/model/ip/address.ts";
import type { Gateway } from "../gateway.ts";
import type { AskName } from "./ask-servers.ts";
import { NameBook } from "./name-book.ts";

const tickMs = 250;
const askingMax = 32;

export class NameResolver implements Disposable {
  readonly #gateway: Gateway;
  readonly #askOf: (servers: readonly string[]) => AskName;
  readonly #book = new NameBook();
  #timer: NodeJS.Timeout | undefined;
  #followed: Ir["addressSets"] | undefined;
  #servers: string | undefined;
  #ask: AskName | undefined;
  #askingCount = 0;

  /** `askOf` makes the asker for a list of servers. */
  constructor(gateway: Gateway, askOf: (servers: readonly string[]) => AskName) {
    this.#gateway = gateway;
    this.#askOf = askOf;
  }

  static start(gateway: Gateway, askOf: (servers: readonly string[]) => AskName): NameResolver {
    const resolver = new NameResolver(gateway, askOf);
    resolver.#next();
    return resolver;
  }

  /** Asks for what is due and puts new answers into force. Never throws, and does not wait for replies. */
  async tick(): Promise<void> {
    this.#follow();
    const ask = this.#ask;
    if (ask === undefined) return;
    for (const wanted of this.#book.take(this.#gateway.nowMs(), askingMax - this.#askingCount)) {
      this.#askingCount++;
      void this.#askFor(ask, wanted);
    }
    await this.#publish();
    this.#report();
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #next(): void {
    this.#timer = setTimeout(() => {
      void this.tick().then(() => {
        if (this.#timer !== undefined) this.#next();
      });
    }, tickMs);
  }

  /** The names and servers of the configuration in force. */
  #follow(): void {
    const prepared = this.#gateway.running?.prepared;
    if (prepared === undefined || prepared.ir.addressSets === this.#followed) return;
    this.#followed = prepared.ir.addressSets;
    this.#book.follow(dnsNamesOf(prepared.ir));
    const servers = (prepared.configuration.system?.nameServer ?? []).map((server) => formatIp(server.name));
    if (servers.join(" ") === this.#servers) return;
    this.#servers = servers.join(" ");
    this.#ask = this.#askOf(servers);
  }

  async #askFor(ask: AskName, wanted: Parameters<AskName>[0]): Promise<void> {
    const { name } = wanted;
    try {
      const reply = await ask(wanted);
      const nowMs = this.#gateway.nowMs();
      if (reply.kind === "addresses") this.#book.answered(name, reply.ranges, reply.ttlSeconds, nowMs);
      else if (reply.kind === "none") this.#book.denied(name, nowMs);
      else this.#book.failed(name, nowMs);
    } catch {
      this.#book.failed(name, this.#gateway.nowMs());
    } finally {
      this.#askingCount--;
    }
  }

  async #publish(): Promise<void> {
    const gateway = this.#gateway;
    const { answers } = this.#book;
    if (answers === gateway.world.answers) return;
    try {
      await gateway.exclusively(() => gateway.replaceAnswers(answers));
      this.#followed = gateway.running?.prepared.ir.addressSets;
      gateway.alarms.clear("dns.not-enforced");
    } catch (error) {
      const message = `new addresses of domain names could not be put into force, and it is tried again: ${String(error)}`;
      gateway.alarms.raise("dns.not-enforced", "major", message);
    }
  }

  #report(): void {
    const { unresolved, leftOutCount } = this.#book;
    const some = unresolved.slice(0, 3).join(", ");
    const more = unresolved.length > 3 ? ` and ${unresolved.length - 3} more` : "";
    const message =
      unresolved.length === 0
        ? undefined
        : `no address is known for ${some}${more}: policies that name them match nothing there; check system name-server`;
    this.#gateway.alarms.set("dns.unresolved", "minor", message);
    const tooMany = leftOutCount === 0 ? undefined : `${leftOutCount} domain names are too many to be resolved`;
    this.#gateway.alarms.set("dns.too-many-names", "major", tooMany);
  }
}
