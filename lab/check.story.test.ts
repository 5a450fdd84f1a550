// `npm start -- --check` as a process: what it prints, how it ends, and that it takes everything down, also when it is
// told to stop in the middle.

import { spawn } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { noteArrivals, readArrivals } from "./arrivals.ts";
import type { CheckReport } from "./check.ts";
import { deniesLogged, nothingLeaked } from "./check-facts.ts";
import { startDemo } from "./demo.ts";
import { changedTruths } from "./expectations.ts";
import { compare, planAttempts } from "./matrix.ts";
import { probeAgainst } from "./probe-matrix.ts";
import { hosts } from "./topology.ts";

const enclosed = process.env["MERLON_ENCLOSED"] === "1";
const mainFile = fileURLToPath(new URL("main.ts", import.meta.url));

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the demo; `onOutput` sees what was printed so far and may send a signal. */
function demo(
  words: readonly string[],
  onOutput: (text: string, kill: (signal: NodeJS.Signals) => void) => void = () => undefined,
  env: NodeJS.ProcessEnv = process.env,
): Promise<Ended> {
  const child = spawn(process.execPath, [mainFile, ...words], { stdio: ["ignore", "pipe", "pipe"], env });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (chunk: Buffer) => {
    stdout += chunk.toString("utf8");
    onOutput(stdout, (signal) => child.kill(signal));
  });
  child.stderr.on("data", (chunk: Buffer) => {
    stderr += chunk.toString("utf8");
  });
  return new Promise((resolve) => child.once("close", (code) => resolve({ code, stdout, stderr })));
}

/** Whatever a demo could leave in the machine. */
function leftovers(): readonly string[] {
  const namespaces = existsSync("/run/netns") ? readdirSync("/run/netns") : [];
  const states = readdirSync("/run").filter((name) => name.startsWith("merlon-lab-"));
  return [...namespaces, ...states];
}

describe("the command line", () => {
  test("outside the enclosure is refused with the right command", async () => {
    const { MERLON_ENCLOSED: _, ...bare } = process.env;
    const { code, stderr } = await demo(["--check"], undefined, bare);
    expect(code).toBe(2);
    expect(stderr).toContain("npm start");
    expect(stderr).toContain("tools/setup/enclose.sh node lab/main.ts");
  });

  test("an unknown option is refused with the usage", async () => {
    const { code, stderr, stdout } = await demo(["--chekc"]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain("--chekc");
    expect(stderr).toContain("usage: npm start");
  });

  test("--help prints the usage", async () => {
    const { code, stdout } = await demo(["--help"]);
    expect(code).toBe(0);
    expect(stdout).toContain("--check");
  });
});

describe.skipIf(!enclosed)("a policy that is not the expected one (needs tools/setup/enclose.sh)", () => {
  test("is seen in the matrix, in the arrivals and in the log", async () => {
    await using demo = await startDemo(() => undefined);
    await Promise.all(hosts.map(({ name }) => noteArrivals(name)));
    // The gateway enforces the initial policy, and the truths are those after the change.
    const comparisons = compare(await probeAgainst(demo.hosts, planAttempts(), changedTruths), changedTruths);
    const wrong = comparisons.filter(({ agrees }) => !agrees);
    expect(
      wrong.map(({ from, to, service, family, verdict }) => `${from} ${to} ${service} ${family} ${verdict}`),
    ).toEqual([
      "app-server internet dns 4 open",
      "app-server internet dns 6 open",
      "app-desk internet dns 4 open",
      "app-desk internet dns 6 open",
      "web-server data-store postgresql 4 filtered",
      "web-server data-store postgresql 6 filtered",
    ]);
    expect(wrong.map(({ tries }) => tries)).toEqual([1, 1, 1, 1, 2, 2]);
    const arrivals = new Map([["internet", await readArrivals("internet")]]);
    const leaked = nothingLeaked(arrivals, changedTruths);
    expect(leaked.details.toSorted()).toEqual([
      "app-desk reached internet by dns over IPv4",
      "app-desk reached internet by dns over IPv6",
      "app-server reached internet by dns over IPv4",
      "app-server reached internet by dns over IPv6",
    ]);
    expect(deniesLogged(comparisons, []).holds).toBe(false);
  });
});

describe.skipIf(!enclosed)("the demo (needs tools/setup/enclose.sh)", () => {
  test("without a terminal suggests --check", async () => {
    const { code, stderr } = await demo([]);
    expect(code).toBe(2);
    expect(stderr).toContain("npm start -- --check");
  });

  test("--check finds every connection as expected, three times, and leaves nothing", async () => {
    const { code, stdout, stderr } = await demo(["--check", "--json"]);
    const report = JSON.parse(stdout) as CheckReport & { readonly held: number; readonly total: number };
    const wrong = report.phases.flatMap(({ comparisons }) => comparisons.filter(({ agrees }) => !agrees));
    expect(wrong).toEqual([]);
    const facts = [...report.phases.flatMap((phase) => phase.facts), ...report.facts];
    // How fast the gateway starts depends on what else the machine does; the number itself is for `--check` to judge.
    const broken = facts.filter(({ holds, what }) => !holds && !what.includes("enforces within"));
    expect(broken).toEqual([]);
    expect(report.phases.map(({ comparisons }) => comparisons.length)).toEqual([252, 252, 252]);
    expect(code).toBe(report.held === report.total ? 0 : 1);
    expect(stderr).toContain("connections tried");
    expect(leftovers()).toEqual([]);
  });

  test.each(["SIGTERM", "SIGINT"] as const)("%s in the middle stops it and takes everything down", async (signal) => {
    let sent = false;
    const { code, stderr } = await demo(["--check"], (text, kill) => {
      if (sent || !text.includes("servers and clients run")) return;
      sent = true;
      kill(signal);
    });
    expect(code).toBe(signal === "SIGTERM" ? 143 : 130);
    expect(stderr).toContain(`stopped by ${signal}`);
    expect(leftovers()).toEqual([]);
  });

  test("a signal while it still starts is obeyed too", async () => {
    let sent = false;
    const { code } = await demo(["--check"], (text, kill) => {
      if (sent || !text.includes("network of")) return;
      sent = true;
      kill("SIGTERM");
    });
    expect(code).toBe(143);
    expect(leftovers()).toEqual([]);
  });
});
