// The world of a process, as far as it can be seen from inside one: files whole and by line, and what is no good file.

import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Refusal } from "./command.ts";
import { lineLengthMax, processWorld } from "./process-world.ts";

let folder = "";
const world = processWorld();

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "merlon-world-"));
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

function file(name: string, content: string | Buffer): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

async function linesOf(path: string): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of world.readLines(path)) lines.push(line);
  return lines;
}

describe("a whole file", () => {
  test("is read as UTF-8, also across the pieces it comes in", async () => {
    const text = "日本 über ".repeat(50_000);
    expect(await world.read(file("utf8", text))).toBe(text);
  });

  test("may be empty", async () => {
    expect(await world.read(file("empty", ""))).toBe("");
  });

  test("with a byte that is not UTF-8 has a character that every reader refuses", async () => {
    expect(await world.read(file("latin", Buffer.from([0x61, 0xfc, 0x62])))).toBe("a\ufffdb");
  });

  test.each<[what: string, path: () => string, message: RegExp]>([
    ["is missing", () => join(folder, "none"), /none: there is no such file$/],
    ["is a folder", () => folder, /: this is a folder; name a file in it$/],
    ["stands below a file", () => join(file("plain", "x"), "y"), /: a part of the path is no folder$/],
    ["has a name that is too long", () => join(folder, "x".repeat(300)), /ENAMETOOLONG/],
    ["is compressed", () => file("conf.gz", gzipSync("system;")), /conf\.gz is compressed; unpack it with gunzip -c/],
    ["holds a NUL in its name", () => "a\u0000b", /null bytes/],
  ])("that %s is refused with a sentence", async (_, path, message) => {
    const error: unknown = await world.read(path()).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(Refusal);
    expect((error as Refusal).message).toMatch(message);
  });

  test("that leads to itself is refused", async () => {
    symlinkSync(join(folder, "loop"), join(folder, "loop"));
    await expect(world.read(join(folder, "loop"))).rejects.toThrow(Refusal);
  });
});

describe("lines", () => {
  test.each<[text: string, lines: string[]]>([
    ["", []],
    ["a", ["a"]],
    ["a\n", ["a"]],
    ["a\nb", ["a", "b"]],
    ["\n\na\r\n", ["", "", "a\r"]],
  ])("of %j", async (text, lines) => {
    expect(await linesOf(file("lines", text))).toEqual(lines);
  });

  test("stand whole although pieces end inside of them", async () => {
    const lines = Array.from({ length: 20_000 }, (_, at) => `${at} ${"ü".repeat(at % 50)}`);
    expect(await linesOf(file("many", lines.join("\n")))).toEqual(lines);
  });

  test("of the greatest length are read, longer ones refused with their number", async () => {
    const longest = "x".repeat(lineLengthMax);
    expect(await linesOf(file("longest", `a\n${longest}\nb`))).toEqual(["a", longest, "b"]);
    await expect(linesOf(file("longer", `a\n${longest}x\nb`))).rejects.toThrow(
      /longer:2: the line is longer than 65536/,
    );
    await expect(linesOf(file("endless", `a\nb\n${longest.repeat(3)}`))).rejects.toThrow(/endless:3: /);
  });
});
