// What `system services` wants served over SSH: one listener for the shell, one for NETCONF alone. Pure: two settings that
// are equal need no new listener.

import type { Configuration } from "@merlon/model/schema/configuration.ts";
import type { HostKeyKind } from "./host-keys.ts";

export type SshService = "ssh" | "netconf";

export interface SshSettings {
  readonly service: SshService;
  readonly port: number;
  /** Those who have logged in; those who have not are limited by `unknownConnectionsMax` of the server. */
  readonly connectionsMax: number;
  readonly connectionsPerMinuteMax: number;
  readonly sessionsPerConnectionMax: number;
  readonly aliveIntervalMs: number;
  readonly aliveCountMax: number;
  readonly rootLogin: "allow" | "deny" | "deny-password";
  readonly passwords: boolean;
  readonly challenge: boolean;
  readonly publicKeys: boolean;
  /** In order of preference; empty: those of the library. Names are the library's. */
  readonly ciphers: readonly string[];
  readonly macs: readonly string[];
  readonly keyExchanges: readonly string[];
  /** Empty: all. */
  readonly hostKeys: readonly HostKeyKind[];
}

/** A dead client is noticed after a few minutes even where the configuration does not ask. */
const aliveIntervalMsDefault = 60_000;

// What is not here is weak, or the library does not have it. Whoever asks for nothing else is not served.
const ciphers = [
  "chacha20-poly1305@openssh.com",
  "aes256-gcm@openssh.com",
  "aes128-gcm@openssh.com",
  "aes256-ctr",
  "aes192-ctr",
  "aes128-ctr",
];
const macs = [
  "hmac-sha2-512-etm@openssh.com",
  "hmac-sha2-256-etm@openssh.com",
  "hmac-sha2-512",
  "hmac-sha2-256",
  "hmac-sha1-etm@openssh.com",
  "hmac-sha1",
];
/** By the words of the configuration. */
const keyExchanges: Readonly<Record<string, readonly string[]>> = {
  "curve25519-sha256": ["curve25519-sha256", "curve25519-sha256@libssh.org"],
  "ecdh-sha2-nistp256": ["ecdh-sha2-nistp256"],
  "ecdh-sha2-nistp384": ["ecdh-sha2-nistp384"],
  "ecdh-sha2-nistp521": ["ecdh-sha2-nistp521"],
  "group-exchange-sha2": ["diffie-hellman-group-exchange-sha256"],
  "dh-group14-sha1": ["diffie-hellman-group14-sha256", "diffie-hellman-group14-sha1"],
};

/** SHA-1 is for those alone who list it. */
const withoutSha1 = (names: readonly string[]): readonly string[] => names.filter((name) => !name.includes("sha1"));

/** What the configuration lists and this has, or undefined when it lists only what this has not. */
export interface SshPlan {
  readonly settings: readonly SshSettings[];
  /** Why a configured service is not served. */
  readonly problems: readonly string[];
}

type Services = NonNullable<NonNullable<Configuration["system"]>["services"]>;

/** `always`: services that are served whatever the configuration says, with its settings where it has some. */
export function planSsh(configuration: Configuration, always: ReadonlySet<SshService> = new Set()): SshPlan {
  const services = configuration.system?.services;
  const problems: string[] = [];
  const settings: SshSettings[] = [];
  const common = commonSettings(services?.ssh, problems);
  if (common === undefined) return { settings, problems };
  const { ssh, netconf } = { ssh: services?.ssh, netconf: services?.netconf?.ssh };
  if (ssh !== undefined || always.has("ssh"))
    settings.push({ service: "ssh", port: ssh?.port ?? 22, ...limitsOf(ssh), ...common });
  if (netconf !== undefined || always.has("netconf"))
    settings.push({ service: "netconf", port: netconf?.port ?? 830, ...limitsOf(netconf), ...common });
  const [first, second] = settings;
  if (first !== undefined && first.port === second?.port) {
    problems.push(`NETCONF is not served on port ${second.port}: SSH has it, and serves NETCONF as a subsystem`);
    return { settings: [first], problems };
  }
  return { settings, problems };
}

type Limits = Pick<SshSettings, "connectionsMax" | "connectionsPerMinuteMax" | "aliveIntervalMs" | "aliveCountMax">;
type LimitStatements = Partial<
  Record<"connectionLimit" | "rateLimit" | "clientAliveInterval" | "clientAliveCountMax", number>
>;

function limitsOf(limits: LimitStatements | undefined): Limits {
  const { connectionLimit, rateLimit, clientAliveInterval, clientAliveCountMax } = limits ?? {};
  return {
    connectionsMax: connectionLimit ?? 75,
    connectionsPerMinuteMax: rateLimit ?? 150,
    aliveIntervalMs: (clientAliveInterval ?? 0) === 0 ? aliveIntervalMsDefault : (clientAliveInterval ?? 0) * 1000,
    aliveCountMax: clientAliveCountMax ?? 3,
  };
}

type Common = Omit<SshSettings, keyof Limits | "service" | "port">;

/** What `system services ssh` says counts for NETCONF too. */
function commonSettings(ssh: Services["ssh"], problems: string[]): Common | undefined {
  const chosen = {
    ciphers: choose(ssh?.ciphers ?? [], (word) => (ciphers.includes(word) ? [word] : [])) ?? ciphers,
    macs: choose(ssh?.macs ?? [], (word) => (macs.includes(word) ? [word] : [])) ?? withoutSha1(macs),
    keyExchanges:
      choose(ssh?.keyExchange ?? [], (word) => keyExchanges[word] ?? []) ??
      withoutSha1(Object.values(keyExchanges).flat()),
    hostKeys: hostKeysOf(ssh),
  };
  for (const [what, list] of [
    ["cipher", chosen.ciphers],
    ["message authentication code", chosen.macs],
    ["key exchange", chosen.keyExchanges],
    ["host key", chosen.hostKeys],
  ] as const)
    if (list.length === 0)
      problems.push(`SSH is not served: of what the configuration lists there is no ${what} that is offered here`);
  if (problems.length > 0) return undefined;
  const passwords = ssh?.noPasswords !== true;
  return {
    ...chosen,
    sessionsPerConnectionMax: ssh?.maxSessionsPerConnection ?? 10,
    rootLogin: ssh?.rootLogin ?? "deny-password",
    passwords: passwords && ssh?.noPasswordAuthentication !== true,
    challenge: passwords && ssh?.noChallengeResponse !== true,
    publicKeys: ssh?.noPublicKeys !== true,
  };
}

function choose(words: readonly string[], offered: (word: string) => readonly string[]): readonly string[] | undefined {
  return words.length === 0 ? undefined : words.flatMap(offered);
}

function hostKeysOf(ssh: Services["ssh"]): readonly HostKeyKind[] {
  const list = ssh?.hostkeyAlgorithmList;
  if (list === undefined) return ["ed25519", "ecdsa", "rsa"];
  const kinds: HostKeyKind[] = [];
  if (list.ed25519 === true) kinds.push("ed25519");
  if (list["ecdsaSha2Nistp256"] === true) kinds.push("ecdsa");
  if (list.rsa === true) kinds.push("rsa");
  return kinds;
}
