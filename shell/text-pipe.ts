// Text from one who shows it to one who writes it into a file. Who gives waits when much has not been taken yet; when nobody
// takes any more, what is given is forgotten, so that a file that cannot be written never stops what is shown.

const waitingLengthMax = 64 * 1024;

export class TextPipe implements AsyncIterable<string> {
  #waiting = "";
  #hasEnded = false;
  #isForgotten = false;
  /** Resolved when somebody begins to take, or never will. */
  readonly #begun = Promise.withResolvers<void>();
  #onText: (() => void) | undefined;
  #onRoom: (() => void) | undefined;

  /** Resolves when there is room for more. */
  async give(text: string): Promise<void> {
    if (this.#isForgotten) return;
    this.#waiting += text;
    this.#onText?.();
    if (this.#waiting.length < waitingLengthMax) return;
    await new Promise<void>((resolve) => {
      this.#onRoom = resolve;
    });
  }

  end(): void {
    this.#hasEnded = true;
    this.#onText?.();
  }

  /** Nobody takes any more. */
  forget(): void {
    this.#isForgotten = true;
    this.#waiting = "";
    this.#begun.resolve();
    this.#onRoom?.();
  }

  get isForgotten(): boolean {
    return this.#isForgotten;
  }

  get begun(): Promise<void> {
    return this.#begun.promise;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<string> {
    this.#begun.resolve();
    try {
      for (;;) {
        const text = this.#waiting;
        this.#waiting = "";
        this.#onRoom?.();
        if (text !== "") yield text;
        else if (this.#hasEnded || this.#isForgotten) return;
        else
          await new Promise<void>((resolve) => {
            this.#onText = resolve;
          });
      }
    } finally {
      this.forget();
    }
  }
}
