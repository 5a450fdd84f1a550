// What is wrong now, for `show system alarms`: each alarm has a code, is raised once and cleared when it is over.

export interface Alarm {
  readonly code: string;
  readonly severity: "major" | "minor";
  readonly sinceMs: number;
  /** What is wrong and what to do. */
  readonly message: string;
}

export class Alarms {
  readonly #active = new Map<string, Alarm>();
  readonly #nowMs: () => number;
  readonly #onRaised: (alarm: Alarm) => void;

  constructor(nowMs: () => number, onRaised: (alarm: Alarm) => void) {
    this.#nowMs = nowMs;
    this.#onRaised = onRaised;
  }

  /** The same message again is not raised again. */
  raise(code: string, severity: Alarm["severity"], message: string): void {
    const known = this.#active.get(code);
    if (known?.message === message) return;
    const alarm = { code, severity, sinceMs: known?.sinceMs ?? this.#nowMs(), message };
    this.#active.set(code, alarm);
    this.#onRaised(alarm);
  }

  /** Brings the words of a standing alarm up to date without raising it again; false when there is no such alarm. */
  restate(code: string, message: string): boolean {
    const known = this.#active.get(code);
    if (known !== undefined) this.#active.set(code, { ...known, message });
    return known !== undefined;
  }

  clear(code: string): void {
    this.#active.delete(code);
  }

  /** Raises the alarm when there is a message and clears it when there is none. */
  set(code: string, severity: Alarm["severity"], message: string | undefined): void {
    if (message === undefined) this.clear(code);
    else this.raise(code, severity, message);
  }

  list(): readonly Alarm[] {
    return [...this.#active.values()].toSorted((a, b) => a.sinceMs - b.sinceMs);
  }
}
