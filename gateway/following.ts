// Applies what is committed, again and again: at the start, after each commit, and every few seconds besides, because a group
// with a time may change what the configuration says without a commit, a certificate may be renewed, an address be free
// again. One round at a time; a round that has failed is told and ends nothing.

import type { AuditLog } from "./log/audit-log.ts";
import { Repeater } from "./repeater.ts";

const lookAgainMs = 5_000;

export interface FollowingOptions {
  /** The part of a gateway that tells of commits. */
  readonly gateway: { readonly logins: { readonly audit: Pick<AuditLog, "listen"> } };
  /** Makes something what the configuration in force says. */
  readonly apply: () => Promise<void>;
  readonly onError: (error: unknown) => void;
}

export class Following implements AsyncDisposable {
  readonly #options: FollowingOptions;
  readonly #causes = new DisposableStack();
  #last: Promise<void> = Promise.resolve();
  /** The last one, while it has not begun. */
  #next: Promise<void> | undefined;
  #ended = false;

  private constructor(options: FollowingOptions) {
    this.#options = options;
  }

  /** Resolves after the first round. */
  static async start(options: FollowingOptions): Promise<Following> {
    const following = new Following(options);
    const round = (): Promise<void> => following.round();
    following.#causes.use(
      options.gateway.logins.audit.listen(({ name }) => {
        if (name === "UI_COMMIT_COMPLETED") void round();
      }),
    );
    await round();
    following.#causes.use(new Repeater(round, () => lookAgainMs));
    return following;
  }

  /** Resolves after a round that begins from now on. One that waits already sees what this one would see. */
  round(): Promise<void> {
    this.#next ??= this.#last
      .then(() => {
        this.#next = undefined;
        return this.#ended ? undefined : this.#options.apply();
      })
      .catch(this.#options.onError);
    this.#last = this.#next;
    return this.#last;
  }

  /** Resolves when no round is under way any more; none begins afterwards. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended = true;
    this.#causes[Symbol.dispose]();
    await this.#last;
  }
}
