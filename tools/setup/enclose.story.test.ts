// The enclosure with a real kernel: what is private inside, how signals and exit codes come through, and that nothing
// survives, not even when the caller is killed with SIGKILL.

import { spawn, spawnSync } from "node:child_process";
import { readFileSync, readdirSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";

const enclose = join(import.meta.dirname, "enclose.sh");
const runEnclosedUrl = new URL("./run-enclosed.mjs", import.meta.url).href;
// A story runs enclosed itself; without the mark the script makes one more enclosure inside.
const { MERLON_ENCLOSED: _, ...env } = process.env;

const inside = (script: string) => spawnSync(enclose, ["sh", "-c", script], { env, encoding: "utf8" });

describe.skipIf(process.env["MERLON_ENCLOSED"] !== "1")(
  "enclose.sh (needs MERLON_ENCLOSED=1, as npm test sets it)",
  () => {
    test("network, mounts and processes are private; lo is up; /run/netns is empty and usable", () => {
      const { stdout } = inside(
        "readlink /proc/self/ns/net; ip -brief link show; ls /run/netns; ip netns add one && ip netns list; echo $MERLON_ENCLOSED",
      );
      const [net, ...rest] = stdout.trim().split("\n");
      expect(net).not.toBe(readlinkSync("/proc/self/ns/net"));
      expect(rest[0]).toMatch(/^lo +UNKNOWN/);
      expect(rest.slice(1).map((line) => line.trim())).toEqual(["one", "1"]);
      expect(readdirSync("/run/netns")).not.toContain("one");
    });

    test.each([[0], [1], [42]])("exit code %i comes through", (code) => {
      expect(inside(`exit ${code}`).status).toBe(code);
    });

    test("arguments with blanks, quotes and nothing in them arrive as they are", () => {
      const words = ["a b", "", "'", '"$HOME"', "*"];
      const { stdout } = spawnSync(enclose, ["printf", "<%s>", ...words], { env, encoding: "utf8" });
      expect(stdout).toBe(words.map((word) => `<${word}>`).join(""));
    });

    test("enclosed already: runs the command as it is", () => {
      const { stdout } = spawnSync(enclose, ["readlink", "/proc/self/ns/net"], { env: process.env, encoding: "utf8" });
      expect(stdout.trim()).toBe(readlinkSync("/proc/self/ns/net"));
    });

    test("kill -9 of the caller ends everything inside", async () => {
      const mark = `314159${process.pid}`;
      const caller = spawn("sh", ["-c", `"$0" sleep ${mark} & wait`, enclose], { env, stdio: "ignore" });
      await until(() => processes(`sleep ${mark}`).length > 0);
      caller.kill("SIGKILL");
      await until(() => processes(`sleep ${mark}`).length === 0);
    });
  },
);

describe.skipIf(process.env["MERLON_ENCLOSED"] !== "1")("runEnclosed", () => {
  const start = (command: readonly string[]) => {
    const script = `import { runEnclosed } from ${JSON.stringify(runEnclosedUrl)};
      process.exitCode = await runEnclosed(${JSON.stringify(join(import.meta.dirname, "../.."))}, ${JSON.stringify(command)}, { path: process.env.PATH });`;
    return spawn(process.execPath, ["--input-type=module", "-e", script], {
      env,
      stdio: ["ignore", "pipe", "inherit"],
    });
  };

  test.each([["SIGTERM"], ["SIGINT"], ["SIGHUP"]] as const)(
    "%s reaches the command behind unshare, which cleans up",
    async (signal) => {
      const child = start([
        process.execPath,
        "-e",
        `process.on("${signal}", () => { console.log("cleaned"); process.exit(5); }); console.log("ready"); setInterval(() => {}, 1000)`,
      ]);
      let output = "";
      child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
      await until(() => output.includes("ready"));
      child.kill(signal);
      const code = await new Promise((resolve) => child.on("close", resolve));
      expect(output).toBe("ready\ncleaned\n");
      expect(code).toBe(5);
    },
  );

  test("when npm is ended and says nothing, the command is ended too", async () => {
    const mark = `271828${process.pid}`;
    const script = `import { runEnclosed } from ${JSON.stringify(runEnclosedUrl)};
      await runEnclosed(${JSON.stringify(join(import.meta.dirname, "../.."))}, ["sleep", "${mark}"], { path: process.env.PATH });`;
    // The shell stands for npm's: it does not replace itself by node, and nobody forwards a signal to node.
    const shell = spawn("sh", ["-c", '"$0" --input-type=module -e "$1"; true', process.execPath, script], {
      env: { ...env, npm_lifecycle_event: "start" },
      stdio: "ignore",
    });
    await until(() => processes(`sleep ${mark}`).length > 0);
    shell.kill("SIGTERM");
    await until(() => processes(`sleep ${mark}`).length === 0);
  });

  test("a command that a signal ends gives 128 + its number", async () => {
    const child = start(["sh", "-c", "kill -TERM $$"]);
    expect(await new Promise((resolve) => child.on("close", resolve))).toBe(143);
  });
});

async function until(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error("it did not come true within 10 s");
    await sleep(20);
  }
}

function processes(commandLine: string): readonly string[] {
  return readdirSync("/proc").filter((entry) => {
    if (!/^\d+$/.test(entry)) return false;
    try {
      return readFileSync(`/proc/${entry}/cmdline`, "utf8").replaceAll("\0", " ").trim() === commandLine;
    } catch {
      return false;
    }
  });
}
