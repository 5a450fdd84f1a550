// What is wrong now, for `show system alarms`: each alarm has a code, is raised once and cleared when it is over. Whoever
// listens hears of both.

export interface Alarm {
  readonly code: string;
  readonly severity: "major" | "minor";
  readonly sinceMs: number;
  /** What is wrong and what to do. */
  readonly message: string;
}

/** `again`: a standing alarm with other words. */
export interface AlarmChange {
  readonly kind: "raised" | "again" | "cleared";
  readonly alarm: Alarm;
}

export class Alarms {
  readonly #active = new Map<string, Alarm>();
  readonly #nowMs: () => number;
  readonly #onChange: (change: AlarmChange) => void;

  constructor(nowMs: () => number, onChange: (change: AlarmChange) => void) {
    this.#nowMs = nowMs;
    this.#onChange = onChange;
  }

  /** The same message again is not raised again. */
  raise(code: string, severity: Alarm["severity"], message: string): void {
    const known = this.#active.get(code);
    if (known?.message === message) return;
    const alarm = { code, severity, sinceMs: known?.sinceMs ?? this.#nowMs(), message };
    this.#active.set(code, alarm);
    this.#onChange({ kind: known === undefined ? "raised" : "again", alarm });
  }

  /** Brings the words of a standing alarm up to date without raising it again; false when there is no such alarm. */
  restate(code: string, message: string): boolean {
    const known = this.#active.get(code);
    if (known !== undefined) this.#active.set(code, { ...known, message });
    return known !== undefined;
  }

  /** Nothing happens when there is no such alarm. */
  clear(code: string): void {
    const alarm = this.#active.get(code);
    if (alarm === undefined) return;
    this.#active.delete(code);
    this.#onChange({ kind: "cleared", alarm });
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
