// A request that is answered with errors. They are data for the client and no failure of the gateway.

import type { ErrorTag, RpcError } from "@merlon/netconf/rpc-error.ts";

export class RpcRefused extends Error {
  override readonly name = "RpcRefused";
  readonly errors: readonly RpcError[];

  constructor(errors: readonly RpcError[]) {
    super(errors.map(({ message }) => message).join("; "));
    this.errors = errors;
  }
}

/** One error of the protocol. */
export function refuse(tag: ErrorTag, message: string, more: Partial<RpcError> = {}): RpcRefused {
  return new RpcRefused([{ type: "protocol", tag, severity: "error", message, ...more }]);
}
