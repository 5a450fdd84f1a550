// A gateway over a kernel in memory whose HTTP interface listens on a free port of the loopback, with users of three classes:
// what the tests of requests share. The caller disposes of it.

import { rm } from "node:fs/promises";
import { request } from "node:http";
import { connect } from "node:net";
import type { Socket } from "node:net";
import { expect } from "vitest";
import { hashPassword } from "../../../access/password-hash.ts";
import type { Gateway } from "../../../gateway.ts";
import type { GatewayCase, TestClocks } from "../../../testing/test-gateway.ts";
import { freshGateway, typeAs } from "../../../testing/test-gateway.ts";
import { Authenticator } from "../authenticate.ts";
import { HttpServer } from "../http-server.ts";
import type { HttpSettings } from "../http-settings.ts";
import { RequestRate } from "../request-rate.ts";

export interface Asked {
  readonly method?: string;
  readonly body?: string;
  /** `name:password`; ana's when absent, nobody's when empty. */
  readonly as?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Answered {
  readonly status: number;
  readonly type: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly text: string;
}

const password = "secret of all";
let hash: string | undefined;

export class HttpCase implements AsyncDisposable {
  readonly gateway: Gateway;
  readonly clocks: TestClocks;
  readonly folder: string;
  readonly server: HttpServer;
  readonly bugs: unknown[];

  private constructor({ gateway, clocks, folder }: GatewayCase, server: HttpServer, bugs: unknown[]) {
    this.gateway = gateway;
    this.clocks = clocks;
    this.folder = folder;
    this.server = server;
    this.bugs = bugs;
  }

  static async open(settings: Partial<HttpSettings> = {}): Promise<HttpCase> {
    const opened = await freshGateway("http");
    const { gateway, clocks } = opened;
    hash ??= hashPassword(password);
    const users = { ana: "super-user", bo: "read-only", cy: "operator", di: "unauthorized" };
    await typeAs(
      gateway,
      "root",
      ...Object.entries(users).flatMap(([user, className]) => [
        `set system login user ${user} class ${className}`,
        `set system login user ${user} authentication encrypted-password "${hash}"`,
      ]),
      "commit",
    );
    const bugs: unknown[] = [];
    const server = await HttpServer.listen({
      gateway,
      settings: { name: "http", port: 0, connectionsMax: 16, allowedSources: [], ...settings },
      authenticator: new Authenticator(gateway),
      rate: new RequestRate(clocks.monotonicMs),
      othersCount: () => 0,
      listen: { port: 0, host: "127.0.0.1" },
      onError: (error) => bugs.push(error),
    });
    return new HttpCase(opened, server, bugs);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server[Symbol.asyncDispose]();
    await rm(this.folder, { recursive: true, force: true, maxRetries: 5 });
    expect(this.bugs).toEqual([]);
  }

  ask(path: string, { method, body, as = `ana:${password}`, headers = {} }: Asked = {}): Promise<Answered> {
    const authorization: Record<string, string> =
      as === "" ? {} : { authorization: as.includes(":") ? `Basic ${btoa(as)}` : `Bearer ${as}` };
    const content: Record<string, string> = body === undefined ? {} : { "content-type": "application/json" };
    return new Promise((resolve, reject) => {
      const outgoing = request(
        {
          host: "127.0.0.1",
          port: this.server.address.port,
          path,
          method: method ?? (body === undefined ? "GET" : "POST"),
          headers: { ...authorization, ...content, ...headers },
          agent: false,
        },
        (response) => {
          const chunks: Buffer[] = [];
          response.on("data", (chunk: Buffer) => chunks.push(chunk));
          response.on("error", reject);
          response.on("end", () =>
            resolve({
              status: response.statusCode ?? 0,
              type: response.headers["content-type"] ?? "",
              headers: response.headers,
              text: Buffer.concat(chunks).toString("utf8"),
            }),
          );
        },
      );
      outgoing.on("error", reject);
      outgoing.end(body);
    });
  }

  post(path: string, body: unknown, rest: Omit<Asked, "body"> = {}): Promise<Answered> {
    return this.ask(path, { ...rest, body: JSON.stringify(body) });
  }

  as(user: string): { readonly as: string } {
    return { as: `${user}:${password}` };
  }

  /** A connection without the manners of a library. */
  connect(): Socket {
    return connect(this.server.address.port, "127.0.0.1");
  }

  type(...lines: readonly string[]): Promise<string> {
    return typeAs(this.gateway, "root", ...lines);
  }
}
