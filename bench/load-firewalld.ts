// Brings firewalld's rules into force without its daemon, which would need a message bus: the daemon's own code reads the
// configuration and hands the rules to the kernel, in the namespace that the calling thread stands in.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { PeerFiles } from "./firewalld-peer-files.ts";
import { loadProgram, missingProgram } from "./load-program.ts";

/** The system's own Python, for which distributions package firewalld. */
const python = "/usr/bin/python3";

const start = `
import sys
from firewall import config
config.set_system_config_paths(sys.argv[1])
from firewall.core.fw import Firewall
Firewall().start()
`;

export function missingFirewalld(): string | undefined {
  return missingProgram("firewall-offline-cmd", "firewalld");
}

export async function loadFirewalld(files: PeerFiles): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "merlon-bench-"));
  try {
    for (const [path, text] of files) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
    await loadProgram(python, ["-c", start, folder], "", "firewalld");
  } finally {
    rmSync(folder, { recursive: true });
  }
}
