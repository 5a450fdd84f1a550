// The last packets that were dropped, for whoever asks later; the oldest are forgotten first.

import type { FlowRecord } from "./flow-record.ts";

/** As many as `show security packet-drop records` can show. */
export const dropsKeptMax = 4_096;

export class RecentDrops {
  readonly #records: FlowRecord[] = [];
  /** Where the next record goes when the list is full. */
  #next = 0;

  add(record: FlowRecord): void {
    if (this.#records.length < dropsKeptMax) this.#records.push(record);
    else this.#records[this.#next] = record;
    this.#next = (this.#next + 1) % dropsKeptMax;
  }

  /** Oldest first. */
  list(): readonly FlowRecord[] {
    if (this.#records.length < dropsKeptMax) return [...this.#records];
    return [...this.#records.slice(this.#next), ...this.#records.slice(0, this.#next)];
  }

  clear(): void {
    this.#records.length = 0;
    this.#next = 0;
  }
}
