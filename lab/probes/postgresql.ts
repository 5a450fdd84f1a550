// The client side of PostgreSQL: asks for TLS as every client does, logs in, asks `select 1`, and checks who answered.

import { connect } from "node:net";
import {
  decodeRow,
  decodeText,
  encodeMessage,
  encodeQuery,
  encodeStartup,
  encodeTlsRequest,
  MessageReader,
} from "../services/postgresql-message.ts";
import type { Message } from "../services/postgresql-message.ts";
import { servicePorts } from "../topology.ts";
import { runProbe, WrongAnswer } from "./probe.ts";
import type { ProbeRequest, ProbeResult } from "./probe.ts";

export function probePostgresql(
  probe: ProbeRequest,
  port: number = servicePorts.postgresql.port,
): Promise<ProbeResult> {
  return runProbe(probe.timeoutMs, (signal) => converse(probe, port, signal));
}

function converse(probe: ProbeRequest, port: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: probe.address, port, noDelay: true });
    signal.addEventListener("abort", () => socket.destroy(new Error("too late")), { once: true });
    const reader = new MessageReader();
    const client = new Client(probe.hostName, (bytes) => socket.write(bytes));
    socket.on("connect", () => socket.write(encodeTlsRequest()));
    socket.on("error", reject);
    socket.on("close", () => reject(new WrongAnswer("hung up before the answer")));
    socket.on("data", (chunk: Buffer) => {
      try {
        reader.push(chunk);
        if (!client.read(reader)) return;
        resolve();
        socket.end(encodeMessage("X"));
      } catch (error) {
        reject(error instanceof Error ? error : new WrongAnswer(String(error)));
        socket.destroy();
      }
    });
  });
}

/** Where the conversation stands. */
class Client {
  #state: "tls" | "login" | "query" = "tls";
  #clusterName = "";
  #value: string | null | undefined;
  readonly #hostName: string;
  readonly #write: (bytes: Uint8Array) => void;

  constructor(hostName: string, write: (bytes: Uint8Array) => void) {
    this.#hostName = hostName;
    this.#write = write;
  }

  /** Answers what the server said; true when the right row came. Throws `WrongAnswer`. */
  read(reader: MessageReader): boolean {
    if (this.#state === "tls") {
      const letter = reader.letter();
      if (letter === undefined) return false;
      if (letter !== "N") throw new WrongAnswer(`answered "${letter}" to the TLS request`);
      this.#state = "login";
      this.#write(encodeStartup({ user: "probe", database: "lab", application_name: "lab" }));
    }
    for (let message = reader.next(); message !== undefined; message = reader.next()) {
      if (this.#take(message)) return true;
    }
    return false;
  }

  #take({ type, body }: Message): boolean {
    if (type === "E") throw new WrongAnswer(`answered an error: ${decodeText(body.subarray(1))}`);
    if (type === "S" && decodeText(body) === "cluster_name") {
      this.#clusterName = decodeText(body.subarray("cluster_name".length + 1));
    }
    if (type === "D") this.#value = decodeRow(body)[0];
    if (type !== "Z") return false;
    if (this.#state === "login") {
      if (this.#clusterName !== this.#hostName) throw new WrongAnswer(`answered as "${this.#clusterName}"`);
      this.#state = "query";
      this.#write(encodeQuery("select 1"));
      return false;
    }
    if (this.#value !== "1") throw new WrongAnswer(`select 1 is ${String(this.#value)}`);
    return true;
  }
}
