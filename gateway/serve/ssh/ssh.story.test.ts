// SSH as clients see it: the OpenSSH client and a library, good ones and bad ones, against a gateway inside the enclosure.

import { once } from "node:events";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import ssh2 from "ssh2";
import { quoteWord } from "@merlon/junos/quote.ts";
import { enclosed, skipReason } from "../../kernel/story-watch.ts";
import { halfOpenMax } from "./ssh-server.ts";
import { answerOf, loginFailure, openSsh, rawConnection, sshCase, StoryClient } from "./story-ssh.ts";
import type { SshCase } from "./story-ssh.ts";

const patience = { timeout: 10_000, interval: 20 };

describe.skipIf(!enclosed)(`SSH${skipReason}`, () => {
  let story: SshCase;

  beforeAll(async () => {
    story = await sshCase();
  });

  afterAll(async () => {
    expect(story.bugs).toEqual([]);
    await story[Symbol.asyncDispose]();
  });

  test("host keys are made once and belong to their owner", async () => {
    const folder = join(story.folder, "ssh");
    const names = await readdir(folder);
    expect(names.toSorted()).toEqual(["host-key-ecdsa", "host-key-ed25519", "host-key-rsa"]);
    for (const name of names) expect((await stat(join(folder, name))).mode & 0o777).toBe(0o600);
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
  });

  test("the OpenSSH client runs a line, with a password and the message before it", async () => {
    const words = ["-p", "22", "ana@127.0.0.1", "show version"];
    const { out, code } = await openSsh(story.folder, words, "ana's password");
    expect(out).toContain("Hostname: gw1");
    expect(code).toBe(0);
    const wrong = await openSsh(story.folder, ["ana@127.0.0.1", "show nothing"], "ana's password");
    expect(wrong.code).toBe(1);
  });

  test("keys of every kind, and from where they are accepted", async () => {
    const { generateKeyPairSync } = ssh2.utils;
    const pairs = {
      "ssh-ed25519": generateKeyPairSync("ed25519"),
      "ssh-ecdsa": generateKeyPairSync("ecdsa", { bits: 256 }),
      "ssh-rsa": generateKeyPairSync("rsa", { bits: 2048 }),
    };
    const at = "set system login user ana authentication";
    await story.type(...Object.entries(pairs).map(([word, { public: text }]) => `${at} ${word} ${quoteWord(text)}`));
    expect(await story.type("commit")).toContain("commit complete");
    for (const { private: privateKey } of Object.values(pairs)) {
      await using client = await StoryClient.connect("ana", { privateKey, password: "wrong" });
      expect((await client.run("show version")).text).toContain("gw1");
    }
    expect(await loginFailure("bo", { privateKey: pairs["ssh-ed25519"].private, password: "wrong" })).toMatch(
      /fail|closed/i,
    );
    const key = quoteWord(pairs["ssh-ed25519"].public);
    await story.type(`${at} ssh-ed25519 ${key} from 10.*`, "commit");
    expect(
      await loginFailure("ana", { privateKey: pairs["ssh-ed25519"].private, authHandler: ["publickey"] }),
    ).toContain("authentication");
  });

  test("a password that is asked for", async () => {
    const client = new ssh2.Client();
    client.on("keyboard-interactive", (_, __, ___, prompts, answer) => {
      answer(prompts.map(() => "ana's password"));
    });
    client.connect({ host: "127.0.0.1", username: "ana", tryKeyboard: true, authHandler: ["keyboard-interactive"] });
    await once(client, "ready");
    client.end();
  });

  test("root with a password when that is allowed, and with a key otherwise", async () => {
    const root = { password: "root's password" };
    expect(await loginFailure("root", root)).toContain("authentication");
    await story.type("set system services ssh root-login allow", "commit");
    expect(await loginFailure("root", root)).toBe("logged in");
    await story.type("set system services ssh root-login deny", "commit");
    expect(await loginFailure("root", root)).toContain("authentication");
  });

  test("every login, failure, command and commit is in the audit log, and no password", async () => {
    story.clocks.pass(60_000);
    const from = story.audit.length;
    const wrong = { authHandler: ["password" as const], localAddress: "127.0.0.1" };
    await loginFailure("ana", { ...wrong, password: "not ana's password" });
    await loginFailure("nobody", { ...wrong, password: "x" });
    {
      await using client = await StoryClient.connect("ana");
      const secret = "set system login user new authentication plain-text-password-value hidden1";
      await client.run(`configure; ${secret}; commit comment audited; rollback 1; commit; exit`);
    }
    await expect.poll(() => story.audit.slice(from).at(-1)?.name, patience).toBe("UI_LOGOUT_EVENT");
    const records = story.audit.slice(from).map(({ name, message }) => `${name} ${message}`);
    expect(records.map((text) => text.replace(/ \[\d+\]|127.0.0.1 \d+ 127.0.0.1 22/g, ""))).toEqual([
      "SSHD_LOGIN_FAILED Login failed for user 'ana' from host '127.0.0.1'",
      "SSHD_LOGIN_FAILED Login failed for user 'nobody' from host '127.0.0.1'",
      "UI_AUTH_EVENT Authenticated user 'ana' assigned to class 'super-user'",
      "UI_LOGIN_EVENT User 'ana' login, class 'super-user', ssh-connection '', client-mode 'cli'",
      "UI_CMDLINE_READ_LINE User 'ana', command 'configure'",
      "UI_CMDLINE_READ_LINE User 'ana', command 'set system login user new authentication plain-text-password-value /* SECRET-DATA */'",
      "UI_CMDLINE_READ_LINE User 'ana', command 'commit comment audited'",
      "UI_COMMIT User 'ana' requested 'commit' operation (comment: audited)",
      expect.stringMatching(/^UI_COMMIT_COMPLETED commit complete: revision \d+ by user 'ana' is in force$/),
      "UI_CMDLINE_READ_LINE User 'ana', command 'rollback 1'",
      "UI_CMDLINE_READ_LINE User 'ana', command 'commit'",
      "UI_COMMIT User 'ana' requested 'commit' operation (comment: none)",
      expect.stringMatching(/^UI_COMMIT_COMPLETED/),
      "UI_CMDLINE_READ_LINE User 'ana', command 'exit'",
      "UI_LOGOUT_EVENT User 'ana' logout",
    ]);
    expect(JSON.stringify(story.audit)).not.toMatch(/hidden1|password"/);
  });

  test("a class opens what it opens, typed and shown", async () => {
    await using client = await StoryClient.connect("bo");
    expect((await client.run("show system users")).text).toMatch(/\nbo +pts\/\d+ +127\.0\.0\.1 /);
    expect(await client.run("ping 127.0.0.1")).toEqual({
      text: expect.stringContaining("permission denied") as string,
      status: 1,
    });
    const shown = (await client.run("show configuration")).text;
    expect(shown).not.toMatch(/login|root-authentication|\$6\$/);
    const refused = await client.run("configure; set system host-name other; commit");
    expect(refused.text).toContain("permission denied");
    expect(await client.run("configure; set security zones security-zone z; commit")).toMatchObject({ status: 0 });
    expect(await story.type("show security zones")).toContain("z");
  });

  test("what is not offered is refused, and the connection lives", async () => {
    await using client = await StoryClient.connect("ana");
    await expect(client.subsystem("sftp")).rejects.toThrow();
    await expect(client.subsystem("unheard-of")).rejects.toThrow();
    const forward = new Promise((resolve) => {
      client.client.forwardOut("127.0.0.1", 1, "127.0.0.1", 80, (error) => resolve(error?.message));
    });
    expect(await forward).toMatch(/prohibited|fail|refused/i);
    expect((await client.run("show version")).status).toBe(0);
    await using netconf = await StoryClient.connect("ana", { port: 830 });
    await expect(netconf.exec("show version")).rejects.toThrow();
    await expect(netconf.shell()).rejects.toThrow();
    // Clients that do not know the subsystem ask for a command.
    const byCommand = await client.exec("xml-mode netconf need-trailer");
    expect(String((await once(byCommand, "data"))[0])).toContain("<hello");
    const channel = await netconf.subsystem("netconf");
    const [hello] = (await once(channel, "data")) as [Buffer];
    expect(hello.toString()).toContain("<hello");
  });

  test("sessions of one connection are limited", async () => {
    await using client = await StoryClient.connect("ana");
    const channels = await Promise.all(Array.from({ length: 10 }, () => client.subsystem("netconf")));
    await expect(client.subsystem("netconf")).rejects.toThrow();
    channels[0]?.close();
    await expect
      .poll(
        () =>
          client.subsystem("netconf").then(
            () => true,
            () => false,
          ),
        patience,
      )
      .toBe(true);
  });

  test("an idle session ends, and one whose user is taken away", async () => {
    await using bo = await StoryClient.connect("bo");
    const idle = answerOf(await bo.shell());
    await expect.poll(() => story.gateway.logins.list().length, patience).toBeGreaterThan(0);
    story.clocks.pass(61_000);
    expect((await idle).text).toMatch(/[Ii]dle/);
    await using again = await StoryClient.connect("bo");
    const removed = answerOf(await again.shell());
    await expect.poll(() => story.gateway.logins.list().some(({ user }) => user === "bo"), patience).toBe(true);
    await story.type("delete system login user bo", "commit");
    expect((await removed).text).toContain("account does not exist");
    expect(await loginFailure("bo", {})).toContain("authentication");
    await story.type("rollback 1", "commit");
  });

  test("a commit opens and closes what it changes, and living sessions go on", async () => {
    await using ssh = await StoryClient.connect("ana");
    await using netconf = await StoryClient.connect("ana", { port: 830 });
    const channel = await netconf.subsystem("netconf");
    await once(channel, "data");
    await story.type("set system services ssh port 2222", "delete system services netconf", "commit");
    expect((await ssh.run("show version")).text).toContain("gw1");
    await expect.poll(() => loginFailure("ana", { port: 830 }), patience).toContain("ECONNREFUSED");
    expect(await loginFailure("ana", { port: 22 })).toContain("ECONNREFUSED");
    expect(await loginFailure("ana", { port: 2222 })).toBe("logged in");
    channel.write(
      "<hello xmlns='urn:ietf:params:xml:ns:netconf:base:1.0'><capabilities><capability>urn:ietf:params:netconf:base:1.0</capability></capabilities></hello>]]>]]>",
    );
    channel.write("<rpc message-id='1' xmlns='urn:ietf:params:xml:ns:netconf:base:1.0'><close-session/></rpc>]]>]]>");
    const [reply] = (await once(channel, "data")) as [Buffer];
    expect(reply.toString()).toContain("<ok/>");
    await story.type("delete system services", "commit");
    await expect.poll(() => loginFailure("ana", { port: 2222 }), patience).toContain("ECONNREFUSED");
    await story.type("rollback 2", "commit");
    await expect.poll(() => loginFailure("ana", { port: 22 }), patience).toBe("logged in");
  });

  test("connections that do not log in make room for those that do", async () => {
    story.clocks.pass(60_000);
    const silent = await Promise.all(Array.from({ length: halfOpenMax + 20 }, () => rawConnection()));
    await expect.poll(() => silent.filter(({ closed }) => closed).length, patience).toBe(20);
    expect(await loginFailure("ana", {})).toBe("logged in");
    expect(story.audit.some(({ name }) => name === "SSHD_CONNECTION_REFUSED")).toBe(true);
    for (const socket of silent) socket.destroy();
  });

  test("garbage, and a client that closes in the middle, end their own connection alone", async () => {
    for (const text of [
      "GET / HTTP/1.1\r\n\r\n",
      "SSH-2.0-x\r\n\0\0\0\0garbage",
      `SSH-2.0-${"x".repeat(10_000)}`,
      "SSH-1.0-a\r\n",
    ]) {
      const socket = await rawConnection();
      socket.resume();
      socket.write(text);
      setTimeout(() => socket.end(), 50);
      await once(socket, "close");
    }
    expect(await loginFailure("ana", {})).toBe("logged in");
  });

  test("a source that is denied is not answered", async () => {
    await story.type("set system login deny-sources address 127.0.0.0/8", "commit");
    expect(await loginFailure("ana", {})).not.toBe("logged in");
    await story.type("rollback 1", "commit");
    expect(await loginFailure("ana", {})).toBe("logged in");
  });

  test("who fails too often waits, is disconnected, and is locked out", async () => {
    const retry = "set system login retry-options";
    await story.type(`${retry} lockout-period 1`, `${retry} backoff-threshold 1`, "commit");
    const wrong = { authHandler: ["password"] as const, password: "wrong" };
    for (let i = 0; i < 3; i++) await loginFailure("ana", { ...wrong, authHandler: ["password"] });
    expect(story.gateway.logins.lockouts.isLocked("ana")).toBe(true);
    expect(await loginFailure("ana", {})).toContain("authentication");
    expect(story.audit.some(({ name }) => name === "LIBJNX_LOGIN_ACCOUNT_LOCKED")).toBe(true);
    story.clocks.pass(61_000);
    expect(await loginFailure("ana", {})).toBe("logged in");
    await story.type("rollback 1", "commit");
  });

  test("an address that has failed too often waits in a new connection too, and others do not", async () => {
    await story.type("set system login retry-options backoff-threshold 1", "commit");
    const wrong = { authHandler: ["password"] as const, password: "wrong" };
    const bad = () => loginFailure("guess", { ...wrong, authHandler: ["password"], localAddress: "127.0.3.1" });
    await bad();
    const { delays } = story.gateway.logins;
    expect(delays.waitMs("127.0.3.1")).toBe(0);
    // Answered late; nobody waits for them here.
    void bad();
    await expect.poll(() => delays.waitMs("127.0.3.1"), patience).toBeGreaterThan(0);
    const from = story.audit.length;
    void bad();
    expect(await loginFailure("ana", { localAddress: "127.0.3.2" })).toBe("logged in");
    expect(story.audit.slice(from).filter(({ name }) => name === "SSHD_LOGIN_FAILED")).toEqual([]);
    await story.type("clear system login lockout all");
    expect(delays.waitMs("127.0.3.1")).toBe(0);
    expect(await loginFailure("ana", { localAddress: "127.0.3.1" })).toBe("logged in");
    await story.type("rollback 1", "commit");
  });

  test("many failed logins take no memory, and the gateway answers", async () => {
    story.clocks.pass(60_000);
    await story.type("set system login retry-options backoff-threshold 3", "commit");
    const from = story.audit.length;
    // A client tries three times before it is disconnected. A thousand failures were tried by hand.
    const attempts = (i: number): Promise<string> => {
      const username = `guess${i}`;
      const tries = Array.from({ length: 3 }, () => ({ type: "password" as const, username, password: "x" }));
      return loginFailure(username, { authHandler: tries });
    };
    for (let at = 0; at < 60; at += 20) await Promise.all(Array.from({ length: 20 }, (_, i) => attempts(at + i)));
    expect(story.audit.slice(from).filter(({ name }) => name === "SSHD_LOGIN_FAILED")).toHaveLength(180);
    expect(story.gateway.logins.lockouts.locked()).toEqual([]);
    expect(await loginFailure("ana", {})).toBe("logged in");
  });
});
