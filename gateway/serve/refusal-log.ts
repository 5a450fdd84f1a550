// Connections of one listener that were refused, told in groups, so that refusing costs less than connecting: the first
// at once, those of the period behind it together at its end.

import type { AuditLog } from "../log/audit-log.ts";

const periodMs = 10_000;

export class RefusalLog implements Disposable {
  readonly #audit: Pick<AuditLog, "connectionsRefused">;
  #untold = 0;
  #last = { address: "", reason: "" };
  #timer: NodeJS.Timeout | undefined;

  constructor(audit: Pick<AuditLog, "connectionsRefused">) {
    this.#audit = audit;
  }

  add(address: string, reason: string): void {
    this.#untold += 1;
    this.#last = { address, reason };
    if (this.#timer !== undefined) return;
    this.#tell();
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      if (this.#untold > 0) this.#tell();
    }, periodMs);
    this.#timer.unref();
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }

  #tell(): void {
    this.#audit.connectionsRefused(this.#last.address, this.#last.reason, this.#untold);
    this.#untold = 0;
  }
}
