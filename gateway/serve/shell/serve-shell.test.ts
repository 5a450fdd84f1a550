// The shell inside the gateway, as SSH serves it: over a stream, with and without a terminal, and for one line.

import { rm } from "node:fs/promises";
import { Duplex } from "node:stream";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { TerminalModel } from "@merlon/shell/testing/terminal-model.ts";
import { accessOf, superUser } from "../../access/access.ts";
import type { Access } from "../../access/access.ts";
import { readConfiguration } from "@merlon/junos/read.ts";
import { loadConfiguration } from "@merlon/junos/load.ts";
import { emptyTree } from "@merlon/junos/tree.ts";
import { freshGateway } from "../../testing/test-gateway.ts";
import type { GatewayCase } from "../../testing/test-gateway.ts";
import { runOneLine, serveShell } from "./serve-shell.ts";
import type { ShellCaller } from "./serve-shell.ts";

let one: GatewayCase;

beforeAll(async () => {
  one = await freshGateway("serve-shell");
});

afterAll(() => rm(one.folder, { recursive: true, force: true, maxRetries: 5 }));

beforeEach(() => {
  for (const session of one.gateway.candidates.editors()) one.gateway.candidates.close(session);
  one.gateway.candidates.discard();
});

/** The operator's end of a channel. */
class Channel extends Duplex {
  text = "";
  readonly model = new TerminalModel(80);
  #changed: () => void = () => undefined;
  /** While it is set nothing is taken. */
  held: (() => void) | undefined;
  isHeld = false;

  override _read(): void {
    // Bytes are pushed when they are typed.
  }

  override _write(bytes: Buffer, _: BufferEncoding, done: () => void): void {
    this.text += bytes.toString();
    this.model.write(bytes.toString());
    this.#changed();
    if (this.isHeld) this.held = done;
    else done();
  }

  type(text: string): void {
    this.push(Buffer.from(text));
  }

  async shows(pattern: RegExp): Promise<string> {
    while (!pattern.test(this.model.text)) {
      await new Promise<void>((resolve) => {
        this.#changed = resolve;
      });
    }
    return this.model.text;
  }
}

function open(caller: Partial<ShellCaller> = {}): { channel: Channel; ended: Promise<number> } {
  const channel = new Channel();
  const terminal = { columns: 80, rows: 24, name: "xterm" };
  const ended = serveShell(one.gateway, channel, { user: "ana", access: superUser("ana"), terminal, ...caller });
  return { channel, ended };
}

async function line(text: string, access: Access = superUser("bo"), input?: string) {
  const channel = new Channel();
  if (input !== undefined) {
    channel.push(Buffer.from(input));
    channel.push(null);
  }
  const status = await runOneLine(one.gateway, channel, text, { user: access.user, via: "cli", access });
  return { status, text: channel.text };
}

function reader(className = "read-only"): Access {
  const classes = "class zones { permissions [ view configure security security-control ]; }";
  const { tree } = loadConfiguration(emptyTree, `system { login { ${classes} user rita { class ${className}; } } }`, {
    action: "merge",
    source: "test",
  });
  const access = accessOf(readConfiguration(tree).configuration, "rita");
  if (access === undefined) throw new Error("no access");
  return access;
}

