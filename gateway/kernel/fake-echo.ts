// The network beyond a kernel in memory: a function says what comes back for each echo request.

import type { EchoAnswer, EchoProbe, EchoSocket } from "./echo.ts";

export class FakeEcho implements EchoSocket {
  readonly #answer: (probe: EchoProbe) => EchoAnswer | undefined;
  readonly #waiting: EchoAnswer[] = [];

  constructor(answer: (probe: EchoProbe) => EchoAnswer | undefined) {
    this.#answer = answer;
  }

  send(probe: EchoProbe): void {
    const answer = this.#answer(probe);
    if (answer !== undefined) this.#waiting.push(answer);
  }

  async receive(): Promise<EchoAnswer | undefined> {
    return this.#waiting.shift();
  }

  [Symbol.dispose](): void {
    this.#waiting.length = 0;
  }
}
