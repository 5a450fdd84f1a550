// The audit log: what each record says, as collectors of the original read it, and that nothing breaks its lines.

import { describe, expect, test } from "vitest";
import { AuditLog } from "./audit-log.ts";
import { auditLine } from "./audit-record.ts";
import type { AuditRecord } from "./audit-record.ts";

const atMs = Date.UTC(2026, 10, 22, 9, 30);

function recorded(write: (log: AuditLog) => void): readonly AuditRecord[] {
  const log = new AuditLog(() => atMs);
  const records: AuditRecord[] = [];
  using _listening = log.listen((record) => void records.push(record));
  write(log);
  return records;
}

function line(write: (log: AuditLog) => void): string {
  const [record] = recorded(write);
  return record === undefined ? "" : auditLine(record, "gw1", 42);
}

describe("a line", () => {
  test.each<[expected: string, write: (log: AuditLog) => void]>([
    [
      `<86>1 2026-11-22T09:30:00.000Z gw1 sshd 42 SSHD_LOGIN_FAILED [junos@2636.1.1.1.2.129 username="ana" source-address="10.0.0.1"] Login failed for user 'ana' from host '10.0.0.1'`,
      (log) => log.loginFailed("ana", "10.0.0.1"),
    ],
    [
      `<84>1 2026-11-22T09:30:00.000Z gw1 sshd 42 SSHD_LOGIN_ATTEMPTS_THRESHOLD [junos@2636.1.1.1.2.129 limit="3" username="ana"] Threshold for unsuccessful authentication attempts (3) reached by user 'ana'`,
      (log) => log.attemptsReached("ana", 3),
    ],
    [
      `<190>1 2026-11-22T09:30:00.000Z gw1 mgd 42 UI_LOGIN_EVENT [junos@2636.1.1.1.2.129 username="ana" class-name="ops" local-peer="" pid="7" ssh-connection="10.0.0.1 5000 10.0.0.2 22" client-mode="cli"] User 'ana' login, class 'ops' [7], ssh-connection '10.0.0.1 5000 10.0.0.2 22', client-mode 'cli'`,
      (log) => log.loggedIn("ana", { className: "ops", id: "7", connection: "10.0.0.1 5000 10.0.0.2 22", mode: "cli" }),
    ],
    [
      `<190>1 2026-11-22T09:30:00.000Z gw1 mgd 42 UI_CMDLINE_READ_LINE [junos@2636.1.1.1.2.129 username="ana" command="show version"] User 'ana', command 'show version'`,
      (log) => log.command("ana", "show version"),
    ],
    [
      `<189>1 2026-11-22T09:30:00.000Z gw1 mgd 42 UI_COMMIT [junos@2636.1.1.1.2.129 username="ana" command="commit" message="none"] User 'ana' requested 'commit' operation (comment: none)`,
      (log) => log.commitAsked("ana", "commit", undefined),
    ],
  ])("%s", (expected, write) => {
    expect(line(write)).toBe(expected);
  });

  test("stays one line, and its fields stay apart, whatever a client calls itself", () => {
    const written = line((log) => log.loginFailed('a"]\n<0>1 faked\u001b[2J \\', "10.0.0.1"));
    expect(["\n", "\u001b"].filter((character) => written.includes(character))).toEqual([]);
    expect(written).toContain(String.raw`username="a\"\]?<0>1 faked?[2J \\"`);
  });

  test("is cut where somebody types very much", () => {
    expect(line((log) => log.command("ana", "x".repeat(100_000))).length).toBeLessThan(20_000);
  });
});

test("who does not listen any more hears nothing more", () => {
  const log = new AuditLog(() => atMs);
  const heard: string[] = [];
  const listening = log.listen(({ name }) => void heard.push(name));
  log.loggedOut("ana");
  listening[Symbol.dispose]();
  log.loggedOut("ana");
  expect(heard).toEqual(["UI_LOGOUT_EVENT"]);
});