describe("with a terminal", () => {
  test("greets, prompts, answers, says goodbye by its status", async () => {
    const { channel, ended } = open();
    expect(await channel.shows(/>$/)).toMatch(/^--- Merlon \d[\d.]*\nana@merlon>$/);
    channel.type("sh ver | mat hostn\r");
    await channel.shows(/ana@merlon> sh ver \| mat hostn\nHostname: merlon\n\nana@merlon>$/);
    channel.type("exit\r");
    expect(await ended).toBe(0);
    expect(one.gateway.candidates.editors()).toEqual([]);
  });

  test("alarms are announced", async () => {
    one.gateway.alarms.raise("test.alarm", "minor", "something");
    const { channel, ended } = open();
    await channel.shows(/1 alarm active; "show system alarms" lists them/);
    one.gateway.alarms.clear("test.alarm");
    channel.type("exit\r");
    await ended;
  });

  test("completion knows the candidate of the session and the level", async () => {
    const { channel, ended } = open();
    await channel.shows(/>$/);
    channel.type("configure private\r");
    await channel.shows(/#$/);
    channel.type("edit security zones\r");
    await channel.shows(/zones\]\nana@merlon#$/);
    channel.type("set security-zone guest\r");
    await channel.shows(/guest\n\n[\s\S]*#$/);
    channel.type("delete security-zone g");
    await channel.shows(/zone g$/);
    channel.type("\t");
    await channel.shows(/delete security-zone guest$/);
    channel.destroy();
    await ended;
  });

  test("a channel that breaks ends everything: the private candidate, the lock, what runs", async () => {
    const { channel, ended } = open();
    await channel.shows(/>$/);
    channel.type("configure exclusive\r");
    await channel.shows(/#$/);
    expect(one.gateway.candidates.editors()).toHaveLength(1);
    channel.destroy();
    expect(await ended).toBeTypeOf("number");
    expect(one.gateway.candidates.editors()).toEqual([]);
  });

  test("a session that is closed elsewhere is told", async () => {
    const { channel, ended } = open();
    await channel.shows(/>$/);
    channel.type("configure\r");
    await channel.shows(/#$/);
    for (const session of one.gateway.candidates.editors()) one.gateway.candidates.close(session);
    await channel.shows(/This session was ended/);
    await ended;
  });

  test("leaving with changes asks, and no stays", async () => {
    const { channel, ended } = open();
    await channel.shows(/>$/);
    channel.type("configure private\r");
    await channel.shows(/#$/);
    channel.type("set system host-name other\r");
    await channel.shows(/other\n\n\[edit\]\nana@merlon#$/);
    channel.type("exit\r");
    await channel.shows(/Discard uncommitted changes\? \[yes,no\] \(yes\)$/);
    channel.type("no\r");
    await channel.shows(/\(yes\) no\n\n\[edit\]\nana@merlon#$/);
    channel.type("exit\r");
    await channel.shows(/no\n[\s\S]*\(yes\)$/);
    channel.type("\r");
    await channel.shows(/uncommitted changes were discarded\nExiting configuration mode\n\nana@merlon>$/);
    channel.type("exit\r");
    expect(await ended).toBe(0);
  });

  test("the prompt follows the host name, and a commit that must be confirmed is told before it", async () => {
    const { channel, ended } = open();
    await channel.shows(/>$/);
    channel.type("configure\r");
    await channel.shows(/#$/);
    channel.type("set system host-name fw7\rcommit confirmed 5\r");
    await channel.shows(/# commit confirmed will be rolled back in 5 minutes\n\n\[edit\]\nana@fw7#$/);
    channel.type("commit\r");
    await channel.shows(/complete \(nothing had changed\)\n\n\[edit\]\nana@fw7#$/);
    channel.type("set system host-name merlon\rcommit and-quit\r");
    await channel.shows(/ana@merlon>$/);
    channel.type("exit\r");
    await ended;
  });

  test("a reader that is slow holds the answer back, not the gateway", async () => {
    const { channel, ended } = open();
    await channel.shows(/>$/);
    channel.isHeld = true;
    channel.type("set cli screen-length 0\rshow configuration\rshow configuration\r");
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect((await line("show version | count")).status).toBe(0);
    expect(channel.writableLength).toBeLessThan(100_000);
    channel.isHeld = false;
    channel.held?.();
    await channel.shows(/security-zone data[\s\S]*security-zone data[\s\S]*>$/);
    channel.type("exit\r");
    await ended;
  });
});

describe("without a terminal", () => {
  test("lines on the input, text on the output, the status of the last", async () => {
    const channel = new Channel();
    channel.push("set cli screen-length 0\nshow version | no-more | match host\nfoo\n");
    channel.push(null);
    expect(await serveShell(one.gateway, channel, { user: "ox", access: superUser("ox") })).toBe(1);
    expect(channel.text).toMatch(/^Screen length set to 0\nHostname: merlon\nerror: "foo" is not expected here\n/);
  });
});

describe("one line", () => {
  test("its text and status", async () => {
    expect(await line("show version | match hostname")).toEqual({ status: 0, text: "Hostname: merlon\n" });
    expect(await line("show versoin")).toEqual({
      status: 1,
      text: expect.stringMatching(/^error: "versoin"/) as string,
    });
    expect((await line("show configuration | display set")).text).toContain("set security zones security-zone web");
  });

  test("at a terminal its lines end as that needs", async () => {
    const channel = new Channel();
    const caller = { user: "bo", via: "cli", access: superUser("bo"), terminal: {} };
    await runOneLine(one.gateway, channel, "show version | match hostname", caller);
    expect(channel.text).toBe("Hostname: merlon\r\n");
  });

  test("lines between semicolons, up to the first that is refused", async () => {
    const { status, text } = await line("configure private; set system host-nxm x; commit");
    expect(status).toBe(1);
    expect(text).toMatch(/unknown statement/);
    expect(text).not.toContain("commit complete");
    expect(one.gateway.candidates.editors()).toEqual([]);
    expect((await line('configure; annotate system "a; b"; rollback 0; exit; show version | count')).status).toBe(0);
  });

  test("load terminal reads the input", async () => {
    const loaded = await line(
      "configure; load set terminal; show | compare; rollback 0",
      undefined,
      "set system host-name two\n",
    );
    expect(loaded).toEqual({ status: 0, text: expect.stringContaining("+  host-name two;") as string });
  });

  test("files stand in one folder without way out", async () => {
    expect((await line("show version | save v.txt")).text).toMatch(/^Wrote \d lines of output to 'v\.txt'\n$/);
    expect((await line("show version | append v.txt")).text).toMatch(/^Wrote \d lines of output to 'v\.txt'\n$/);
    for (const name of ["../v.txt", "/etc/passwd", "a/b", ".hidden", "x.new"]) {
      expect((await line(`show version | save ${name}`)).text).toContain("is no name of a file here");
      expect((await line(`configure; load merge ${name}`)).text).toContain("is no name of a file here");
    }
    expect((await line("configure; load override none.conf")).text).toContain("there is no file none.conf");
  });

  test("show configuration begins with the last commit, and loads as it is", async () => {
    const { text } = await line("show configuration");
    expect(text).toMatch(/^## Last commit: \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC by \w+\n[a-z]/);
    for (const other of ["show configuration system", "show configuration | display set", "configure; show"])
      expect((await line(other)).text).not.toContain("## Last commit");
    await line("show configuration | save all.conf");
    expect((await line("configure; load override all.conf; show | compare")).text).toContain("load complete\n");
    expect((await line("configure; load override all.conf; show | compare; rollback 0")).text).not.toContain("[edit");
  });

  test("who may only read", async () => {
    expect((await line("show version | match host", reader())).status).toBe(0);
    expect(await line("configure", reader())).toEqual({ status: 1, text: "error: permission denied: configure\n" });
    for (const pipe of ["save", "append"])
      expect((await line(`show version | ${pipe} x`, reader())).text).toContain("permission denied");
  });

  test("who may edit and not look at files learns nothing of one by loading it", async () => {
    await line('show configuration | display set | match "host-name" | save theirs.txt');
    const loaded = await line("configure; load merge theirs.txt", reader("zones"));
    expect(loaded.text).toContain("permission denied: files may not be read");
    expect(loaded.text).not.toContain("host-name");
  });
});
