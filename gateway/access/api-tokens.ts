// Tokens by which programs prove who they are: long random words, of which only a hash is kept. A token stands for a user and
// can do what he can now, or less; when the configuration does not know him any more it opens nothing. The word itself is
// shown once, when it is made.

import { createHash, randomBytes } from "node:crypto";
import type { Gateway } from "../gateway.ts";
import { Mutex } from "../mutex.ts";
import { readTokenFile, writeTokenFile } from "../store/token-file.ts";
import type { ApiToken } from "../store/token-file.ts";

export const tokensMax = 1_000;
/** Recognised by programs that look for secrets in texts. */
const prefix = "merlon_";
const secretSizeBytes = 32;
const wordPattern = /^merlon_[A-Za-z0-9_-]{43}$/;

export interface TokenRequest {
  readonly name: string;
  readonly user: string;
  readonly className?: string | undefined;
  readonly expiresAtMs?: number | undefined;
}

export class TokenRefused extends Error {
  override readonly name = "TokenRefused";
}

export class ApiTokens {
  readonly #path: string;
  readonly #nowMs: () => number;
  readonly #changing = new Mutex();
  /** By name. */
  #tokens: Promise<ReadonlyMap<string, ApiToken>> | undefined;
  /** The same, once they are read. */
  #current: ReadonlyMap<string, ApiToken> = new Map();

  private constructor(path: string, nowMs: () => number) {
    this.#path = path;
    this.#nowMs = nowMs;
  }

  static readonly #books = new WeakMap<Gateway, ApiTokens>();

  /** Those of a gateway; read when they are first asked for. */
  static of(gateway: Gateway): ApiTokens {
    const known = ApiTokens.#books.get(gateway);
    if (known !== undefined) return known;
    const tokens = new ApiTokens(gateway.store.tokensPath, () => gateway.nowMs());
    ApiTokens.#books.set(gateway, tokens);
    return tokens;
  }

  /** The token that is this word, unless it has expired. Throws `DamagedFile`. */
  async find(word: string): Promise<ApiToken | undefined> {
    if (!wordPattern.test(word)) return undefined;
    const hash = hashOf(word);
    // Whoever guesses has to hit a hash, so the time of a comparison tells nothing.
    for (const token of (await this.#read()).values())
      if (token.hash === hash) return this.holds(token) ? token : undefined;
    return undefined;
  }

  /** Whether a token that was found is still there, and has not expired. */
  holds({ name, hash, expiresAtMs }: ApiToken): boolean {
    const isThere = this.#current.get(name)?.hash === hash;
    return isThere && (expiresAtMs === undefined || this.#nowMs() < expiresAtMs);
  }

  async list(): Promise<readonly ApiToken[]> {
    return [...(await this.#read()).values()];
  }

  /** The word, which nobody sees again. Throws `TokenRefused`, `WriteFailure`. */
  create(request: TokenRequest): Promise<string> {
    return this.#changing.run(async () => {
      const { name, user, className, expiresAtMs } = request;
      const tokens = await this.#read();
      if (tokens.has(name)) throw new TokenRefused(`there is a token ${name} already; delete it, or take another name`);
      if (tokens.size >= tokensMax) throw new TokenRefused(`there are ${tokensMax} tokens; delete one first`);
      const word = `${prefix}${randomBytes(secretSizeBytes).toString("base64url")}`;
      const token: ApiToken = {
        name,
        user,
        ...(className !== undefined && { className }),
        madeAtMs: this.#nowMs(),
        ...(expiresAtMs !== undefined && { expiresAtMs }),
        hash: hashOf(word),
      };
      await this.#write(new Map([...tokens, [name, token]]));
      return word;
    });
  }

  /** False when there is no such token. Throws `WriteFailure`. */
  delete(name: string): Promise<boolean> {
    return this.#changing.run(async () => {
      const tokens = new Map(await this.#read());
      if (!tokens.delete(name)) return false;
      await this.#write(tokens);
      return true;
    });
  }

  async #read(): Promise<ReadonlyMap<string, ApiToken>> {
    this.#tokens ??= readTokenFile(this.#path).then((list) => new Map(list.map((token) => [token.name, token])));
    try {
      this.#current = await this.#tokens;
      return this.#current;
    } catch (error) {
      // A file that was mended is read again.
      this.#tokens = undefined;
      throw error;
    }
  }

  async #write(tokens: ReadonlyMap<string, ApiToken>): Promise<void> {
    await writeTokenFile(this.#path, [...tokens.values()]);
    this.#tokens = Promise.resolve(tokens);
    this.#current = tokens;
  }
}

function hashOf(word: string): string {
  return createHash("sha256").update(word).digest("hex");
}
