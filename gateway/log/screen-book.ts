// What the numbers of attacks in counters and logs mean: the zone, the attack, and what is done about it.

import type { Ir } from "@merlon/compiler/ir.ts";
import { formatIp } from "@merlon/model/ip/address.ts";
import type { AttackName } from "@merlon/compiler/screen/attacks.ts";
import { attackIdOf, fragmentIdOf } from "@merlon/compiler/screen/attack-rules.ts";
import type { LoggedPacket } from "../kernel/kernel.ts";
import { OverlapWatch } from "./overlap-watch.ts";
import type { ScreenRecord } from "./screen-record.ts";

interface Entry {
  readonly zone: string;
  readonly attack: AttackName;
  readonly action: ScreenRecord["action"];
}

/** A record for each zone in this time; how many there were is counted. */
const tearDropRecordMs = 1_000;

interface TearDrops {
  readonly count: number;
  readonly recordedAtMs: number;
}

export class ScreenBook {
  #entries: ReadonlyMap<number, Entry> = new Map();
  /** Packets that were logged before the last commit are told of after it. */
  #before: ReadonlyMap<number, Entry> = new Map();
  #nameOfDevice: ReadonlyMap<string, string> = new Map();
  readonly #overlaps = new OverlapWatch();
  readonly #tearDrops = new Map<string, TearDrops>();

  replace({ screens = [], interfaces }: Pick<Ir, "screens" | "interfaces">): void {
    const entries = new Map<number, Entry>();
    for (const { zone, drops, ids } of screens) {
      const action = drops ? "drop" : "alarm-without-drop";
      for (const [attack, id] of ids) entries.set(id, { zone, attack, action });
    }
    this.#before = this.#entries;
    this.#entries = entries;
    this.#nameOfDevice = new Map(interfaces.map(({ device, name }) => [device, name]));
  }

  /** Whether the packet was logged for screens alone, and is no word about a policy. */
  isOurs({ prefix }: LoggedPacket): boolean {
    return attackIdOf(prefix) !== undefined || fragmentIdOf(prefix) !== undefined;
  }

  /**
   * Undefined for a packet that no screen logged, or whose screen is gone since long. Fragments must come here in their
   * order and once: the first that overlaps others gives a record and counts.
   */
  recordOf(packet: LoggedPacket, atMs: number): ScreenRecord | undefined {
    const id = attackIdOf(packet.prefix);
    const entry = id === undefined ? this.#tearDropOf(packet, atMs) : this.#entryOf(id);
    if (entry === undefined) return undefined;
    const { tuple, inDevice = "none" } = packet;
    return {
      atMs,
      ...entry,
      interface: this.#nameOfDevice.get(inDevice) ?? inDevice,
      source: formatIp(tuple.source),
      sourcePort: tuple.sourcePort ?? 0,
      destination: formatIp(tuple.destination),
      destinationPort: tuple.destinationPort ?? 0,
      protocol: tuple.protocol,
    };
  }

  /** Overlapping fragments of a zone that were found since the gateway's process began. */
  tearDropsOf(zone: string): number {
    return this.#tearDrops.get(zone)?.count ?? 0;
  }

  clearTearDrops(zone: string): void {
    this.#tearDrops.delete(zone);
  }

  #entryOf(id: number): Entry | undefined {
    return this.#entries.get(id) ?? this.#before.get(id);
  }

  #tearDropOf({ prefix, tuple, fragment }: LoggedPacket, atMs: number): Entry | undefined {
    const id = fragmentIdOf(prefix);
    const entry = id === undefined ? undefined : this.#entryOf(id);
    if (id === undefined || entry === undefined || fragment === undefined) return undefined;
    if (!this.#overlaps.overlaps(id, tuple, fragment, atMs)) return undefined;
    const { count, recordedAtMs } = this.#tearDrops.get(entry.zone) ?? { count: 0, recordedAtMs: -Infinity };
    const isDue = atMs - recordedAtMs >= tearDropRecordMs;
    this.#tearDrops.set(entry.zone, { count: count + 1, recordedAtMs: isDue ? atMs : recordedAtMs });
    // The kernel drops them, whatever the screen does.
    return isDue ? { ...entry, action: "drop" } : undefined;
  }
}
