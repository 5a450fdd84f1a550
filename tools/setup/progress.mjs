// @ts-check
// One line that says what set-up is doing and for how long, so that a minute of downloading never looks like a hang.
// On a terminal the line is rewritten in place; elsewhere (a log, a pipe) each step prints when it begins, a sign of
// life follows every 15 seconds, and the end is printed with its time. All of it goes to standard error, because the
// standard output belongs to the program that set-up starts.

const redrawMs = 250;
const signOfLifeMs = 15_000;

/**
 * @typedef {{ write(text: string): unknown, isTTY?: boolean, columns?: number }} Screen
 * @typedef {{ update(detail: string): void, done(summary?: string): void, failed(): void }} Step
 */

/**
 * Begins a step; exactly one of `done` and `failed` ends it.
 * @param {string} title
 * @param {{ screen?: Screen, now?: () => number }} [options]
 * @returns {Step}
 */
export function beginStep(title, { screen = process.stderr, now = Date.now } = {}) {
  const startedMs = now();
  const live = screen.isTTY === true;
  let detail = "";
  const seconds = () => ((now() - startedMs) / 1000).toFixed(1);
  const draw = () => {
    const line = `  … ${title}${detail === "" ? "" : `: ${detail}`}  ${seconds()} s`;
    screen.write(live ? `\r${line.slice(0, (screen.columns ?? 80) - 1)}\u001b[K` : `${line}\n`);
  };
  const finish = (/** @type {string} */ line) => {
    clearInterval(timer);
    screen.write(`${live ? "\r\u001b[K" : ""}${line}\n`);
  };
  if (live) draw();
  else screen.write(`  … ${title}\n`);
  const timer = setInterval(draw, live ? redrawMs : signOfLifeMs);
  timer.unref();
  return {
    update(text) {
      detail = text;
    },
    done(summary = "") {
      finish(`  ✓ ${title}${summary === "" ? "" : `: ${summary}`}  ${seconds()} s`);
    },
    failed() {
      finish(`  ✗ ${title}  ${seconds()} s`);
    },
  };
}
