// A cpio archive, the form in which Linux takes its first file system (initramfs).
// Source: Documentation/driver-api/early-userspace/buffer-format.rst ("newc").

export type ArchiveEntry =
  | { readonly kind: "folder"; readonly path: string }
  | { readonly kind: "file"; readonly path: string; readonly mode: number; readonly bytes: Uint8Array }
  | { readonly kind: "link"; readonly path: string; readonly target: string };

const typeBits = { folder: 0o040_000, file: 0o100_000, link: 0o120_000 } as const;
const alignment = 4;
const trailer = "TRAILER!!!";

/** The archive in pieces. Paths are relative to the root; a folder comes before what is in it. */
export function* cpioArchive(entries: Iterable<ArchiveEntry>): Generator<Uint8Array> {
  let inode = 0;
  for (const entry of entries) {
    inode += 1;
    switch (entry.kind) {
      case "folder":
        yield* member(entry.path, inode, typeBits.folder | 0o755, new Uint8Array());
        break;
      case "file":
        yield* member(entry.path, inode, typeBits.file | entry.mode, entry.bytes);
        break;
      case "link":
        yield* member(entry.path, inode, typeBits.link | 0o777, Buffer.from(entry.target));
    }
  }
  yield* member(trailer, 0, 0, new Uint8Array());
}

function* member(path: string, inode: number, mode: number, bytes: Uint8Array): Generator<Uint8Array> {
  const name = Buffer.from(`${path}\0`);
  const [uid, gid, linkCount, modifiedAt, device] = [0, 0, 1, 0, 0];
  const numbers = [inode, mode, uid, gid, linkCount, modifiedAt, bytes.length, device, device, device, device];
  const header = `070701${[...numbers, name.length, 0].map((number) => number.toString(16).padStart(8, "0")).join("")}`;
  yield padded(Buffer.concat([Buffer.from(header), name]));
  yield bytes;
  const gap = -bytes.length & (alignment - 1);
  if (gap > 0) yield new Uint8Array(gap);
}

function padded(bytes: Uint8Array): Uint8Array {
  const whole = new Uint8Array(Math.ceil(bytes.length / alignment) * alignment);
  whole.set(bytes);
  return whole;
}
