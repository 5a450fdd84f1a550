// The real process on the real kernel, in a namespace of its own: started, misconfigured, raced, and killed with -9 at
// random instants of its commits. Whatever happens, the kernel enforces one whole revision and the next start agrees.

import { spawn, execFile } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { ReadyLine } from "./api.ts";
import { GatewayClient } from "./client.ts";

const run = promisify(execFile);
const enclosed = process.env["MERLON_ENCLOSED"] === "1";
const namespace = `proc${process.pid}`;
const mainPath = join(import.meta.dirname, "main.mjs");

const configuration = `
interfaces {
    ge-0/0/0 { kernel-name eth1; unit 0 { family inet { address 10.1.0.1/24; } } }
    ge-0/0/1 { kernel-name eth2; unit 0 { family inet { address 10.2.0.1/24; } } }
}
security {
    zones {
        security-zone a { interfaces { ge-0/0/0.0; } }
        security-zone b { interfaces { ge-0/0/1.0; } }
    }
    policies {
        from-zone a to-zone b {
            policy p0 {
                match { source-address any; destination-address any; application junos-http; }
                then { permit; }
            }
        }
    }
}
`;

interface Started {
  readonly child: ChildProcess;
  readonly ready: ReadyLine;
  readonly client: GatewayClient;
}

let folder = "";
const children = new Set<ChildProcess>();

function spawnGateway(state: string, config: string | undefined, environment: NodeJS.ProcessEnv = {}): ChildProcess {
  const options = ["run", "--state", state, ...(config === undefined ? [] : ["--config", config])];
  const child = spawn("nsenter", [`--net=/run/netns/${namespace}`, process.execPath, mainPath, ...options], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...environment },
  });
  children.add(child);
  child.once("exit", () => children.delete(child));
  return child;
}

async function start(state: string, config?: string): Promise<Started> {
  const child = spawnGateway(state, config);
  let errors = "";
  child.stderr?.on("data", (text: Buffer) => (errors += text.toString()));
  if (child.stdout === null) throw new Error("no output");
  for await (const line of createInterface({ input: child.stdout })) {
    const ready = JSON.parse(line) as ReadyLine;
    return { child, ready, client: new GatewayClient(ready.socket) };
  }
  throw new Error(`the gateway did not start: ${errors}`);
}

/** The exit code and what was printed on standard error. */
async function startFailing(
  state: string,
  config?: string,
  environment?: NodeJS.ProcessEnv,
): Promise<{ code: number | null; errors: string }> {
  const child = spawnGateway(state, config, environment);
  let errors = "";
  child.stderr?.on("data", (text: Buffer) => (errors += text.toString()));
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  return { code, errors };
}

async function stop(child: ChildProcess, signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.kill(signal);
  await ended;
}

async function inNamespace(...command: readonly string[]): Promise<string> {
  const { stdout } = await run("nsenter", [`--net=/run/netns/${namespace}`, ...command], {
    maxBuffer: 64 * 1024 * 1024,
  });
  return stdout;
}

/** Of the one chain that tells it: nft 1.0.6 aborts on the rules of some lookups. */
async function kernelGeneration(): Promise<number | undefined> {
  const listing = await inNamespace("nft", "list", "chain", "inet", "merlon", "live");
  const found = /comment "generation (\d+)"/.exec(listing);
  return found === null ? undefined : Number(found[1]);
}

