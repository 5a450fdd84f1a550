// The web server of a host: answers every GET with the host's name, so that a client knows who really answered.

import { createServer } from "node:http";
import type { Server } from "node:http";
import { servicePorts } from "../topology.ts";

const connectionCountMax = 1_000;
const requestTimeoutMs = 5_000;

/** Resolves when it listens, on every address of both families. */
export function startHttp(hostName: string, port: number = servicePorts.http.port): Promise<Server> {
  const server = createServer((request, response) => {
    const known = request.method === "GET" || request.method === "HEAD";
    response.writeHead(known ? 200 : 405, { "content-type": "text/plain", server: hostName, connection: "close" });
    response.end(known && request.method === "GET" ? `${hostName}\n` : "");
  });
  server.maxConnections = connectionCountMax;
  server.requestTimeout = requestTimeoutMs;
  server.headersTimeout = requestTimeoutMs;
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "::", () => resolve(server));
  });
}
