// Makes a folder and those above it. Not `mkdir` with `recursive`, which never returns when a parent cannot hold folders
// (Node 26.10, seen with /proc/x): a wrong --state must be an error at once.

import { mkdir, stat } from "node:fs/promises";
import { dirname } from "node:path";

/** Folders that are missing get `mode` 0700. Throws the system's error when one cannot be made. */
export async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { mode: 0o700 });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST" && (await stat(path)).isDirectory()) return;
    const parent = dirname(path);
    // In /proc the answer for a missing parent is ENOENT again and again; the parent itself is tried once.
    if (code !== "ENOENT" || parent === path || (await isFolder(parent))) throw error;
    await makeFolder(parent);
    await mkdir(path, { mode: 0o700 });
  }
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch {
    return false;
  }
}
