// The data store of a host: a server that speaks enough of the real PostgreSQL protocol for a real client to log in and
// ask `select 1`. Its `cluster_name` is the host's name. Everything else is answered with a real PostgreSQL error.

import { createServer } from "node:net";
import type { Server, Socket } from "node:net";
import { servicePorts } from "../topology.ts";
import { decodeText, encodeError, encodeReady, encodeRow, encodeWelcome, MessageReader } from "./postgresql-message.ts";

const connectionCountMax = 1_000;
const idleTimeoutMs = 60_000;

/** Resolves when it listens, on every address of both families. */
export function startPostgresql(hostName: string, port: number = servicePorts.postgresql.port): Promise<Server> {
  const server = createServer((socket) => serve(socket, hostName));
  server.maxConnections = connectionCountMax;
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "::", () => resolve(server));
  });
}

function serve(socket: Socket, hostName: string): void {
  const reader = new MessageReader();
  let started = false;
  socket.setTimeout(idleTimeoutMs, () => socket.destroy());
  // A client that vanishes is no event for a server.
  socket.on("error", () => socket.destroy());
  socket.on("data", (chunk: Buffer) => {
    try {
      reader.push(chunk);
      if (!started) started = welcome(socket, reader, hostName);
      if (started) answerAll(socket, reader);
    } catch (error) {
      socket.end(encodeError("08P01", error instanceof Error ? error.message : "protocol violation"));
    }
  });
}

/** Answers what comes before the log-in; true when the client is in. */
function welcome(socket: Socket, reader: MessageReader, hostName: string): boolean {
  for (let first = reader.first(); first !== undefined; first = reader.first()) {
    switch (first.kind) {
      case "tls-request":
        socket.write("N");
        break;
      case "cancel-request":
        socket.end();
        return false;
      case "startup":
        socket.write(encodeWelcome(hostName));
        return true;
    }
  }
  return false;
}

function answerAll(socket: Socket, reader: MessageReader): void {
  for (let message = reader.next(); message !== undefined; message = reader.next()) {
    if (message.type === "X") {
      socket.end();
      return;
    }
    const query = message.type === "Q" ? decodeText(message.body) : undefined;
    if (query !== undefined && /^\s*select\s+1\s*;?\s*$/i.test(query)) {
      socket.write(encodeRow({ "?column?": "1" }));
    } else {
      const refusal = query === undefined ? `message type "${message.type}"` : "this query";
      socket.write(Buffer.concat([encodeError("0A000", `${refusal} is not supported here`), encodeReady()]));
    }
  }
}
