// @ts-check
// Runs a program of set-up with its output in a log file: the user sees one progress line, and the log's end only when
// the program fails. Standard input is closed, so that nothing can wait for an answer nobody sees.

import { spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { explainFileError } from "./setup-error.mjs";

const tailBytesMax = 8_192;

/**
 * @typedef {object} LoggedRun
 * @property {string} logFile the program's output is appended to it
 * @property {number} timeoutMs after that the program is killed, and the run counts as failed
 * @property {NodeJS.ProcessEnv} [env]
 * @property {string} [cwd]
 * @property {(text: string) => void} [onOutput] sees the output as it comes, in pieces
 */

/**
 * @param {string} program
 * @param {readonly string[]} args
 * @param {LoggedRun} options
 * @returns {Promise<{ ok: boolean, reason: string, tail: string }>} `reason` says how it ended, `tail` is the last output
 */
export async function runLogged(program, args, { logFile, timeoutMs, env = process.env, cwd, onOutput }) {
  const log = openLog(logFile);
  try {
    writeSync(log, `$ ${[program, ...args].join(" ")}\n`);
    let tail = "";
    const reason = await new Promise((resolve) => {
      const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"], env, cwd, timeout: timeoutMs });
      const onData = (/** @type {Buffer} */ data) => {
        try {
          writeSync(log, data);
        } catch {
          // The disk is full. The program notices it as well, and its last words are in `tail`.
        }
        const text = data.toString("utf8");
        tail = (tail + text).slice(-tailBytesMax);
        onOutput?.(text);
      };
      child.stdout.on("data", onData);
      child.stderr.on("data", onData);
      child.on("error", (error) => resolve(`could not be started: ${error.message}`));
      child.on("close", (code, signal) => {
        if (code === 0) resolve("");
        else if (signal !== null) resolve(`was ended by ${signal} (time limit ${timeoutMs / 1000} s)`);
        else resolve(`failed with exit code ${code}`);
      });
    });
    return { ok: reason === "", reason, tail };
  } catch (error) {
    throw explainFileError(error, logFile);
  } finally {
    closeSync(log);
  }
}

/** @param {string} logFile */
function openLog(logFile) {
  try {
    mkdirSync(dirname(logFile), { recursive: true });
    return openSync(logFile, "a");
  } catch (error) {
    throw explainFileError(error, logFile);
  }
}

/**
 * The last lines of a program's output, indented for an error message.
 * @param {string} tail
 * @param {number} linesMax
 */
export function lastLines(tail, linesMax) {
  const lines = tail.split("\n").filter((line) => line.trim() !== "");
  return lines.slice(-linesMax).map((line) => `    ${line}`);
}
