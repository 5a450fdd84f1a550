// Keeps the addresses of the domain names in address books up to date: asks for those that are due, a few at a time, and
// gives what has changed to the gateway, which changes elements of sets and nothing else. What is known is written to a
// file, so that the next process begins with it.

import { dnsNamesOf } from "@merlon/compiler/address-members.ts";
import type { DnsAnswers } from "@merlon/compiler/address-members.ts";
import type { Ir } from "@merlon/compiler/ir.ts";
import { formatIp } from "@merlon/model/ip/address.ts";
import { formatUtc } from "../commit/commit-time.ts";
import type { Gateway } from "../gateway.ts";
import { Repeater } from "../repeater.ts";
import type { AskName } from "./ask-servers.ts";
import { NameBook } from "./name-book.ts";
import type { SavedAnswer } from "./name-book.ts";

const tickMs = 250;
const askingMax = 32;
/** The times of answers that say the same as before are written down this often. */
const saveMs = 60_000;

/** Where answers are remembered. */
export interface AnswerMemory {
  readonly saved: readonly SavedAnswer[];
  readonly save: (answers: readonly SavedAnswer[]) => Promise<void>;
}

export class NameResolver {
  readonly #gateway: Gateway;
  readonly #askOf: (servers: readonly string[]) => AskName;
  readonly #memory: AnswerMemory | undefined;
  readonly #book: NameBook;
  #savedAnswers: DnsAnswers;
  #savedMs = 0;
  #followed: Ir["addressSets"] | undefined;
  #servers: string | undefined;
  #ask: AskName | undefined;
  #askingCount = 0;

  /** `askOf` makes the asker for a list of servers. What `memory` holds is in force in the gateway already. */
  constructor(gateway: Gateway, askOf: (servers: readonly string[]) => AskName, memory?: AnswerMemory) {
    this.#gateway = gateway;
    this.#askOf = askOf;
    this.#memory = memory;
    this.#book = new NameBook(memory?.saved, gateway.world.answers);
    this.#savedAnswers = gateway.world.answers;
    this.#savedMs = gateway.nowMs();
  }

  /** Runs until it is disposed of. */
  static start(
    gateway: Gateway,
    askOf: (servers: readonly string[]) => AskName,
    memory: AnswerMemory | undefined,
  ): Disposable {
    const resolver = new NameResolver(gateway, askOf, memory);
    return new Repeater(
      () => resolver.tick(),
      () => tickMs,
    );
  }

  /** Asks for what is due and puts new answers into force. Never throws, and does not wait for replies. */
  async tick(): Promise<void> {
    this.#follow();
    const ask = this.#ask;
    if (ask === undefined) return;
    this.#book.expire(this.#gateway.nowMs());
    for (const wanted of this.#book.take(this.#gateway.nowMs(), askingMax - this.#askingCount)) {
      this.#askingCount++;
      void this.#askFor(ask, wanted);
    }
    await this.#publish();
    this.#report();
    await this.#save();
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

  /** At once when an address changed, and now and then the times at which the answers came. */
  async #save(): Promise<void> {
    const memory = this.#memory;
    const { answers, saved } = this.#book;
    const nowMs = this.#gateway.nowMs();
    const isDue = saved.length > 0 && Math.abs(nowMs - this.#savedMs) >= saveMs;
    if (memory === undefined || (answers === this.#savedAnswers && !isDue)) return;
    this.#savedMs = nowMs;
    try {
      await memory.save(saved);
      this.#savedAnswers = answers;
      this.#gateway.alarms.clear("dns.not-saved");
    } catch (error) {
      const message = `addresses of domain names cannot be written to disk, and a restart would forget them: ${String(error)}`;
      this.#gateway.alarms.raise("dns.not-saved", "minor", message);
    }
  }

  #report(): void {
    const { unresolved, leftOutCount } = this.#book;
    const message =
      unresolved.length === 0
        ? undefined
        : `no address is known for ${some(unresolved)}: policies that name them match nothing there; check system name-server`;
    this.#gateway.alarms.set("dns.unresolved", "minor", message);
    const { names, untilMs } = this.#book.stale(this.#gateway.nowMs());
    const stale =
      names.length === 0
        ? undefined
        : `no name server answers for ${some(names)}: the last addresses hold until ${formatUtc(untilMs)}; check system name-server`;
    this.#gateway.alarms.set("dns.stale", "minor", stale);
    const tooMany = leftOutCount === 0 ? undefined : `${leftOutCount} domain names are too many to be resolved`;
    this.#gateway.alarms.set("dns.too-many-names", "major", tooMany);
  }
}

function some(names: readonly string[]): string {
  const more = names.length > 3 ? ` and ${names.length - 3} more` : "";
  return `${names.slice(0, 3).join(", ")}${more}`;
}
