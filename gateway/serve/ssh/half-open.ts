// Connections that have not logged in yet: few, and not for long. When there are too many, the oldest of the source that
// has the most of them makes room, so that one who opens many does not keep others out.

import { loginSource } from "../../access/login-source.ts";

export interface HalfOpenConnection {
  readonly address: string;
  readonly close: () => void;
}

export class HalfOpen {
  readonly #countMax: number;
  readonly #waiting = new Set<HalfOpenConnection>();

  constructor(countMax: number) {
    this.#countMax = countMax;
  }

  get count(): number {
    return this.#waiting.size;
  }

  /** Answers the one that had to make room; it is closed. */
  add(connection: HalfOpenConnection): HalfOpenConnection | undefined {
    this.#waiting.add(connection);
    if (this.#waiting.size <= this.#countMax) return undefined;
    const leaving = this.#oldestOfBusiest();
    if (leaving === undefined) return undefined;
    this.#waiting.delete(leaving);
    leaving.close();
    return leaving;
  }

  remove(connection: HalfOpenConnection): void {
    this.#waiting.delete(connection);
  }

  #oldestOfBusiest(): HalfOpenConnection | undefined {
    const bySource = Map.groupBy(this.#waiting, ({ address }) => loginSource(address));
    const [busiest] = [...bySource.values()].toSorted((a, b) => b.length - a.length);
    return busiest?.[0];
  }
}
