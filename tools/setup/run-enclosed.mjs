// @ts-check
// Runs the program that set-up was for, in the user's terminal and inside `enclose.sh`, and ends as it ends. Signals
// need care: unshare(1) keeps SIGINT and SIGTERM to itself while it waits, so they are sent to the command behind it.
// A SIGINT typed at a terminal reaches the whole foreground group by itself and is not sent a second time.

import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { constants } from "node:os";
import { join } from "node:path";

/** How long a program may take to clean up after SIGTERM before the whole enclosure is killed. */
const graceMs = 10_000;
const parentPollMs = 500;

/**
 * @param {string} root
 * @param {readonly string[]} command
 * @param {{ path: string, env?: NodeJS.ProcessEnv }} options
 * @returns {Promise<number>} the exit code; 128 + the signal's number when a signal ended the command
 */
export function runEnclosed(root, command, { path, env = process.env }) {
  const enclose = join(root, "tools/setup/enclose.sh");
  // Every process of a run reads the same source text; in compiled form that takes a third of the time.
  const compiled = { NODE_COMPILE_CACHE: join(root, "node_modules/.cache/merlon") };
  const child = spawn(enclose, command, { stdio: "inherit", cwd: root, env: { ...compiled, ...env, PATH: path } });
  /** @type {NodeJS.Timeout | undefined} */
  let killer;
  const forward = (/** @type {NodeJS.Signals} */ signal) => {
    if (signal === "SIGINT" && process.stdin.isTTY) return;
    killer ??= setTimeout(() => child.kill("SIGKILL"), graceMs).unref();
    if (child.pid !== undefined) signalCommand(child.pid, signal);
  };
  /** @type {readonly NodeJS.Signals[]} */
  const forwarded = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"];
  for (const signal of forwarded) process.on(signal, forward);
  // A SIGTERM to npm ends the shell between npm and this process, and nobody tells this process (seen with npm 11).
  const parent = process.ppid;
  const orphaned = setInterval(() => {
    if (env["npm_lifecycle_event"] === undefined || process.ppid === parent) return;
    clearInterval(orphaned);
    forward("SIGTERM");
  }, parentPollMs).unref();
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("exit", (code, signal) => {
      clearTimeout(killer);
      clearInterval(orphaned);
      for (const name of forwarded) process.off(name, forward);
      resolve(signal === null ? (code ?? 1) : 128 + constants.signals[signal]);
    });
  });
}

/**
 * Signals the command behind `unshare` and its `sh`, or the process itself where nothing stands in front of it.
 * @param {number} pid
 * @param {NodeJS.Signals} signal
 */
function signalCommand(pid, signal) {
  let target = pid;
  while (["setpriv", "unshare", "sh", "enclose.sh"].includes(nameOf(target))) {
    const [onlyChild] = childrenOf(target);
    if (onlyChild === undefined) break;
    target = onlyChild;
  }
  try {
    process.kill(target, signal);
  } catch {
    // It has just ended by itself; its exit is on the way.
  }
}

/** @param {number} pid */
function nameOf(pid) {
  try {
    return readFileSync(`/proc/${pid}/comm`, "utf8").trim();
  } catch {
    return "";
  }
}

/** @param {number} pid */
function childrenOf(pid) {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ").filter(Boolean).map(Number);
  } catch {
    return [];
  }
}
