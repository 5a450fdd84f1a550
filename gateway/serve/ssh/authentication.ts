// How a client proves who he is: by a public key, a password, or a password that is asked for. Every failure is logged with
// the address it came from, which waits longer and longer for its next answer, in whichever connection; after some failures
// the connection ends, and a user who fails too often is locked out. Nothing that is answered, and no time that it takes,
// tells whether there is such a user.

import { setTimeout as sleep } from "node:timers/promises";
import type { AuthContext, AuthenticationType, KeyboardAuthContext, PublicKeyAuthContext } from "ssh2";
import { accessOf } from "../../access/access.ts";
import { accountOf, loginRulesOf } from "../../access/accounts.ts";
import type { Account, LoginRules } from "../../access/accounts.ts";
import { verifyPassword } from "../../access/password-hash.ts";
import { acceptsKey } from "../../access/public-key.ts";
import type { Gateway } from "../../gateway.ts";
import type { SshSettings } from "./ssh-settings.ts";

/** Keys that a client may offer before it is sent away; clients try all that they have. */
const offeredKeysMax = 20;

export interface AuthenticationRequest {
  readonly gateway: Gateway;
  readonly settings: SshSettings;
  readonly address: string;
  /** Aborts when the client is gone. */
  readonly signal: AbortSignal;
  /** Ends the connection. */
  readonly giveUp: () => void;
}

export class Authentication {
  readonly #request: AuthenticationRequest;
  #failedCount = 0;
  #offeredCount = 0;
  #over = false;

  constructor(request: AuthenticationRequest) {
    this.#request = request;
  }

  /** Answers one attempt. Never throws. */
  async answer(context: AuthContext): Promise<void> {
    const { gateway, settings } = this.#request;
    const { username: user, method } = context;
    // What came while the last attempt was answered.
    if (this.#over) return;
    const configuration = gateway.running?.prepared.configuration;
    if (configuration === undefined) return context.reject(["publickey"]);
    const rules = loginRulesOf(configuration);
    const mayEnter = this.#mayEnter(user) && accessOf(configuration, user) !== undefined;
    const account = mayEnter ? accountOf(configuration, user) : undefined;
    const methods = methodsFor(settings, user);
    if (method === "none" || !methods.includes(method)) return context.reject(methods);
    switch (context.method) {
      case "publickey":
        return this.#answerKey(context, account, methods);
      case "password":
        return this.#answerPassword(context, context.password, { account, rules, methods });
      case "keyboard-interactive":
        return this.#answerPassword(context, await askPassword(context), { account, rules, methods });
      default:
        return context.reject(methods);
    }
  }

  /** A client that is locked out, or not let in as root, is answered as if there were no such user. */
  #mayEnter(user: string): boolean {
    const { gateway, settings } = this.#request;
    return !gateway.logins.lockouts.isLocked(user) && !(user === "root" && settings.rootLogin === "deny");
  }

  #answerKey(context: PublicKeyAuthContext, account: Account | undefined, methods: AuthenticationType[]): void {
    const { gateway, address } = this.#request;
    const { key, signature, blob, hashAlgo } = context;
    const proof =
      signature === undefined || blob === undefined ? {} : { proof: { signature, signed: blob, hash: hashAlgo } };
    if (acceptsKey(account?.keys ?? [], { algorithm: key.algo, data: key.data, ...proof }, address)) {
      if (signature !== undefined) {
        gateway.logins.lockouts.succeeded(context.username);
        gateway.logins.delays.succeeded(address);
      }
      return context.accept();
    }
    if (signature !== undefined) gateway.logins.audit.loginFailed(context.username, address);
    context.reject(methods);
    if (++this.#offeredCount >= offeredKeysMax) this.#giveUp();
  }

  #giveUp(): void {
    this.#over = true;
    this.#request.giveUp();
  }

  /** Whether a password is looked at: from an address that has failed too often one after the other, each after a while. */
  async #mayTry(): Promise<boolean> {
    const { gateway, address, signal } = this.#request;
    const { delays } = gateway.logins;
    await pause(delays.waitMs(address), signal);
    if (signal.aborted || delays.waitMs(address) > 0) return false;
    delays.begin(address);
    return true;
  }

  async #answerPassword(
    context: AuthContext,
    password: string | undefined,
    { account, rules, methods }: { account: Account | undefined; rules: LoginRules; methods: AuthenticationType[] },
  ): Promise<void> {
    const { gateway, address, signal } = this.#request;
    const { audit, lockouts, delays } = gateway.logins;
    const user = context.username;
    if (password === undefined || !(await this.#mayTry())) return context.reject(methods);
    const right = await verifies(password, account?.passwordHash, (error) =>
      gateway.alarms.raise("login.password", "major", `passwords cannot be verified: ${error.message}`),
    );
    // Others may have failed in his name while this one was verified.
    if (right && !lockouts.isLocked(user)) {
      lockouts.succeeded(user);
      delays.succeeded(address);
      return context.accept();
    }
    this.#failedCount += 1;
    delays.failed(address, rules);
    audit.loginFailed(user, address);
    if (account !== undefined && lockouts.failed(user, rules)) audit.locked(user);
    await pause(delays.waitMs(address), signal);
    context.reject(methods);
    if (this.#failedCount < rules.triesMax) return;
    audit.attemptsReached(user, rules.triesMax);
    this.#giveUp();
  }
}

async function pause(waitMs: number, signal: AbortSignal): Promise<void> {
  if (waitMs > 0) await sleep(waitMs, undefined, { signal, ref: false }).catch(() => undefined);
}

function methodsFor(settings: SshSettings, user: string): AuthenticationType[] {
  const keysAlone = user === "root" && settings.rootLogin === "deny-password";
  const methods: AuthenticationType[] = [];
  if (settings.publicKeys) methods.push("publickey");
  if (settings.passwords && !keysAlone) methods.push("password");
  if (settings.challenge && !keysAlone) methods.push("keyboard-interactive");
  return methods;
}

function askPassword(context: KeyboardAuthContext): Promise<string | undefined> {
  return new Promise((resolve) => {
    context.once("abort", () => resolve(undefined));
    context.prompt([{ prompt: "Password:", echo: false }], (responses: unknown) => {
      resolve(Array.isArray(responses) && typeof responses[0] === "string" ? responses[0] : undefined);
    });
  });
}

async function verifies(
  password: string,
  hash: string | undefined,
  onFailure: (error: Error) => void,
): Promise<boolean> {
  try {
    return await verifyPassword(password, hash);
  } catch (error) {
    onFailure(error as Error);
    return false;
  }
}
