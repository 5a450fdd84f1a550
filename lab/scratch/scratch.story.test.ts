// `merlon lab gateway` from its start to its end: what it says, that clients reach it, and that nothing of it remains.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { access, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import ssh2 from "ssh2";
import { GatewayClient } from "@merlon/gateway/client.ts";
import { enclosed, skipReason } from "@merlon/gateway/kernel/story-watch.ts";

interface Ready {
  readonly event: string;
  readonly ssh: { readonly host: string; readonly port: number } | null;
  readonly netconf: { readonly host: string; readonly port: number } | null;
  readonly http: { readonly host: string; readonly port: number } | null;
  readonly socket: string;
  readonly users: readonly string[];
  readonly stateDirectory: string;
}

const text = `
system {
    host-name scratch1;
    login { user ana { class super-user; authentication { plain-text-password-value "ana1"; } } }
    services { ssh; }
}
interfaces {
    eth1 { unit 0 { family inet { address 10.1.0.1/24; } } }
    wan { unit 0 { family inet { address 10.2.0.1/24; } } }
}
security { zones { security-zone trust { interfaces { eth1; } } security-zone untrust { interfaces { wan; } } } }
`;

describe.skipIf(!enclosed)(`merlon lab gateway${skipReason}`, () => {
  let folder: string;

  beforeAll(async () => {
    // Not below /run, which is another one inside a gateway's enclosure.
    folder = await mkdtemp("/tmp/merlon-story-");
  });

  afterAll(async () => {
    await rm(folder, { recursive: true });
  });

  /** Temporary files go into the test's folder, so that what is left can be seen. */
  function start(...words: readonly string[]) {
    const main = join(import.meta.dirname, "..", "..", "cli", "main.ts");
    const child = spawn(process.execPath, [main, "lab", "gateway", "--quiet", ...words], {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, TMPDIR: folder },
    });
    let out = "";
    let err = "";
    child.stdout.on("data", (bytes: Buffer) => {
      out += bytes.toString();
    });
    child.stderr.on("data", (bytes: Buffer) => {
      err += bytes.toString();
    });
    const ended = once(child, "close").then(([code]) => ({ code: code as number | null, out, err }));
    const ready = async (): Promise<Ready> => {
      await Promise.race([once(child.stdout, "data"), ended]);
      if (out === "") throw new Error(err);
      return JSON.parse(out) as Ready;
    };
    return { child, ended, ready };
  }

  const leftOvers = async (): Promise<readonly string[]> =>
    (await readdir(folder)).filter((name) => name.startsWith("merlon-scratch-"));

  test("the README: the example network, and a line typed at its socket", async () => {
    const root = join(import.meta.dirname, "..", "..");
    // npx merlon lab gateway --config lab/four-segments.conf
    const gateway = start("--config", join(root, "lab", "four-segments.conf"));
    const { socket } = await gateway.ready();
    // MERLON_SOCKET=… npx merlon cli
    const cli = spawn(process.execPath, [join(root, "cli", "main.ts"), "cli", "show", "security", "zones", "terse"], {
      stdio: ["ignore", "pipe", "inherit"],
      env: { ...process.env, MERLON_SOCKET: socket },
    });
    let said = "";
    cli.stdout.on("data", (bytes: Buffer) => {
      said += bytes.toString();
    });
    expect(await once(cli, "close")).toEqual([0, null]);
    for (const zone of ["finance", "app", "web", "data", "internet"]) expect(said).toContain(zone);
    gateway.child.kill("SIGTERM");
    expect(await gateway.ended).toMatchObject({ code: 0 });
  });

  test("starts, is reached from here, and ends without a trace", async () => {
    const file = join(folder, "a.conf");
    await writeFile(file, text);
    const gateway = start("--config", file, "--netconf-port", "0", "--http-port", "0");
    const ready = await gateway.ready();
    expect(ready).toMatchObject({ event: "ready", users: ["ana"], ssh: { host: "127.0.0.1" } });
    for (const endpoint of [ready.ssh, ready.netconf, ready.http]) expect(endpoint?.port).toBeGreaterThan(0);
    const client = new ssh2.Client();
    client.connect({ host: "127.0.0.1", port: ready.netconf?.port ?? 0, username: "ana", password: "ana1" });
    await once(client, "ready");
    client.end();
    const local = new GatewayClient(ready.socket);
    const { text: interfaces } = await local.run("show interfaces terse");
    expect(interfaces).toMatch(/eth1.*\n[^]*10\.1\.0\.1\/24/);
    expect((await local.run("show configuration | display set")).text).not.toMatch(/ana1|plain-text/);
    gateway.child.kill("SIGTERM");
    expect(await gateway.ended).toMatchObject({ code: 0 });
    expect(await leftOvers()).toEqual([]);
    await expect(access(ready.socket)).rejects.toThrow();
  });

  test("a file of another form, and a user who is added; nobody sees his password", async () => {
    const file = join(folder, "b.json");
    await writeFile(file, JSON.stringify({ configuration: { system: { "host-name": "json1" } } }));
    const password = join(folder, "password");
    await writeFile(password, "s3cret word\n");
    const gateway = start("--config", file, "--user", "eve", "--password-file", password, "--ssh-port", "0");
    const ready = await gateway.ready();
    expect(ready).toMatchObject({ users: ["eve"], netconf: null, http: null });
    const client = new ssh2.Client();
    client.connect({ host: "127.0.0.1", port: ready.ssh?.port ?? 0, username: "eve", password: "s3cret word" });
    await once(client, "ready");
    client.end();
    const shown = (await new GatewayClient(ready.socket).run("show configuration")).text;
    expect(shown).toContain("json1");
    expect(shown).not.toContain("s3cret");
    gateway.child.kill("SIGTERM");
    expect((await gateway.ended).code).toBe(0);
    await expect(new GatewayClient(ready.socket).run("show version")).rejects.toThrow();
  });

  test("what is wrong is told, and nothing is left", async () => {
    const wrong = join(folder, "wrong.conf");
    await writeFile(wrong, "system { nonsense; }\n");
    const cases: readonly (readonly [words: readonly string[], code: number, message: RegExp])[] = [
      [["--config", wrong], 1, /unknown statement[^]*wrong\.conf is not accepted/],
      [["--config", join(folder, "none.conf")], 1, /cannot be read/],
      [["--ssh-port", "70000"], 2, /takes a port/],
      [["--user", "a"], 2, /--user goes with --password-file/],
    ];
    const results = await Promise.all(cases.map(([words]) => start(...words).ended));
    for (const [index, [, code, message]] of cases.entries()) {
      expect(results[index]?.err).toMatch(message);
      expect([results[index]?.code, results[index]?.out]).toEqual([code, ""]);
    }
    expect(await leftOvers()).toEqual([]);
  });

  test("a port that is taken is told", async () => {
    const server = createServer();
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const result = await start("--ssh-port", String(port)).ended;
    server.close();
    expect(result.err).toContain(`port ${port} of 127.0.0.1 cannot be had`);
    expect(result.code).toBe(1);
  });
});
