// What the numbers of attacks in counters and logs mean: the zone, the attack, and what is done about it.

import type { Ir } from "@merlon/compiler/ir.ts";
import { formatIp } from "@merlon/model/ip/address.ts";
import type { AttackName } from "@merlon/compiler/screen/attacks.ts";
import { attackIdOf } from "@merlon/compiler/screen/attack-rules.ts";
import type { LoggedPacket } from "../kernel/kernel.ts";
import type { ScreenRecord } from "./screen-record.ts";

interface Entry {
  readonly zone: string;
  readonly attack: AttackName;
  readonly action: ScreenRecord["action"];
}

export class ScreenBook {
  #entries: ReadonlyMap<number, Entry> = new Map();
  /** Packets that were logged before the last commit are told of after it. */
  #before: ReadonlyMap<number, Entry> = new Map();
  #nameOfDevice: ReadonlyMap<string, string> = new Map();

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

  /** Undefined for a packet that no screen logged, or whose screen is gone since long. */
  recordOf({ prefix, tuple, inDevice = "none" }: LoggedPacket, atMs: number): ScreenRecord | undefined {
    const id = attackIdOf(prefix);
    const entry = id === undefined ? undefined : (this.#entries.get(id) ?? this.#before.get(id));
    if (entry === undefined) return undefined;
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
}
