// The accounts of the configuration in force, as the servers that let people in ask about them: how a user may prove who he
// is, and what is asked of everybody who logs in.

import type { IpPrefix } from "@merlon/model/ip/prefix.ts";
import type { Configuration } from "@merlon/model/schema/configuration.ts";

type System = NonNullable<Configuration["system"]>;
type Authentication = NonNullable<System["rootAuthentication"]>;

export interface Account {
  readonly user: string;
  /** A hash of crypt(3). */
  readonly passwordHash?: string;
  readonly keys: readonly AccountKey[];
}

export interface AccountKey {
  /** As it is written: the kind, the key in base64, and maybe a comment. */
  readonly text: string;
  /** Patterns of the addresses that it is accepted from, as sshd(8) has them. */
  readonly from?: string;
}

/** Undefined when there is no such user. */
export function accountOf(configuration: Configuration, user: string): Account | undefined {
  const { system } = configuration;
  if (user === "root") return { user, ...proofs(system?.rootAuthentication) };
  const entry = system?.login?.user.find(({ name }) => name === user);
  return entry === undefined ? undefined : { user, ...proofs(entry.authentication) };
}

export function userNames(configuration: Configuration): readonly string[] {
  return (configuration.system?.login?.user ?? []).map(({ name }) => name);
}

function proofs(authentication: Authentication | undefined): Omit<Account, "user"> {
  if (authentication === undefined) return { keys: [] };
  const { encryptedPassword, noPublicKeys, sshRsa, sshEcdsa, sshEd25519 } = authentication;
  // What the options of a key restrict is not enforced, so such a key opens nothing.
  const keys = [...sshEd25519, ...sshEcdsa, ...sshRsa].filter(({ keyOptions }) => keyOptions === undefined);
  return {
    keys:
      noPublicKeys === true ? [] : keys.map(({ name, from }) => ({ text: name, ...(from !== undefined && { from }) })),
    ...(encryptedPassword !== undefined && { passwordHash: encryptedPassword }),
  };
}

/** What is asked of who logs in: `system login`. */
export interface LoginRules {
  readonly triesMax: number;
  /** Attempts that are answered at once; each further one is answered later by `backoffMs` more. */
  readonly promptAttempts: number;
  readonly backoffMs: number;
  /** In this time a connection must have logged in. */
  readonly loginTimeMs: number;
  /** For how long a user is locked out after `triesMax` failures; absent: never. */
  readonly lockoutMs?: number;
  readonly deniedSources: readonly IpPrefix[];
  /** Shown before the login, and after it. */
  readonly message?: string;
  readonly announcement?: string;
}

export function loginRulesOf(configuration: Configuration): LoginRules {
  const login = configuration.system?.login;
  const retry = login?.retryOptions;
  return {
    triesMax: retry?.triesBeforeDisconnect ?? 3,
    promptAttempts: retry?.backoffThreshold ?? 2,
    backoffMs: (retry?.backoffFactor ?? 5) * 1000,
    loginTimeMs: (retry?.maximumTime ?? 120) * 1000,
    ...(retry?.lockoutPeriod !== undefined && { lockoutMs: retry.lockoutPeriod * 60_000 }),
    deniedSources: login?.denySources?.address ?? [],
    ...(login?.message !== undefined && { message: lines(login.message) }),
    ...(login?.announcement !== undefined && { announcement: lines(login.announcement) }),
  };
}

/** Line ends are written as `\n` in the configuration. */
function lines(text: string): string {
  const broken = text.replaceAll(String.raw`\n`, "\n");
  return broken.endsWith("\n") ? broken : `${broken}\n`;
}
