// Starting the gateway where it cannot start: the reason must come out, the time must be short, and nothing may stay.

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { GatewayClient } from "@merlon/gateway/client.ts";
import { runIp } from "@merlon/gateway/kernel/run-ip.ts";
import { configFile } from "./demo.ts";
import { GatewayFailure, GatewayProcess } from "./gateway-process.ts";

const enclosed = process.env["MERLON_ENCLOSED"] === "1";
const network = `story-gateway-${process.pid}`;
let folder = "";

async function start(name: string, text: string): Promise<GatewayProcess> {
  const file = join(folder, `${name}.conf`);
  await writeFile(file, text);
  return GatewayProcess.start({ network, configFile: file, stateFolder: join(folder, name) });
}

describe.skipIf(!enclosed)("the gateway's process (needs tools/setup/enclose.sh)", () => {
  beforeAll(async () => {
    await runIp([`netns add ${network}`]);
    folder = await mkdtemp("/run/merlon-story-");
  });
  afterAll(async () => {
    await runIp([`netns delete ${network}`]);
    await rm(folder, { recursive: true, force: true });
  });

  test("starts without any of its interfaces, answers, and is gone after the stop", async () => {
    const gateway = await GatewayProcess.start({ network, configFile, stateFolder: join(folder, "good") });
    const { pid, ready } = gateway;
    expect(ready).toMatchObject({ event: "enforcing", revision: 1 });
    const version = await new GatewayClient(ready.socket).run("show version");
    expect(version.text).toContain("four-segments");
    await gateway[Symbol.asyncDispose]();
    await gateway[Symbol.asyncDispose]();
    expect(existsSync(`/proc/${pid}`)).toBe(false);
  });

  test.each([
    ["syntax", "system {\n    host-name gw\n}\n", /syntax\.conf:\d+:\d+/],
    ["statement", "system {\n    hostname gw;\n}\n", /statement\.conf:2:5.*host-?name/s],
    ["zone", "security {\n    policies {\n        from-zone a to-zone b {\n        }\n    }\n}\n", /zone/],
  ])("a configuration with a wrong %s is refused with its place", async (name, text, words) => {
    const failure = await start(name, text).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(GatewayFailure);
    expect((failure as Error).message).toMatch(words);
    expect((failure as Error).message).toContain("exit code 1");
  });

  test("a missing configuration is named", async () => {
    const options = { network, configFile: join(folder, "nothing.conf"), stateFolder: join(folder, "none") };
    await expect(GatewayProcess.start(options)).rejects.toThrow("nothing.conf");
  });

  test("a missing namespace is named, before anything is started", async () => {
    await expect(GatewayProcess.start({ network: "nowhere", configFile, stateFolder: folder })).rejects.toThrow(
      "nowhere",
    );
  });

  test("a gateway that is killed is an end with a reason, and the reason for failing requests", async () => {
    const gateway = await GatewayProcess.start({ network, configFile, stateFolder: join(folder, "killed") });
    process.kill(gateway.pid, "SIGKILL");
    const failure = await gateway.ended;
    expect(failure.message).toContain("SIGKILL");
    await expect(gateway.explained(Promise.reject(new Error("hung up")))).rejects.toBe(failure);
    await gateway[Symbol.asyncDispose]();
  });

  test("while it lives, a failing request has its own reason", async () => {
    await using gateway = await GatewayProcess.start({ network, configFile, stateFolder: join(folder, "alive") });
    const error = new Error("no such operation");
    await expect(gateway.explained(Promise.reject(error))).rejects.toBe(error);
    expect(await gateway.explained(Promise.resolve(7))).toBe(7);
  });
});
