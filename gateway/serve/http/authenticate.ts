// How a client of the network proves who he is: a user's name and password (RFC 7617), a token (RFC 6750), or the name in a
// client certificate. Failures are logged with the address, lock users out as those of SSH do, and make their address wait
// longer and longer. Nothing that is answered tells whether there is such a user.

import { createHmac, randomBytes } from "node:crypto";
import { accessOf, accessOfClass, superUser } from "../../access/access.ts";
import type { Access } from "../../access/access.ts";
import { accountOf, loginRulesOf } from "../../access/accounts.ts";
import { ApiTokens } from "../../access/api-tokens.ts";
import { limitedAccess } from "../../access/limited-access.ts";
import { liveAccess } from "../../access/live-access.ts";
import { PasswordFailure, verifyPassword } from "../../access/password-hash.ts";
import type { Gateway } from "../../gateway.ts";
import type { ApiToken } from "../../store/token-file.ts";
import { Problem } from "./problem.ts";

/** A password that was right is right for so long, unless the user has another one now: to verify takes milliseconds. */
const verifiedMs = 60_000;
const verifiedMax = 1_000;
/** Passwords that are verified or wait for it; fewer than those that are taken for wrong because too many wait. */
const verifyingMax = 32;

export interface Credentials {
  readonly authorization: string | undefined;
  /** The common name of a certificate that the configured authority has signed. */
  readonly certifiedName: string | undefined;
  readonly address: string;
}

export class Authenticator {
  readonly #gateway: Gateway;
  /** Of what was verified, a keyed hash, with the time until which it holds. */
  readonly #verified = new Map<string, number>();
  readonly #key = randomBytes(32);
  #verifyingCount = 0;

  constructor(gateway: Gateway) {
    this.#gateway = gateway;
  }

  /** What he may do who has proved who he is. Throws `Problem`. */
  async identify({ authorization, certifiedName, address }: Credentials): Promise<Access> {
    if (authorization === undefined) {
      const access = certifiedName === undefined ? undefined : this.#accessOf(certifiedName);
      if (access !== undefined) return access;
      throw certifiedName === undefined ? unauthorized : this.#refused(certifiedName, address);
    }
    const waitMs = this.#gateway.logins.delays.waitMs(address);
    const [scheme = "", ...words] = authorization.trim().split(/\s+/);
    const [word] = words;
    if (words.length !== 1 || word === undefined) throw unauthorized;
    switch (scheme.toLowerCase()) {
      case "bearer":
        // A token cannot be guessed, so nobody waits for those who try.
        return this.#byToken(word, address);
      case "basic":
        return this.#byPassword(word, address, waitMs);
      default:
        throw unauthorized;
    }
  }

  async #byToken(word: string, address: string): Promise<Access> {
    const tokens = ApiTokens.of(this.#gateway);
    const token = await tokens.find(word);
    const access = token === undefined ? undefined : this.#accessOf(token.user);
    const limit = token === undefined ? undefined : this.#limitOf(token);
    if (token === undefined || access === undefined || limit === undefined)
      throw this.#refused(token?.user ?? "token", address);
    return limitedAccess(access, limit, () => tokens.holds(token));
  }

  /** What the class of a token allows; everything where it has none, and undefined where there is no such class now. */
  #limitOf({ user, className }: ApiToken): Access | undefined {
    if (className === undefined) return superUser(user);
    const configuration = this.#gateway.running?.prepared.configuration;
    return configuration && accessOfClass(configuration, user, className);
  }

  async #byPassword(word: string, address: string, waitMs: number): Promise<Access> {
    const [user, password] = readBasic(word) ?? [];
    const configuration = this.#gateway.running?.prepared.configuration;
    if (user === undefined || password === undefined || configuration === undefined) throw unauthorized;
    const { lockouts, delays, audit } = this.#gateway.logins;
    const services = configuration.system?.services;
    const mayEnter =
      !lockouts.isLocked(user) &&
      (user !== "root" || services?.ssh?.rootLogin === "allow") &&
      accessOf(configuration, user) !== undefined;
    const account = mayEnter ? accountOf(configuration, user) : undefined;
    const proof = this.#proofOf(user, password, account?.passwordHash);
    const access = this.#accessOf(user);
    if (account !== undefined && access !== undefined && this.#wasVerified(proof)) return access;
    if (waitMs > 0) throw tooSoon(waitMs);
    if (this.#verifyingCount >= verifyingMax) throw tooBusy;
    delays.begin(address);
    const right = await this.#verifies(password, account?.passwordHash);
    // Others may have failed in his name while this one was verified.
    if (right && access !== undefined && !lockouts.isLocked(user)) {
      lockouts.succeeded(user);
      delays.succeeded(address);
      this.#remember(proof);
      return access;
    }
    const rules = loginRulesOf(configuration);
    delays.failed(address, rules);
    if (account !== undefined && lockouts.failed(user, rules)) audit.locked(user);
    throw this.#refused(user, address);
  }

  #accessOf(user: string): Access | undefined {
    return liveAccess(() => this.#gateway.running?.prepared.configuration, user);
  }

  #refused(user: string, address: string): Problem {
    this.#gateway.logins.audit.loginFailed(user.slice(0, nameLengthMax), address);
    return unauthorized;
  }

  #proofOf(user: string, password: string, hash: string | undefined): string {
    return createHmac("sha256", this.#key)
      .update(JSON.stringify([user, password, hash]))
      .digest("base64");
  }

  #wasVerified(proof: string): boolean {
    return (this.#verified.get(proof) ?? 0) > this.#gateway.clocks.monotonicMs();
  }

  #remember(proof: string): void {
    this.#verified.delete(proof);
    this.#verified.set(proof, this.#gateway.clocks.monotonicMs() + verifiedMs);
    const [oldest] = this.#verified.keys();
    if (this.#verified.size > verifiedMax && oldest !== undefined) this.#verified.delete(oldest);
  }

  async #verifies(password: string, hash: string | undefined): Promise<boolean> {
    this.#verifyingCount += 1;
    try {
      return await verifyPassword(password, hash);
    } catch (error) {
      if (!(error instanceof PasswordFailure)) throw error;
      this.#gateway.alarms.raise("login.password", "major", `passwords cannot be verified: ${error.message}`);
      return false;
    } finally {
      this.#verifyingCount -= 1;
    }
  }
}

const nameLengthMax = 64;

const unauthorized = new Problem(401, "say who you are: the name and password of a user, or a token", {
  headers: { "www-authenticate": 'Basic realm="Merlon", charset="UTF-8", Bearer realm="Merlon"' },
});

const tooBusy = new Problem(503, "too many passwords are being verified; try again in a moment", {
  headers: { "retry-after": "1" },
});

function tooSoon(waitMs: number): Problem {
  const seconds = Math.ceil(waitMs / 1000);
  const detail = `too many failed logins from this address; try again in ${seconds} seconds`;
  return new Problem(429, detail, { headers: { "retry-after": String(seconds) } });
}

/** Name and password; undefined when it is neither. */
function readBasic(word: string): readonly [string, string] | undefined {
  const text = Buffer.from(word, "base64").toString("utf8");
  const at = text.indexOf(":");
  return at < 1 ? undefined : [text.slice(0, at), text.slice(at + 1)];
}
