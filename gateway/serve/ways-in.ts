// The ways in: the local socket, and what the configuration serves over the network. A start reads this file and all behind
// it when the policy is in force already.

import { join } from "node:path";
import type { Gateway } from "../gateway.ts";
import { HttpServing } from "./http/http-serving.ts";
import { LocalSocket } from "./local-socket.ts";
import { handlersOf } from "./ssh/ssh-handlers.ts";
import { SshServing } from "./ssh/ssh-serving.ts";

/** Descriptors of sockets that were bound for the services before this process began. */
export type ServiceSockets = Partial<Readonly<Record<"ssh" | "netconf" | "http", number>>>;

export interface WaysIn {
  readonly stateFolder: string;
  readonly socketPath: string;
  readonly sockets: ServiceSockets;
  readonly onError: (error: unknown) => void;
}

/** Throws when the local socket cannot be served; a service that cannot be served is an alarm. */
export async function openWaysIn(
  gateway: Gateway,
  { stateFolder, socketPath, sockets, onError }: WaysIn,
): Promise<AsyncDisposable> {
  await using stack = new AsyncDisposableStack();
  stack.use(await LocalSocket.listen(socketPath, gateway, onError));
  const keyFolder = join(stateFolder, "ssh");
  stack.use(await SshServing.start({ gateway, handlers: handlersOf(gateway), keyFolder, sockets, onError }));
  const certificateFolder = join(stateFolder, "tls");
  stack.use(await HttpServing.start({ gateway, certificateFolder, socket: sockets.http, onError }));
  return stack.move();
}
