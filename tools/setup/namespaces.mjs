// @ts-check
// May this user make namespaces here? Found out by doing it, because kernels, distributions and container runtimes each
// forbid it in their own way; the settings are read only afterwards, to say which of them it was.

import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { SetupError } from "./setup-error.mjs";

const probeTimeoutMs = 20_000;

/**
 * @param {string} root
 * @param {{ path: string, isRoot: boolean }} options
 */
export function checkNamespaces(root, { path, isRoot }) {
  const probe = spawnSync(join(root, "tools/setup/enclose.sh"), ["true"], {
    env: { ...process.env, PATH: path },
    encoding: "utf8",
    stdio: ["ignore", "ignore", "pipe"],
    timeout: probeTimeoutMs,
  });
  if (probe.status === 0) return;
  const words = (probe.stderr || probe.error?.message || "no reason given").trim().split("\n").slice(0, 3).join("; ");
  throw new SetupError(explainRefusal({ words, isRoot, readSetting }));
}

/**
 * @param {{ words: string, isRoot: boolean, readSetting: (name: string) => string | undefined }} facts
 * @returns {readonly string[]}
 */
export function explainRefusal({ words, isRoot, readSetting }) {
  const opening = `This ${isRoot ? "environment" : "user"} may not make namespaces, which the demo and the tests live in (${words}).`;
  if (isRoot) {
    return [
      opening,
      "Inside a container, start it with the right to do so: docker run --privileged … (podman takes the same flag).",
    ];
  }
  /** @type {string[]} */
  const ways = [];
  if (readSetting("kernel.unprivileged_userns_clone") === "0")
    ways.push("sudo sysctl kernel.unprivileged_userns_clone=1");
  if (readSetting("kernel.apparmor_restrict_unprivileged_userns") === "1") {
    ways.push("sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0");
  }
  if (readSetting("user.max_user_namespaces") === "0") ways.push("sudo sysctl user.max_user_namespaces=10000");
  if (ways.length === 0) {
    return [opening, "Start it as root (sudo npm start), or, inside a container, start that with --privileged."];
  }
  return [
    opening,
    "User namespaces are switched off here. An administrator allows them until the next boot with:",
    ...ways.map((way) => `    ${way}`),
    "Or start it as root (sudo npm start).",
  ];
}

/** @param {string} name such as `user.max_user_namespaces` */
function readSetting(name) {
  try {
    return readFileSync(`/proc/sys/${name.replaceAll(".", "/")}`, "utf8").trim();
  } catch {
    return undefined;
  }
}
