// Ends a shell in which nothing was typed for the minutes of `set cli idle-timeout`, with a warning before, as the original
// does. Without that setting nothing is watched here.

/** How long before the end the warning comes. */
const warningMs = 60_000;

export class IdleWatch implements Disposable {
  readonly #warn: (text: string) => void;
  readonly #end: (text: string) => void;
  #limitMs: number | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(warn: (text: string) => void, end: (text: string) => void) {
    this.#warn = warn;
    this.#end = end;
  }

  set(minutes: number | undefined): void {
    this.#limitMs = minutes === undefined ? undefined : minutes * 60_000;
    this.#start();
  }

  /** Something was typed. */
  readonly used = (): void => {
    if (this.#limitMs !== undefined) this.#start();
  };

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }

  #start(): void {
    clearTimeout(this.#timer);
    const limitMs = this.#limitMs;
    if (limitMs === undefined) return;
    const quietMs = Math.max(0, limitMs - warningMs);
    this.#timer = setTimeout(() => {
      const leftMs = limitMs - quietMs;
      this.#warn(`\nWarning: session will be closed in ${Math.round(leftMs / 1000)} seconds if there is no activity\n`);
      this.#timer = setTimeout(() => this.#end("\nIdle timeout exceeded: closing session\n"), leftMs);
    }, quietMs);
  }
}
