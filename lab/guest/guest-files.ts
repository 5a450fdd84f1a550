// What is in the guest: the pinned Node, the packages that tests import, the stories, the few programs that they start
// with the libraries that those need, and the kernel's modules. All but the modules is the machine's own.

import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, readdirSync, readlinkSync, realpathSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { ArchiveEntry } from "./cpio-archive.ts";
import type { GuestKernel } from "./guest-kernel.ts";
import { moduleFiles } from "./kernel-modules.ts";
import { programPath } from "./program-path.ts";

/** Where the stories and their packages are in the guest. */
export const guestRoot = "merlon";
const programs = ["nft", "ip", "setpriv", "unshare", "nsenter"] as const;
/** A package looks into `ldd` to learn which C library it runs on. */
const systemFiles = ["/usr/bin/ldd", "/etc/protocols", "/etc/services", "/etc/hosts", "/etc/nsswitch.conf"] as const;
/** Packages that only check and format, the caches, and the folders of the house, which are part of the stories. */
const packagesLeftOut = /^(\..*|typescript|@typescript|oxlint|@oxlint.*|oxfmt|@oxfmt|@types|node-linux-.*|@merlon)$/;

/** `stories` are programs by their names below `guestRoot`. */
export function* guestFiles(
  root: string,
  kernel: GuestKernel,
  stories: ReadonlyMap<string, string>,
): Generator<ArchiveEntry> {
  yield* withFolders(entries(root, kernel, stories));
}

function* entries(root: string, kernel: GuestKernel, stories: ReadonlyMap<string, string>): Generator<ArchiveEntry> {
  yield copy(join(import.meta.dirname, "init.sh"), "init", 0o755);
  yield copy(kernel.busybox, "bin/busybox", 0o755);
  const modules = moduleFiles(kernel.modules);
  for (const [index, file] of modules.entries()) yield copy(file, `modules/${index}.ko`);
  const order = modules.map((_, index) => `/modules/${index}.ko\n`).join("");
  yield written("modules/order", order);
  yield written("etc/passwd", "root:x:0:0:root:/root:/bin/sh\n");
  yield written(`${guestRoot}/package.json`, '{ "type": "module" }');
  for (const file of systemFiles) if (existsSync(file)) yield copy(file, file.slice(1));
  for (const folder of ["proc", "sys", "dev", "root", "var/tmp"]) yield { kind: "folder", path: folder };
  const packages = readdirSync(join(root, "node_modules")).filter((name) => !packagesLeftOut.test(name));
  const packageFolders = packages.map((name) => join(root, "node_modules", name));
  yield* programFiles(process.execPath, packageFolders.flatMap(addonsBelow));
  for (const [name, text] of stories) yield written(`${guestRoot}/${name}`, text);
  for (const folder of packageFolders) yield* tree(folder, `${guestRoot}/node_modules/${basename(folder)}`);
}

/** Programs under the folders of the guest's PATH, and their libraries under the names that the loader looks for. */
function* programFiles(node: string, addons: readonly string[]): Generator<ArchiveEntry> {
  const found = programs.flatMap((name) => programPath(name) ?? []);
  const libraries = librariesOf([node, ...found, ...addons]);
  for (const library of libraries) yield copy(realpathSync(library), library.slice(1), 0o755);
  for (const file of found) yield copy(realpathSync(file), `usr/bin/${basename(file)}`, 0o755);
  yield copy(realpathSync(node), "usr/bin/node", 0o755);
}

function librariesOf(files: readonly string[]): ReadonlySet<string> {
  // Its exit code is bad when one of the files is for another machine; that one needs nothing here.
  const { stdout } = spawnSync("ldd", files, { encoding: "utf8", timeout: 10_000 });
  return new Set([...stdout.matchAll(/^\s*(?:\S+ => )?(\/\S+) \(/gm)].flatMap(([, library]) => library ?? []));
}

/** The parts of packages that are machine code. */
function addonsBelow(folder: string): readonly string[] {
  const paths = readdirSync(folder, { recursive: true, encoding: "utf8" });
  return paths.filter((path) => path.endsWith(".node")).map((path) => join(folder, path));
}

/** A folder with everything below it. */
function* tree(from: string, to: string): Generator<ArchiveEntry> {
  for (const item of readdirSync(from, { withFileTypes: true })) {
    const [source, target] = [join(from, item.name), `${to}/${item.name}`];
    if (item.isSymbolicLink()) yield { kind: "link", path: target, target: readlinkSync(source) };
    else if (item.isDirectory()) yield* tree(source, target);
    else if (item.isFile()) yield copy(source, target);
  }
}

function written(path: string, text: string): ArchiveEntry {
  return { kind: "file", path, mode: 0o644, bytes: Buffer.from(text) };
}

function copy(source: string, path: string, mode = statSync(source).mode & 0o777): ArchiveEntry {
  return { kind: "file", path, mode, bytes: readFileSync(source) };
}

/** Every folder once, before the first thing that is in it. */
function* withFolders(all: Iterable<ArchiveEntry>): Generator<ArchiveEntry> {
  const known = new Set<string>([".", ""]);
  function* folder(path: string): Generator<ArchiveEntry> {
    if (known.has(path)) return;
    known.add(path);
    yield* folder(dirname(path));
    yield { kind: "folder", path };
  }
  for (const entry of all) {
    yield* folder(entry.kind === "folder" ? entry.path : dirname(entry.path));
    if (entry.kind !== "folder") yield entry;
  }
}
