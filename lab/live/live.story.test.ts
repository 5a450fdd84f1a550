// The live view in a real terminal: typed at through tmux, read off its screen. Skipped where tmux is not installed.

import { execFileSync, spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, test } from "vitest";

const mainFile = fileURLToPath(new URL("../main.ts", import.meta.url));
const enclosed = process.env["MERLON_ENCLOSED"] === "1";
const hasTmux = spawnSync("tmux", ["-V"]).status === 0;
const reason = enclosed ? (hasTmux ? "" : " (tmux is not installed)") : " (needs tools/setup/enclose.sh)";

/** A tmux server for each test, so that nobody's sessions are touched and none meets one that is just ending. */
let serverCount = 0;
let socket = "";
/** Its socket stands in the enclosure's own folder, where no other user has been. */
const env = { ...process.env, TMUX_TMPDIR: "/run" };
const tmux = (...words: readonly string[]) => execFileSync("tmux", ["-L", socket, ...words], { encoding: "utf8", env });
const screen = () => tmux("capture-pane", "-p", "-t", "view");
const type = (...keys: readonly string[]) => tmux("send-keys", "-t", "view", ...keys);

function start(columns: number, rows: number): void {
  socket = `merlon-story-${process.pid}-${++serverCount}`;
  const command = `"${process.execPath}" "${mainFile}"; echo "exit $?"; exec sleep 60`;
  tmux("-f", "/dev/null", "new-session", "-d", "-s", "view", "-x", String(columns), "-y", String(rows), command);
}

async function until(condition: (text: string) => boolean, what: string): Promise<string> {
  for (let waitedMs = 0; waitedMs < 20_000; waitedMs += 100) {
    const text = screen();
    if (condition(text)) return text;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`the screen never showed ${what}:\n${screen()}`);
}

const shows = (words: string) => until((text) => text.includes(words), words);

describe.skipIf(!enclosed || !hasTmux)(`live view${reason}`, () => {
  afterEach(() => {
    spawnSync("tmux", ["-L", socket, "kill-server"], { env });
  });

  test("shows what may reach what, and how a commit changes it", async () => {
    start(80, 24);
    const first = await until((text) => /internet +│ .* ✓ · · · +│/.test(text), "the web tier open to the internet");
    expect(first.split("\n")).toHaveLength(25);
    expect(first).toContain("four-segments  revision 1");
    await shows("denied by");

    type("delete security policies from-zone internet to-zone web", "Enter", "commit", "Enter");
    await shows("internet → web-server HTTP is now filtered");
    await shows("revision 2");
    type("rollback 1", "Enter", "commit", "Enter");
    await shows("internet → web-server HTTP is now open");
    await shows("revision 3");

    type("show interfa", "Tab");
    await shows("# show interfaces");
    type("Enter");
    await shows("ge-0/0/0");
    // How many lines a page has depends on what else is on the screen just now.
    for (let page = 0; page < 6 && !screen().includes("› show interfaces"); page++) {
      type("PPage");
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
    await shows("› show interfaces");

    type("set security nonsense", "Enter");
    await shows("error:");
    type("quit", "Enter");
    await shows("exit 0");
    expect(readdirSync("/run/netns")).toEqual([]);
  });

  test("grows with the terminal, and Ctrl-D leaves it and gives the terminal back", async () => {
    start(80, 24);
    await shows("Denied");
    tmux("resize-window", "-t", "view", "-x", "140", "-y", "40");
    await shows("HTTP PG DNS ping");
    tmux("resize-window", "-t", "view", "-x", "60", "-y", "20");
    await shows("too small");
    tmux("resize-window", "-t", "view", "-x", "100", "-y", "30");
    await shows("Denied");
    type("C-d");
    const after = await shows("exit 0");
    expect(after).not.toContain("╭");
    expect(after).toContain("servers and clients run");
  });

  test("a gateway that dies ends the view with its words, on a sane terminal", async () => {
    start(80, 24);
    await shows("Denied");
    const pid = execFileSync("ip", ["netns", "pids", "gateway"], { encoding: "utf8" }).trim().split("\n")[0] ?? "";
    process.kill(Number(pid), "SIGKILL");
    const text = await shows("exit 1");
    expect(text).toContain("the gateway ended with SIGKILL");
    expect(readdirSync("/run/netns")).toEqual([]);
  });
});
