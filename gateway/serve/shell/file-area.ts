// The files that operators save and load at the shell: one folder of plain files in the state directory, without way out.
// A file has a plain name, so that no path leads anywhere; it is not followed where it is a link; sizes are limited, so that
// a forgotten `| save` cannot fill the disk that revisions need.

import { constants } from "node:fs";
import { lstat, open, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { ShellRefusal } from "@merlon/shell/shell-host.ts";
import type { WriteHow } from "@merlon/shell/shell-host.ts";
import { makeFolder } from "../../store/make-folder.ts";

export const fileSizeBytesMax = 64 * 1024 * 1024;
const filesSizeBytesMax = 512 * 1024 * 1024;
const filesMax = 1_000;

const nameShape = /^[A-Za-z0-9_][A-Za-z0-9._+=@-]{0,127}$/;
/** Where operators of the original keep files; here all of them are the one folder. */
const knownPlaces = /^(?:\/var\/tmp\/|\/tmp\/|\/var\/home\/[A-Za-z0-9_-]{1,64}\/|~\/)/;

export class FileArea {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Throws `ShellRefusal`. */
  async read(name: string): Promise<string> {
    try {
      return (await bytesOf(name, this.#path(name))).toString("utf8");
    } catch (error) {
      throw refusalOf(name, error);
    }
  }

  /** The file is there as a whole when the text has ended. Throws `ShellRefusal`, and then the old file stands. */
  async write(name: string, text: AsyncIterable<string>, how: WriteHow = "replace"): Promise<void> {
    const path = this.#path(name);
    const beside = `${path}.new`;
    try {
      await makeFolder(this.#folder);
      const room = await this.#roomBytes();
      const old = how === "append" ? await bytesIfThere(name, path) : Buffer.alloc(0);
      const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | constants.O_NOFOLLOW;
      const file = await open(beside, flags, 0o600);
      try {
        let sizeBytes = old.length;
        await file.writeFile(old);
        for await (const piece of text) {
          sizeBytes += Buffer.byteLength(piece);
          if (sizeBytes > room) throw new ShellRefusal(`${name} would be larger than the ${room} bytes that are left`);
          await file.writeFile(piece);
        }
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(beside, path);
    } catch (error) {
      await rm(beside, { force: true });
      throw refusalOf(name, error);
    }
  }

  async #roomBytes(): Promise<number> {
    const names = await readdir(this.#folder);
    if (names.length >= filesMax) throw new ShellRefusal(`there are ${filesMax} files already; delete one first`);
    const sizes = await Promise.all(names.map(async (name) => (await lstat(join(this.#folder, name))).size));
    return Math.min(fileSizeBytesMax, filesSizeBytesMax - sizes.reduce((sum, size) => sum + size, 0));
  }

  #path(name: string): string {
    const plain = name.replace(knownPlaces, "");
    if (nameShape.test(plain) && !plain.endsWith(".new")) return join(this.#folder, plain);
    throw new ShellRefusal(
      `"${name.slice(0, 200)}" is no name of a file here: letters, digits and . _ - without folders`,
    );
  }
}

async function bytesOf(name: string, path: string): Promise<Buffer> {
  await using file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  const { size } = await file.stat();
  if (size > fileSizeBytesMax) throw new ShellRefusal(`${name} is larger than ${fileSizeBytesMax} bytes`);
  return await file.readFile();
}

async function bytesIfThere(name: string, path: string): Promise<Buffer> {
  try {
    return await bytesOf(name, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return Buffer.alloc(0);
    throw error;
  }
}

function refusalOf(name: string, error: unknown): ShellRefusal {
  if (error instanceof ShellRefusal) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === "ENOENT") return new ShellRefusal(`there is no file ${name}`, { cause: error });
  if (code === "ELOOP" || code === "EISDIR") return new ShellRefusal(`${name} is no plain file`, { cause: error });
  return new ShellRefusal(`${name}: ${message}`, { cause: error });
}
