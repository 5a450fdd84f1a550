// The Unix socket in the state directory: the HTTP interface (http/routes.ts, ../api.ts) for the owner of the directory, who
// alone can open it and may do everything.

import { chmod, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { Server } from "node:http";
import { connect } from "node:net";
import type { Gateway } from "../gateway.ts";
import { answerHttp } from "./http/answer-http.ts";

const connectionsMax = 256;
const requestTimeoutMs = 30_000;

export class LocalSocket implements AsyncDisposable {
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  /** Listens at `path`; a socket that a killed gateway left there is replaced, a living one is an error. */
  static async listen(path: string, gateway: Gateway, onError: (error: unknown) => void): Promise<LocalSocket> {
    if (await answers(path)) throw new Error(`another gateway uses this state directory: ${path} answers`);
    await rm(path, { force: true });
    const identify = async () => ({});
    const server = createServer({ requestTimeout: requestTimeoutMs }, (request, response) => {
      void answerHttp({ gateway, request, response, identify, onError });
    });
    server.maxConnections = connectionsMax;
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(path, resolve);
    });
    await chmod(path, 0o600);
    return new LocalSocket(server);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}
