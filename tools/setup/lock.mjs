// @ts-check
// Lets one set-up at a time change the checkout: two `npm ci` in one folder destroy each other's work. The lock is a
// file that is created as a whole or not at all (link(2) of a file already written) and names its owner's process and
// that process's start time, so that a lock left by a killed set-up is recognised even when its number was given away.

import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { explainFileError, SetupError } from "./setup-error.mjs";

const pollMs = 100;

/**
 * Waits for the lock and holds it while `work` runs.
 * @template T
 * @param {string} path
 * @param {{ timeoutMs: number, onWait?: (owner: string) => void }} options
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withLock(path, { timeoutMs, onWait }, work) {
  const mine = `${process.pid} ${startTimeOf(process.pid) ?? "?"}`;
  const deadline = Date.now() + timeoutMs;
  let told = false;
  while (!take(path, mine)) {
    const owner = readOwner(path);
    if (owner !== undefined && !isAlive(owner)) {
      clearStale(path, owner);
      continue;
    }
    if (Date.now() > deadline) {
      throw new SetupError([
        `Another set-up (process ${owner?.split(" ")[0] ?? "unknown"}) has held ${path} for ${timeoutMs / 1000} s.`,
        "If it hangs, end that process and start again.",
      ]);
    }
    if (!told && owner !== undefined) onWait?.(owner);
    told = true;
    await sleep(pollMs);
  }
  try {
    return await work();
  } finally {
    if (readOwner(path) === mine) rmSync(path, { force: true });
  }
}

/**
 * @param {string} path
 * @param {string} mine
 */
function take(path, mine) {
  const draft = `${path}.${process.pid}`;
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(draft, mine);
    linkSync(draft, path);
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return false;
    throw explainFileError(error, path);
  } finally {
    rmSync(draft, { force: true });
  }
}

/**
 * Removes a lock whose owner is gone. Two waiters may both see it stale; moving it aside first lets only one of them
 * remove it, and what was moved is looked at again, in case a third had just taken the lock.
 * @param {string} path
 * @param {string} owner
 */
function clearStale(path, owner) {
  const aside = `${path}.stale.${process.pid}`;
  try {
    renameSync(path, aside);
    if (readOwner(aside) !== owner) linkSync(aside, path);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code !== "ENOENT" && code !== "EEXIST") throw explainFileError(error, path);
  } finally {
    rmSync(aside, { force: true });
  }
}

/** @param {string} path */
function readOwner(path) {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

/** @param {string} owner "PID START-TIME" */
function isAlive(owner) {
  const [pid = "", startTime = ""] = owner.split(" ");
  const now = /^\d+$/.test(pid) ? startTimeOf(Number(pid)) : undefined;
  return now !== undefined && (startTime === "?" || now === startTime);
}

/**
 * Field 22 of /proc/PID/stat (proc(5)): clock ticks between boot and the start of the process.
 * @param {number} pid
 */
function startTimeOf(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The program's name stands in brackets and may itself hold blanks and brackets.
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
  } catch {
    return undefined;
  }
}
