// What is said when namespaces are forbidden: the setting that forbids them, by name, with the command that allows them.

import { describe, expect, test } from "vitest";
import { explainRefusal } from "./namespaces.mjs";

const settings = (values: Readonly<Record<string, string>>) => (name: string) => values[name];
const words = "unshare: unshare failed: Operation not permitted";

describe("explainRefusal", () => {
  test.each([
    ["Debian's switch", { "kernel.unprivileged_userns_clone": "0" }, ["kernel.unprivileged_userns_clone=1"]],
    [
      "Ubuntu's AppArmor",
      { "kernel.apparmor_restrict_unprivileged_userns": "1" },
      ["kernel.apparmor_restrict_unprivileged_userns=0"],
    ],
    ["a limit of none", { "user.max_user_namespaces": "0" }, ["user.max_user_namespaces=10000"]],
    [
      "two at once",
      { "kernel.unprivileged_userns_clone": "0", "user.max_user_namespaces": "0" },
      ["kernel.unprivileged_userns_clone=1", "user.max_user_namespaces=10000"],
    ],
  ])("%s", (_, values, commands) => {
    const lines = explainRefusal({ words, isRoot: false, readSetting: settings(values) });
    expect(lines[0]).toContain(words);
    expect(lines.filter((line) => line.startsWith("    "))).toEqual(
      commands.map((command) => `    sudo sysctl ${command}`),
    );
    expect(lines.at(-1)).toContain("sudo npm start");
  });

  test("settings that allow it are not blamed", () => {
    const values = {
      "kernel.unprivileged_userns_clone": "1",
      "kernel.apparmor_restrict_unprivileged_userns": "0",
      "user.max_user_namespaces": "96365",
    };
    const lines = explainRefusal({ words, isRoot: false, readSetting: settings(values) });
    expect(lines.join("\n")).not.toContain("sysctl");
    expect(lines.at(-1)).toContain("as root");
  });

  test("root is not told to become root", () => {
    const lines = explainRefusal({ words, isRoot: true, readSetting: settings({}) });
    expect(lines.join("\n")).toContain("--privileged");
    expect(lines.join("\n")).not.toContain("sudo");
  });
});
