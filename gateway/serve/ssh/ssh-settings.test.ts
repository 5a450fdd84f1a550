// What the configuration wants served over SSH.

import { describe, expect, test } from "vitest";
import { loadForm } from "@merlon/junos/form.ts";
import { readConfiguration } from "@merlon/junos/read.ts";
import type { Configuration } from "@merlon/model/schema/configuration.ts";
import { planSsh } from "./ssh-settings.ts";
import type { SshSettings } from "./ssh-settings.ts";

function configurationOf(lines: string): Configuration {
  const text = lines
    .split("; ")
    .filter((line) => line !== "")
    .map((line) => `set system services ${line}\n`)
    .join("");
  return readConfiguration(loadForm(text, { source: "test" }).tree).configuration;
}

function settingsOf(lines: string): readonly SshSettings[] {
  return planSsh(configurationOf(lines)).settings;
}

describe("what is served", () => {
  test.each<[lines: string, expected: readonly string[]]>([
    ["", []],
    ["ssh", ["ssh 22"]],
    ["netconf ssh", ["netconf 830"]],
    ["ssh port 2222; netconf ssh port 8300", ["ssh 2222", "netconf 8300"]],
    // SSH serves NETCONF too, so nothing is missing.
    ["ssh; netconf ssh port 22", ["ssh 22"]],
    ["netconf rfc-compliant", []],
  ])("%s", (lines, expected) => {
    expect(settingsOf(lines).map(({ service, port }) => `${service} ${port}`)).toEqual(expected);
  });

  test("a service whose socket is given is served in any case", () => {
    const { settings } = planSsh(configurationOf(""), new Set(["netconf"]));
    expect(settings.map(({ service }) => service)).toEqual(["netconf"]);
  });

  test("two services on one port are one and a problem", () => {
    expect(planSsh(configurationOf("ssh port 830; netconf ssh")).problems).toEqual([
      "NETCONF is not served on port 830: SSH has it, and serves NETCONF as a subsystem",
    ]);
  });
});

describe("settings", () => {
  test.each<[lines: string, expected: Partial<SshSettings>]>([
    [
      "ssh",
      {
        connectionsMax: 75,
        connectionsPerMinuteMax: 150,
        sessionsPerConnectionMax: 10,
        aliveIntervalMs: 60_000,
        aliveCountMax: 3,
        rootLogin: "deny-password",
        passwords: true,
        challenge: true,
        publicKeys: true,
        hostKeys: ["ed25519", "ecdsa", "rsa"],
      },
    ],
    ["ssh root-login allow", { rootLogin: "allow" }],
    ["ssh no-passwords", { passwords: false, challenge: false, publicKeys: true }],
    ["ssh no-password-authentication", { passwords: false, challenge: true }],
    ["ssh no-challenge-response", { passwords: true, challenge: false }],
    ["ssh no-public-keys", { publicKeys: false }],
    ["ssh client-alive-interval 5; ssh client-alive-count-max 1", { aliveIntervalMs: 5_000, aliveCountMax: 1 }],
    ["ssh connection-limit 7; ssh rate-limit 8", { connectionsMax: 7, connectionsPerMinuteMax: 8 }],
    ["ssh max-sessions-per-connection 2", { sessionsPerConnectionMax: 2 }],
    ["ssh hostkey-algorithm-list ed25519", { hostKeys: ["ed25519"] }],
    ["ssh hostkey-algorithm-list rsa; ssh hostkey-algorithm-list ecdsa-sha2-nistp256", { hostKeys: ["ecdsa", "rsa"] }],
    ["ssh macs [ hmac-sha2-256 hmac-sha1 ]", { macs: ["hmac-sha2-256", "hmac-sha1"] }],
    // What nobody should use is left out of what is listed.
    ["ssh ciphers [ 3des-cbc aes256-ctr arcfour ]", { ciphers: ["aes256-ctr"] }],
    ["ssh macs [ hmac-md5 hmac-sha2-256 ]", { macs: ["hmac-sha2-256"] }],
    [
      "ssh key-exchange [ dh-group1-sha1 curve25519-sha256 ]",
      { keyExchanges: ["curve25519-sha256", "curve25519-sha256@libssh.org"] },
    ],
  ])("%s", (lines, expected) => {
    expect(settingsOf(lines)[0]).toMatchObject(expected);
  });

  test("of SSH count for NETCONF, but for its limits", () => {
    const [, netconf] = settingsOf("ssh root-login deny; ssh connection-limit 5; netconf ssh connection-limit 6");
    expect(netconf).toMatchObject({ service: "netconf", rootLogin: "deny", connectionsMax: 6 });
  });

  test("SHA-1 is offered to nobody unless it is listed", () => {
    const [plain] = settingsOf("ssh");
    expect(JSON.stringify(plain)).not.toContain("sha1");
    expect(plain?.keyExchanges).toContain("diffie-hellman-group14-sha256");
    const [listed] = settingsOf("ssh key-exchange dh-group14-sha1");
    expect(listed?.keyExchanges).toEqual(["diffie-hellman-group14-sha256", "diffie-hellman-group14-sha1"]);
  });

  test.each([
    "ciphers 3des-cbc",
    "macs hmac-md5",
    "key-exchange dh-group1-sha1",
    "hostkey-algorithm-list ecdsa-sha2-nistp521",
  ])("%s alone serves nobody, and says so", (line) => {
    const { settings, problems } = planSsh(configurationOf(`ssh ${line}; netconf ssh`));
    expect(settings).toEqual([]);
    expect(problems).toEqual([expect.stringContaining("SSH is not served")]);
  });
});
