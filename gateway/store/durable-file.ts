// Files that survive kill -9 and power loss: written beside, synced, renamed over, and the folder synced, so that a
// reader finds either the old content or the new one, never a part (rename(2), fsync(2)).

import { constants } from "node:fs";
import { open, readdir, readFile, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";

/** A file of the state directory cannot be written: no room, no right, a broken disk. */
export class WriteFailure extends Error {
  override readonly name = "WriteFailure";
}

/** Replaces the file's content. Returns when it is on disk; throws `WriteFailure` otherwise, the old file intact. */
export async function writeDurably(path: string, content: string): Promise<void> {
  const beside = `${path}.new`;
  try {
    const file = await open(beside, constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC, 0o600);
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(beside, path);
  } catch (error) {
    await rm(beside, { force: true });
    throw new WriteFailure(`${path} cannot be written: ${(error as Error).message}`, { cause: error });
  }
  await syncFolder(dirname(path));
}

/** Removes the file; returns when its absence is on disk. A file that is not there is no error. */
export async function removeDurably(path: string): Promise<void> {
  await rm(path, { force: true });
  await syncFolder(dirname(path));
}

/** The content, or undefined when there is no such file. */
export async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** The first bytes of the file as text, or undefined when there is no such file. */
export async function readStartIfThere(path: string, sizeBytesMax: number): Promise<string | undefined> {
  try {
    const file = await open(path, constants.O_RDONLY);
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(sizeBytesMax), 0, sizeBytesMax, 0);
      return buffer.toString("utf8", 0, bytesRead);
    } finally {
      await file.close();
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** Removes what writers that were killed have left beside their files. */
export async function removeLeftovers(folder: string): Promise<void> {
  for (const name of await readdir(folder)) if (name.endsWith(".new")) await rm(join(folder, name), { force: true });
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
