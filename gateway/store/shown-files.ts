// The files of the state directory that operators may look at: logs, and what they have saved themselves. Everything else
// there is not for reading: keys, uncommitted edits, revisions with their hashes. Names are plain, so no path leads out.

import { createHash } from "node:crypto";
import { constants } from "node:fs";
import type { Stats } from "node:fs";
import { lstat, open, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { createGunzip } from "node:zlib";
import type { RevisionStore } from "./revision-store.ts";

export interface ShownFile {
  readonly kind: "log" | "file";
  readonly name: string;
  readonly path: string;
  readonly sizeBytes: number;
  readonly changedAtMs: number;
  /** The permission bits of stat(2). */
  readonly mode: number;
}

type Folders = Pick<RevisionStore, "filesFolder" | "logsFolder">;

/** What the gateway itself writes beside its state, and what is rotated of it. */
const ownLogName = /^(?:flow|audit)\.log(?:\.\d{1,2}(?:\.gz)?)?$/;
/** Logs that the configuration names (`system syslog file`). */
const namedLogName = /^(?!\.)[^/\s%\0]{1,255}$/;
const fileName = /^[A-Za-z0-9_][A-Za-z0-9._+=@-]{0,127}$/;
/** Folders of the original that tools name; here they are one. */
const knownPlaces = /^(?:\/var\/log\/|\/var\/tmp\/|\/tmp\/|\/var\/home\/[A-Za-z0-9_-]{1,64}\/|~\/)/;
/** On the original the log of this name tells what people did; the configuration may have one of that name. */
const messages = { name: "messages", instead: "audit.log" } as const;

const filesMax = 2_000;
const pieceBytes = 64 * 1024;

/** Logs first, then saved files, each by name. */
export async function listShownFiles(folders: Folders): Promise<readonly ShownFile[]> {
  const found: ShownFile[] = [];
  for (const place of placesOf(folders)) {
    const names = (await readdirIfThere(place.folder)).filter(place.shows).toSorted();
    for (const name of names.slice(0, filesMax)) found.push(...(await shownIn(place, name)));
  }
  return found;
}

/** Undefined when there is no such file, or it is none of those that may be looked at. */
export async function findShownFile(folders: Folders, typed: string): Promise<ShownFile | undefined> {
  const name = typed.replace(knownPlaces, "");
  for (const place of placesOf(folders)) {
    const [found] = place.shows(name) ? await shownIn(place, name) : [];
    if (found !== undefined) return found;
  }
  return name === messages.name ? findShownFile(folders, messages.instead) : undefined;
}

/** Deletes what an operator has saved, never a log; false when there is no such file. */
export async function deleteSavedFile({ filesFolder }: Pick<Folders, "filesFolder">, typed: string): Promise<boolean> {
  const name = typed.replace(knownPlaces, "");
  const [found] = isSavedName(name) ? await shownIn({ kind: "file", folder: filesFolder }, name) : [];
  if (found !== undefined) await rm(found.path, { force: true });
  return found !== undefined;
}

function isSavedName(name: string): boolean {
  return fileName.test(name) && !name.endsWith(".new");
}

interface Place {
  readonly kind: ShownFile["kind"];
  readonly folder: string;
  readonly shows: (name: string) => boolean;
}

function placesOf({ logsFolder, filesFolder }: Folders): readonly Place[] {
  return [
    { kind: "log", folder: logsFolder, shows: (name) => ownLogName.test(name) },
    {
      kind: "log",
      folder: join(logsFolder, "log"),
      shows: (name) => namedLogName.test(name) && !name.endsWith(".half"),
    },
    { kind: "file", folder: filesFolder, shows: isSavedName },
  ];
}

async function shownIn({ kind, folder }: Pick<Place, "kind" | "folder">, name: string): Promise<readonly ShownFile[]> {
  const path = join(folder, name);
  const stats = await lstatIfThere(path);
  if (stats?.isFile() !== true) return [];
  return [{ kind, name, path, sizeBytes: stats.size, changedAtMs: stats.mtimeMs, mode: stats.mode & 0o777 }];
}

/** The text from a place on, in pieces; ends at the end that the file had when reading began. A rotated log is unpacked. */
export async function* readShownFile(
  { path, name }: Pick<ShownFile, "path" | "name">,
  { fromByte = 0, signal }: { readonly fromByte?: number; readonly signal?: AbortSignal } = {},
): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  for await (const piece of name.endsWith(".gz") ? unpacked(path) : plain(path, fromByte)) {
    if (signal?.aborted === true) return;
    yield decoder.decode(piece, { stream: true });
  }
  const last = decoder.decode();
  if (last !== "") yield last;
}

async function* plain(path: string, fromByte: number): AsyncGenerator<Uint8Array> {
  const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    const { size } = await handle.stat();
    for (let at = fromByte; at < size;) {
      const { bytesRead, buffer } = await handle.read(Buffer.alloc(Math.min(pieceBytes, size - at)), { position: at });
      if (bytesRead === 0) return;
      at += bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await handle.close();
  }
}

async function* unpacked(path: string): AsyncGenerator<Uint8Array> {
  const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  const packed = handle.createReadStream();
  const text = packed.pipe(createGunzip());
  packed.once("error", (error) => text.destroy(error));
  try {
    yield* text as AsyncIterable<Uint8Array>;
  } finally {
    packed.destroy();
  }
}

export async function checksumShownFile({ path }: Pick<ShownFile, "path">, method: string): Promise<string> {
  const hash = createHash(method);
  for await (const piece of plain(path, 0)) hash.update(piece);
  return hash.digest("hex");
}

async function readdirIfThere(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    return [];
  }
}

async function lstatIfThere(path: string): Promise<Stats | undefined> {
  try {
    return await lstat(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    return undefined;
  }
}
