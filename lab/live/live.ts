// The live view at work: starts the demo, keeps probing, listening and drawing, and hands what is typed to the gateway.
// What is shown is `screen.ts` over `state.ts`; here stand only the loops and what a key does.

import type { SessionList } from "@merlon/gateway/ops/show-security-flow-session.ts";
import type { Version } from "@merlon/gateway/ops/show-version.ts";
import { startDemo } from "../demo.ts";
import type { Demo } from "../demo.ts";
import { planAttempts } from "../matrix.ts";
import { paintColour, paintPlain } from "../paint.ts";
import { probeMatrix } from "../probe-matrix.ts";
import { families } from "../topology.ts";
import { commonBeginning, wordAt } from "@merlon/shell/completion.ts";
import { candidateLines } from "./completion.ts";
import type { Key } from "@merlon/shell/key.ts";
import { takeKey } from "./keyboard.ts";
import type { Action } from "./keyboard.ts";
import { completeWord, textBefore } from "@merlon/shell/line-editor.ts";
import { outputArea, renderScreen } from "./screen.ts";
import {
  initialState,
  scrolled,
  withAnswer,
  withCommand,
  withEvent,
  withObservations,
  withOutput,
  withSessions,
} from "./state.ts";
import type { LiveState } from "./state.ts";
import { Terminal } from "./terminal.ts";

/** The families take turns, so a cell is fresh after two rounds. */
const roundMs = 1_000;
/** Twice as patient as the check, which asks again: here a busy moment would show as a change of policy. */
const probeTimeoutMs = 800;
const sessionsEveryMs = 1_000;
/** Drawings a second are bounded; the clock ticks once a second when nothing happens. */
const drawEveryMs = 40;
const clockEveryMs = 1_000;
/** Lines that may wait for the gateway, as after a paste. */
const queuedLinesMax = 1_000;

/** Runs until the user quits; the exit code. Throws the signal's reason when it aborts. */
export async function runLive(signal: AbortSignal): Promise<number> {
  process.stdout.write("Starting the demo. `quit` or Ctrl-D leaves it and takes everything down.\n");
  await using demo = await startDemo(({ what, tookMs }) =>
    process.stdout.write(`· ${what} (${Math.round(tookMs)} ms)\n`),
  );
  signal.throwIfAborted();
  const version = (await demo.client.operation("show-version")) as Version;
  using view = new LiveView(demo, version);
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
  });
  const died = demo.gateway.ended.then((error) => Promise.reject(error));
  const failed = demo.gateway.explained(view.failed);
  await Promise.race([view.left, failed.then(() => view.left), aborted, died]);
  return 0;
}

class LiveView implements Disposable {
  /** Resolves when the user leaves. */
  readonly left: Promise<void>;
  /** Rejects when one of the loops fails. */
  readonly failed: Promise<unknown>;
  readonly #demo: Demo;
  readonly #terminal: Terminal;
  readonly #abort = new AbortController();
  readonly #leave: () => void;
  readonly #clock: NodeJS.Timeout;
  readonly #queue: string[] = [];
  #state: LiveState;
  #drawTimer: NodeJS.Timeout | undefined;