describe.skipIf(!enclosed)("the gateway process (runs in tools/setup/enclose.sh)", () => {
  let config = "";

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "merlon-process-"));
    config = join(folder, "initial.conf");
    await writeFile(config, configuration);
    await run("ip", ["netns", "add", namespace]);
    for (const number of [1, 2]) {
      await inNamespace("ip", "link", "add", `eth${number}`, "type", "veth", "peer", "name", `far${number}`);
      await inNamespace("ip", "link", "set", `far${number}`, "up");
    }
  });

  afterEach(async () => {
    for (const child of children) await stop(child, "SIGKILL");
    await inNamespace("nft", "flush", "ruleset");
  });

  afterAll(async () => {
    await run("ip", ["netns", "delete", namespace]);
    await rm(folder, { recursive: true });
  });

  test("starts, shows its mapping, stops, and the kernel goes on enforcing", async () => {
    const state = join(folder, "plain");
    const { child, ready, client } = await start(state, config);
    expect(ready).toMatchObject({ event: "enforcing", revision: 1 });
    expect((await client.run("show interfaces")).text).toMatch(
      /ge-0\/0\/0,[^]*Kernel device: eth1\n[^]*Zone: a\n[^]*Local: 10\.1\.0\.1,/,
    );
    expect((await inNamespace("sysctl", "-n", "net.ipv4.ip_forward")).trim()).toBe("1");
    await stop(child);
    expect(child.exitCode).toBe(0);
    expect(await kernelGeneration()).toBe(1);
    const again = await start(state);
    expect(again.ready.revision).toBe(1);
    expect(await kernelGeneration()).toBe(2);
  });

  test("a broken file: position, hint, exit 1, nothing transits", async () => {
    const broken = join(folder, "broken.conf");
    await writeFile(broken, configuration.replace("security-zone a", "security-zoen a"));
    const { code, errors } = await startFailing(join(folder, "broken"), broken);
    expect(code).toBe(1);
    expect(errors).toMatch(/broken\.conf:8:9: error: .*security-zoen/);
    expect(errors).toContain("security-zone");
    expect(await inNamespace("nft", "list", "table", "inet", "merlon")).toMatch(/hook forward .* policy drop/);
  });

  test("a broken file after a good one: the last good policy keeps enforcing", async () => {
    const state = join(folder, "after-good");
    await stop((await start(state, config)).child);
    const before = await inNamespace("nft", "-s", "list", "table", "inet", "merlon");
    await writeFile(join(state, "revisions", "000001.json"), "damaged");
    const { code, errors } = await startFailing(state, config);
    expect(code).toBe(1);
    expect(errors).toMatch(/000001\.json is damaged/);
    expect(await inNamespace("nft", "-s", "list", "table", "inet", "merlon")).toBe(before);
  });

  test("a missing file and a wrong command line", async () => {
    expect(await startFailing(join(folder, "none"), join(folder, "none.conf"))).toMatchObject({
      code: 1,
      errors: expect.stringContaining("none.conf cannot be read") as string,
    });
    const child = spawn(process.execPath, [mainPath, "walk"], { stdio: "ignore" });
    expect(await new Promise((resolve) => child.once("exit", resolve))).toBe(2);
  });

  test("no nft program is needed", async () => {
    const empty = join(folder, "empty");
    await mkdir(empty);
    // An empty folder stands over the one that nft is in, for this process alone.
    const script = 'mount --bind "$1" /usr/sbin && shift && exec "$@"';
    const command = [process.execPath, mainPath, "run", "--state", join(folder, "no-nft"), "--config", config];
    const child = spawn(
      "nsenter",
      [`--net=/run/netns/${namespace}`, "unshare", "--mount", "sh", "-c", script, "sh", empty, ...command],
      {
        stdio: ["ignore", "pipe", "inherit"],
      },
    );
    children.add(child);
    child.once("exit", () => children.delete(child));
    for await (const line of createInterface({ input: child.stdout })) {
      const client = new GatewayClient((JSON.parse(line) as ReadyLine).socket);
      expect((await client.run("show system capabilities")).text).toMatch(/nft-program .*apt-get install nftables/);
      break;
    }
    expect(await inNamespace("nft", "list", "table", "inet", "merlon")).toMatch(/hook forward .* policy drop/);
    await stop(child);
  });

  test("a second gateway in the same namespace is refused and harms nothing", async () => {
    const { client } = await start(join(folder, "first"), config);
    const { code, errors } = await startFailing(join(folder, "second"), config);
    expect(code).toBe(1);
    expect(errors).toContain("another gateway already controls this network namespace");
    expect((await client.run("show version")).ok).toBe(true);
  });

  test("a port of a bridge is refused by name, at start and at commit", async () => {
    await inNamespace("ip", "link", "add", "br0", "type", "bridge");
    await inNamespace("ip", "link", "set", "eth2", "master", "br0");
    try {
      const { code, errors } = await startFailing(join(folder, "bridge"), config);
      expect(code).toBe(1);
      expect(errors).toContain("eth2 is a port of br0");
    } finally {
      await inNamespace("ip", "link", "delete", "br0");
    }
  });

  test("changes by hand are repaired within a second", async () => {
    const { client } = await start(join(folder, "drift"), config);
    await inNamespace("nft", "flush", "chain", "inet", "merlon", "forward");
    await inNamespace("nft", "add", "chain", "inet", "merlon", "intruder");
    for (let i = 0; i < 40 && !(await client.run("show system alarms")).text.includes("repaired"); i++) await sleep(50);
    expect((await client.run("show system alarms")).text).toContain(
      "the ruleset was changed from outside and has been repaired",
    );
    const listing = await inNamespace("nft", "list", "table", "inet", "merlon");
    expect(listing).not.toContain("intruder");
    expect(listing).toContain("ct state");
  });

  test("an interface that vanishes and comes back is set up again", async () => {
    const { client } = await start(join(folder, "vanish"), config);
    await inNamespace("ip", "link", "delete", "eth1");
    for (let i = 0; i < 40 && !(await client.run("show system alarms")).text.includes("no such device"); i++)
      await sleep(50);
    expect((await client.run("show system alarms")).text).toContain("ge-0/0/0 (eth1): the kernel has no such device");
    await inNamespace("ip", "link", "add", "eth1", "type", "veth", "peer", "name", "far1");
    await inNamespace("ip", "link", "set", "far1", "up");
    for (let i = 0; i < 40 && !(await client.run("show interfaces terse")).text.includes("10.1.0.1/24"); i++)
      await sleep(50);
    expect((await client.run("show interfaces terse")).text).toMatch(/ge-0\/0\/0\.0 +up +up +inet +10\.1\.0\.1\/24/);
    // The address stands in the kernel a moment before the gateway has read that it does.
    const alarms = async () => (await client.run("show system alarms")).text;
    await expect.poll(alarms, { timeout: 2_000 }).toBe("No alarms currently active\n");
  });

  test("kill -9 at random instants of commits", { timeout: 120_000 }, async () => {
    const state = join(folder, "killed");
    let { child, client, ready } = await start(state, config);
    const seen = { old: 0, new: 0 };
    for (let round = 0; round < 10; round++) {
      const name = `p${round + 1}`;
      const path = `security policies from-zone a to-zone b policy ${name}`;
      const edited = await client.run(
        `set ${path} match source-address any destination-address any application junos-ssh`,
      );
      expect(edited.text).toBe("");
      expect((await client.run(`set ${path} then permit`)).text).toBe("");
      const generationBefore = await kernelGeneration();
      const answer = client.run("commit").then(
        (result) => result.ok,
        () => false,
      );
      await sleep(Math.random() * 90);
      await stop(child, "SIGKILL");
      const answered = await answer;
      const enforcesNew = (await kernelGeneration()) !== generationBefore;
      ({ child, client, ready } = await start(state));
      const shown = (await client.run("show security policies")).data as {
        contexts: { policies: { name: string }[] }[];
      };
      const hasNew = shown.contexts[0]?.policies.some((policy) => policy.name === name) === true;
      // What the kernel enforced when the process died is what is in force after the start.
      expect(hasNew).toBe(enforcesNew);
      if (answered) expect(hasNew).toBe(true);
      seen[hasNew ? "new" : "old"]++;
      expect(ready.startToEnforcingMs).toBeLessThan(10_000);
    }
    expect(seen.old + seen.new).toBe(10);
  });

  describe("commit confirmed", () => {
    const path = "security policies from-zone a to-zone b policy trial";

    /** Commits one more policy, to be confirmed in that time; answers how many rules there were before. */
    async function commitTrial(client: GatewayClient, confirmTimeoutMs: number): Promise<number> {
      const ruleCountBefore = await rulesInForce();
      await client.run(`set ${path} match source-address any destination-address any application junos-ssh`);
      await client.run(`set ${path} then permit`);
      const { text } = await client.command({ line: "commit confirmed", confirmTimeoutMs, user: "ana" });
      expect(text).toContain("commit complete\n");
      expect(await rulesInForce()).toBeGreaterThan(ruleCountBefore);
      return ruleCountBefore;
    }

    test("rolls back when the operator is gone, in time, and says so", async () => {
      const { client } = await start(join(folder, "confirmed"), config);
      const ruleCountBefore = await commitTrial(client, 1500);
      const fromMs = performance.now();
      while ((await rulesInForce()) !== ruleCountBefore && performance.now() - fromMs < 10_000) await sleep(50);
      expect(performance.now() - fromMs).toBeLessThan(4000);
      const complete = "Commit was not confirmed; automatic rollback complete";
      for (let i = 0; i < 40 && !(await client.run("show system alarms")).text.includes(complete); i++) await sleep(50);
      expect((await client.run("show system alarms")).text).toContain(complete);
      expect((await client.run("show system commit")).text).toMatch(
        /^0 .* by root via other\n.*\n1 .* by ana via cli commit confirmed\n2 /,
      );
    });

    test("survives kill -9 and rolls back in time", async () => {
      const state = join(folder, "confirmed-killed");
      const startedMs = performance.now();
      const first = await start(state, config);
      const fromMs = performance.now();
      // The next start must come before the rollback, however busy the machine is.
      const ruleCountBefore = await commitTrial(first.client, Math.ceil(1500 + 2 * (fromMs - startedMs)));
      await stop(first.child, "SIGKILL");
      const { client } = await start(state);
      expect(await rulesInForce()).toBeGreaterThan(ruleCountBefore);
      expect((await client.run("show system alarms")).text).toContain("commit confirmed will be rolled back in");
      while ((await rulesInForce()) !== ruleCountBefore && performance.now() - fromMs < 20_000) await sleep(50);
      expect(performance.now() - fromMs).toBeLessThan(10_000);
    });

    test("survives a confirmation and kill -9", async () => {
      const state = join(folder, "confirmed-confirmed");
      const first = await start(state, config);
      const ruleCountBefore = await commitTrial(first.client, 60_000);
      expect((await first.client.run("commit")).text).toContain("is confirmed and stays");
      await stop(first.child, "SIGKILL");
      await start(state);
      expect(await rulesInForce()).toBeGreaterThan(ruleCountBefore);
    });

    test.each([
      ["kill -9", false],
      ["a reboot", true],
    ])("a start after %s and after the time brings the confirmed revision", async (name, rebooted) => {
      const state = join(folder, `confirmed-late-${rebooted}`);
      const first = await start(state, config);
      const ruleCountBefore = await commitTrial(first.client, 400);
      await stop(first.child, "SIGKILL");
      expect(await rulesInForce(), `${name} itself changes nothing`).toBeGreaterThan(ruleCountBefore);
      if (rebooted) await inNamespace("nft", "flush", "ruleset");
      await sleep(500);
      const { ready } = await start(state);
      expect(await rulesInForce()).toBe(ruleCountBefore);
      expect(ready.revision).toBe(3);
    });
  });

  describe("sessions", () => {
    test("two private candidates at once: both changes come into force, the same statement is a conflict", async () => {
      const { client } = await start(join(folder, "sessions"), config);
      await using ana = await client.openSession({ user: "ana" });
      await using bo = await client.openSession({ user: "bo" });
      for (const session of [ana, bo])
        expect((await session.run("configure private")).text).toContain("Entering configuration mode\n");
      await ana.run("set security policies from-zone a to-zone b policy p0 description ana");
      await bo.run("set interfaces ge-0/0/1 unit 0 family inet address 10.2.0.9/24");
      expect((await client.run("show | compare")).text).toBe("");
      expect((await client.run("status")).text).toMatch(
        /ana via cli .*\n +private \[edit\]\n +bo via cli .*\n +private \[edit\]\n$/,
      );
      expect((await ana.run("commit")).text).toContain("commit complete\n");
      expect((await bo.run("commit")).text).toContain("commit complete\n");
      const shown = (await client.run("show configuration")).text;
      expect(shown).toContain("description ana;");
      expect(shown).toContain("10.2.0.9/24");
      await ana.run("set security policies from-zone a to-zone b policy p0 description one");
      await bo.run("update");
      await bo.run("set security policies from-zone a to-zone b policy p0 description two");
      expect((await bo.run("commit")).text).toContain("commit complete\n");
      const refused = await ana.run("commit");
      expect(refused.ok).toBe(false);
      expect(refused.diagnostics).toMatchObject([{ code: "candidate.conflict" }]);
      expect((await ana.run("update")).ok).toBe(true);
      expect((await ana.run("commit")).text).toContain("commit complete\n");
      expect((await client.run("show configuration")).text).toContain("description one;");
    });

    test("an exclusive lock dies with its session, also when the client is killed", async () => {
      const { client, ready } = await start(join(folder, "exclusive"), config);
      const code = `
        const { GatewayClient } = await import(${JSON.stringify(join(import.meta.dirname, "client.ts"))});
        const session = await new GatewayClient(${JSON.stringify(ready.socket)}).openSession({ user: "ana" });
        await session.run("configure exclusive");
        await session.run("set system host-name mine");
        console.log("locked");
        setInterval(() => {}, 1000);`;
      const child = spawn(process.execPath, ["--input-type=module", "-e", code], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      children.add(child);
      await new Promise((resolve) => child.stdout.once("data", resolve));
      const locked = await client.run("set system host-name other", "bo");
      expect(locked.ok).toBe(false);
      expect(locked.text).toMatch(/configuration database locked by:\n +ana via cli .*\n +exclusive \[edit\]\n/);
      expect((await client.run("commit", "bo")).ok).toBe(false);
      await stop(child, "SIGKILL");
      for (let i = 0; i < 40 && !(await client.run("set system host-name other", "bo")).ok; i++) await sleep(50);
      expect((await client.run("show | compare")).text).toContain("host-name other");
      expect((await client.run("commit", "bo")).text).toContain("commit complete\n");
    });

    test("an idle session is closed and its lock with it", async () => {
      const { client } = await start(join(folder, "idle"), config);
      const ana = await client.openSession({ user: "ana", idleLimitMs: 1000 });
      await ana.run("configure exclusive");
      expect(await ana.ended).toBe("idle");
      expect((await client.run("set system host-name other", "bo")).ok).toBe(true);
      expect((await ana.run("commit")).text).toContain("this session has ended");
    });

    test("the shared candidate survives kill -9", async () => {
      const state = join(folder, "candidate");
      const log = join(state, "candidate.log");
      const first = await start(state, config);
      await first.client.run("set system host-name kept");
      const written = (): boolean => existsSync(log) && readFileSync(log, "utf8").includes("kept");
      for (let i = 0; i < 100 && !written(); i++) await sleep(20);
      await stop(first.child, "SIGKILL");
      const { client } = await start(state);
      expect((await client.run("show | compare")).text).toContain("host-name kept;");
      expect((await client.run("commit")).text).toContain("commit complete\n");
    });
  });
});

/** How many rules set a mark in the generation that chain `live` leads to. */
async function rulesInForce(): Promise<number> {
  const listing = await inNamespace("nft", "list", "table", "inet", "merlon");
  const generation = /chain live \{\s+goto policy_(g\d+)/.exec(listing)?.[1];
  if (generation === undefined) throw new Error(`no generation is in force:\n${listing}`);
  const chains = listing.split(/\n\tchain /).filter((it) => it.split(" ", 1)[0]?.endsWith(`_${generation}`) === true);
  return chains.join("\n").split("ct mark set").length - 1;
}
