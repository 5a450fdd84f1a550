// The runner as its user starts it, on a very small scale: real gateways, real packets, files that can be read. The network
// plan stands here too, because only a real kernel says whether it is right.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { ResultFile } from "./result-file.ts";

const enclosed = process.env["MERLON_ENCLOSED"] === "1";

async function bench(...args: readonly string[]): Promise<{ readonly code: number; readonly output: string }> {
  const child = spawn(process.execPath, [join(import.meta.dirname, "main.ts"), ...args], { stdio: "pipe" });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const [code] = (await once(child, "close")) as [number];
  return { code, output };
}

describe.skipIf(!enclosed)("npm run bench (needs tools/setup/enclose.sh)", () => {
  test("measures, prints and writes", async () => {
    const folder = mkdtempSync(join(tmpdir(), "merlon-bench-"));
    try {
      const what = ["lookup", "established", "--policies", "10", "--subjects", "merlon,plain,conntrack,zone-split"];
      const scale = ["--rounds", "1", "--duration", "20", "--output", folder];
      const { code, output } = await bench(...what, ...scale);
      expect(output).toContain("new-flows");
      expect(output).not.toContain("left out");
      expect(code).toBe(0);
      const { rows, machine } = JSON.parse(readFileSync(join(folder, "lookup.json"), "utf8")) as ResultFile;
      const subjects = ["new-flows", "connections", "first-packet", "first-packet-p99"];
      expect(rows.map(({ subject, ratioTo }) => `${subject} ${ratioTo}`)).toEqual(
        subjects.flatMap((subject) => ["plain", "conntrack", "zone-split"].map((peer) => `${subject} ${peer}`)),
      );
      for (const { ratio = 0, value } of rows) {
        expect(ratio).toBeGreaterThan(0.01);
        expect(value).toBeGreaterThan(1);
      }
      expect(machine.cores).toBeGreaterThan(0);
      expect(readFileSync(join(folder, "lookup.svg"), "utf8")).toContain(">Merlon ");
      const established = JSON.parse(readFileSync(join(folder, "established.json"), "utf8")) as ResultFile;
      expect(new Set(established.rows.map(({ unit }) => unit))).toEqual(new Set(["packets/s", "Gbit/s"]));
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test("does so over IPv6", async () => {
    const folder = mkdtempSync(join(tmpdir(), "merlon-bench-"));
    try {
      const what = "lookup --family 6 --policies 10 --subjects conntrack --rounds 1 --duration 20".split(" ");
      const { code, output } = await bench(...what, "--output", folder);
      expect(output).not.toContain("left out");
      expect(code).toBe(0);
      const { rows } = JSON.parse(readFileSync(join(folder, "lookup-ipv6.json"), "utf8")) as ResultFile;
      expect(rows).toHaveLength(4);
      for (const { ratio = 0 } of rows) expect(ratio).toBeGreaterThan(0.01);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test("judges every packet of a stream while a gateway commits", { timeout: 60_000 }, async () => {
    const folder = mkdtempSync(join(tmpdir(), "merlon-bench-"));
    try {
      const { code } = await bench("commits", "--policies", "60", "--commits", "6", "--output", folder);
      expect(code).toBe(0);
      const { rows } = JSON.parse(readFileSync(join(folder, "commits.json"), "utf8")) as ResultFile;
      const values = Object.fromEntries(rows.map(({ subject, value }) => [subject, value]));
      expect(values).toMatchObject({ commits: 6, "commits-leaked": 0, "commits-lost": 0, "commits-wrong-policy": 0 });
      expect(values["commits-packets"]).toBeGreaterThan(18_000);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test("says what is wrong with its arguments", async () =>
    expect(await bench("--rounds", "many")).toEqual({
      code: 2,
      output: '--rounds takes whole numbers from 1 to 1000, not "many"\n',
    }));
});