  constructor(demo: Demo, version: Version) {
    this.#demo = demo;
    const { hostName, revision, startedAtMs } = version;
    const { startToEnforcingMs } = demo.gateway.ready;
    this.#state = initialState({ hostName, revision, startToEnforcingMs, startedAtMs }, Date.now());
    const left = Promise.withResolvers<void>();
    this.left = left.promise;
    this.#leave = left.resolve;
    const paint = process.env["NO_COLOR"] === undefined ? paintColour : paintPlain;
    this.#terminal = new Terminal(process.stdin, process.stdout, paint, {
      onKey: (key) => this.#take(key),
      onResize: () => this.#drawSoon(),
    });
    this.#clock = setInterval(() => this.#change((state) => state), clockEveryMs);
    this.failed = Promise.all([this.#probe(), this.#listen(), this.#countSessions()]);
    this.failed.catch(() => undefined);
    this.#drawSoon();
  }

  [Symbol.dispose](): void {
    this.#abort.abort();
    clearInterval(this.#clock);
    clearTimeout(this.#drawTimer);
    this.#terminal[Symbol.dispose]();
  }

  #change(next: (state: LiveState) => LiveState): void {
    this.#state = { ...next(this.#state), nowMs: Date.now() };
    this.#drawSoon();
  }

  #drawSoon(): void {
    this.#drawTimer ??= setTimeout(() => {
      this.#drawTimer = undefined;
      this.#terminal.draw(renderScreen(this.#state, this.#terminal.size));
    }, drawEveryMs);
  }

  get #stopped(): boolean {
    return this.#abort.signal.aborted;
  }

  async #probe(): Promise<void> {
    const attempts = families.map((family) => planAttempts().filter((attempt) => attempt.family === family));
    for (let round = 0; !this.#stopped; round++) {
      const startedMs = performance.now();
      try {
        const due = attempts[round % attempts.length] ?? [];
        const observations = await probeMatrix(this.#demo.hosts, due, probeTimeoutMs);
        this.#change((state) => withObservations(state, observations, Date.now()));
      } catch (error) {
        if (!this.#stopped) throw error;
      }
      await pause(roundMs - (performance.now() - startedMs), this.#abort.signal);
    }
  }

  async #listen(): Promise<void> {
    for await (const event of this.#demo.client.events(this.#abort.signal)) {
      this.#change((state) => withEvent(state, event, Date.now()));
    }
  }

  async #countSessions(): Promise<void> {
    while (!this.#stopped) {
      const list = (await this.#demo.client.operation("show-security-flow-session")) as SessionList;
      this.#change((state) => withSessions(state, list.sessions, list.totalCount));
      await pause(sessionsEveryMs, this.#abort.signal);
    }
  }

  #take(key: Key): void {
    const { state, actions } = takeKey(this.#state, key);
    this.#change(() => state);
    for (const action of actions) this.#act(action);
  }

  #act(action: Action): void {
    switch (action.kind) {
      case "run":
        if (this.#queue.length >= queuedLinesMax) return;
        this.#queue.push(action.line);
        if (this.#queue.length === 1) void this.#runQueue();
        return;
      case "complete":
        void this.#complete();
        return;
      case "redraw":
        return this.#terminal.redraw();
      case "leave":
        return this.#leave();
    }
  }

  /** Lines run one at a time, in the order in which they were typed. */
  async #runQueue(): Promise<void> {
    for (let line = this.#queue[0]; line !== undefined; line = this.#queue[0]) {
      const running = line;
      this.#change((state) => withCommand(state, running));
      try {
        this.#answer(await this.#demo.client.run(running));
      } catch (error) {
        this.#answer({ text: `error: ${(error as Error).message}`, ok: false });
      }
      this.#queue.shift();
    }
  }

  #answer(answer: { readonly text: string; readonly ok: boolean }): void {
    this.#change((state) => withAnswer(state, answer, outputArea(this.#terminal.size)));
  }

  async #complete(): Promise<void> {
    const before = textBefore(this.#state.prompt);
    try {
      const candidates = await this.#demo.client.complete(before);
      // Typing went on meanwhile: the answer belongs to another line.
      if (textBefore(this.#state.prompt) !== before) return;
      const { word, whole } = commonBeginning(candidates, wordAt(before));
      if (whole || word.length > wordAt(before).length) {
        this.#change((state) => ({ ...state, prompt: completeWord(state.prompt, word, whole) }));
      } else {
        const lines = candidateLines(candidates);
        const hidden = lines.length - outputArea(this.#terminal.size).rows;
        this.#change((state) => scrolled(withOutput(state, lines), Math.max(0, hidden)));
      }
    } catch (error) {
      this.#change((state) => withOutput(state, [{ kind: "error", text: (error as Error).message }]));
    }
  }
}

/** Waits, or returns at once when the signal aborts. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, Math.max(0, ms));
    if (signal.aborted) done();
    else signal.addEventListener("abort", done, { once: true });
  });
}
