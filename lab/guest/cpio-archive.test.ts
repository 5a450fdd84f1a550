// The archive byte by byte, as the kernel's documentation has it, and read back by a reader of its own.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cpioArchive } from "./cpio-archive.ts";
import type { ArchiveEntry } from "./cpio-archive.ts";

interface Member {
  readonly path: string;
  readonly mode: string;
  readonly text: string;
}

/** Reads "newc" in the words of its documentation: 110 bytes of header, the name, the content, each filled up to 4. */
function readArchive(bytes: Buffer): readonly Member[] {
  const members: Member[] = [];
  for (let at = 0; at < bytes.length;) {
    expect(bytes.toString("latin1", at, at + 6)).toBe("070701");
    const field = (index: number) =>
      Number.parseInt(bytes.toString("latin1", at + 6 + index * 8, at + 14 + index * 8), 16);
    const [mode, size, nameSize] = [field(1), field(6), field(11)];
    const path = bytes.toString("utf8", at + 110, at + 110 + nameSize - 1);
    expect(bytes[at + 110 + nameSize - 1]).toBe(0);
    const content = (at + 110 + nameSize + 3) & ~3;
    members.push({ path, mode: mode.toString(8), text: bytes.toString("utf8", content, content + size) });
    at = (content + size + 3) & ~3;
  }
  return members;
}

const archiveOf = (...entries: readonly ArchiveEntry[]) => Buffer.concat([...cpioArchive(entries)]);

describe("a cpio archive", () => {
  test("holds folders, files with their modes, and links, and ends with the trailer", () => {
    const bytes = archiveOf(
      { kind: "folder", path: "bin" },
      { kind: "file", path: "bin/sh", mode: 0o755, bytes: Buffer.from("#!") },
      { kind: "link", path: "bin/ash", target: "sh" },
      { kind: "file", path: "empty", mode: 0o600, bytes: new Uint8Array() },
    );
    expect(readArchive(bytes)).toEqual([
      { path: "bin", mode: "40755", text: "" },
      { path: "bin/sh", mode: "100755", text: "#!" },
      { path: "bin/ash", mode: "120777", text: "sh" },
      { path: "empty", mode: "100600", text: "" },
      { path: "TRAILER!!!", mode: "0", text: "" },
    ]);
  });

  test("every member has a number of its own, so that none is taken for another's hard link", () => {
    const text = archiveOf({ kind: "folder", path: "a" }, { kind: "folder", path: "b" }).toString("latin1");
    expect([...text.matchAll(/070701(.{8})/g)].map(([, inode]) => inode)).toEqual(["00000001", "00000002", "00000000"]);
  });

  test("law: what goes in comes out, whatever the lengths are", () => {
    const file = fc.record({ path: fc.stringMatching(/^[a-z/]{1,9}$/), text: fc.string({ maxLength: 9 }) });
    fc.assert(
      fc.property(fc.array(file), (files) => {
        const bytes = archiveOf(
          ...files.map(({ path, text }) => ({ kind: "file", path, mode: 0o644, bytes: Buffer.from(text) }) as const),
        );
        expect(bytes.length % 4).toBe(0);
        expect(readArchive(bytes).slice(0, -1)).toEqual(files.map((each) => ({ ...each, mode: "100644" })));
      }),
    );
  });
});
