// Where a program is: in the folders of PATH, or in those of administrators, which an ordinary user's PATH lacks.

import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";

const administratorFolders = ["/usr/local/sbin", "/usr/sbin", "/sbin"] as const;

/** Undefined when it is not there. */
export function programPath(name: string, path = process.env["PATH"] ?? "/usr/bin:/bin"): string | undefined {
  const folders = [...path.split(delimiter).filter((folder) => folder !== ""), ...administratorFolders];
  return folders.map((folder) => join(folder, name)).find((file) => existsSync(file));
}
