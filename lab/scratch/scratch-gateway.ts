// One gateway for trying things: the product's own process with its data plane in namespaces of its own, and its management
// on 127.0.0.1 of the network that it was started from. The listening sockets are bound out here and handed in, so clients
// need nothing special and the gateway sees their real addresses. Nothing of it remains.

import { spawn } from "node:child_process";
import type { ChildProcessByStdio } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import type { Ir } from "@merlon/compiler/ir.ts";
import { printTree } from "@merlon/junos/print.ts";
import type { ConfigNode } from "@merlon/junos/tree.ts";
import { parseReadyLine } from "../gateway-process.ts";
import { BoundSocket } from "./bound-socket.ts";
import { deviceBatch, farBatch, scratchDevices } from "./scratch-devices.ts";
import { ownState, statePrefix, sweepStates } from "./sweep-states.ts";

export const services = ["ssh", "netconf", "http"] as const;
export type Service = (typeof services)[number];

const startTimeoutMs = 60_000;
const stopTimeoutMs = 5_000;
const errorTailLengthMax = 8_192;
const host = "127.0.0.1";

export interface ScratchStart {
  /** Without passwords in plain text. */
  readonly tree: ConfigNode;
  readonly ir: Pick<Ir, "network" | "interfaces">;
  /** Ports of 127.0.0.1 by service; 0 means any. What is not named is not served out here. */
  readonly ports: Partial<Readonly<Record<Service, number>>>;
  /** What the gateway says for people, as it comes. */
  readonly onText?: (text: string) => void;
}

export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

/** It did not start, or ended by itself; the message ends with what it said. */
export class ScratchFailure extends Error {
  override readonly name = "ScratchFailure";
}

type Child = ChildProcessByStdio<Writable, Readable, Readable>;

export class ScratchGateway implements AsyncDisposable {
  readonly endpoints: Partial<Readonly<Record<Service, Endpoint>>>;
  readonly stateFolder: string;
  /** The local socket. */
  readonly socket: string;
  /** Resolves when it ends without being stopped. */
  readonly ended: Promise<ScratchFailure>;
  readonly #child: Child;
  readonly #owned: Disposable;

  private constructor(
    fields: Pick<ScratchGateway, "endpoints" | "stateFolder" | "socket" | "ended">,
    child: Child,
    owned: Disposable,
  ) {
    this.endpoints = fields.endpoints;
    this.stateFolder = fields.stateFolder;
    this.socket = fields.socket;
    this.ended = fields.ended;
    this.#child = child;
    this.#owned = owned;
  }

  /** Resolves when the policy is in force and the services listen. */
  static async start({ tree, ir, ports, onText }: ScratchStart): Promise<ScratchGateway> {
    const folder = temporaryFolder();
    await sweepStates(folder);
    const stateFolder = await mkdtemp(statePrefix(folder));
    const owned = await ownState(stateFolder);
    const bound = new Map<Service, BoundSocket>();
    let child: Child | undefined;
    try {
      for (const service of services) {
        const port = ports[service];
        if (port !== undefined) bound.set(service, BoundSocket.bind(port));
      }
      await writeFile(join(stateFolder, "initial.conf"), printTree(tree), { mode: 0o600 });
      const devices = scratchDevices(ir);
      await writeFile(join(stateFolder, "devices"), deviceBatch(devices));
      await writeFile(join(stateFolder, "far-devices"), farBatch(devices));
      child = enclosed(stateFolder, bound);
      const ended = endOf(child, onText);
      const socket = await readiness(child, ended);
      const endpoints = Object.fromEntries([...bound].map(([service, { port }]) => [service, { host, port }]));
      return new ScratchGateway({ endpoints, stateFolder, socket, ended }, child, owned);
    } catch (error) {
      if (child !== undefined) await stop(child);
      owned[Symbol.dispose]();
      await rm(stateFolder, { recursive: true, force: true });
      throw error;
    } finally {
      for (const socket of bound.values()) socket[Symbol.dispose]();
    }
  }

  /** Stops the process in good order, and removes its state. */
  async [Symbol.asyncDispose](): Promise<void> {
    await stop(this.#child);
    this.#owned[Symbol.dispose]();
    await rm(this.stateFolder, { recursive: true, force: true });
  }
}

function enclosed(stateFolder: string, bound: ReadonlyMap<Service, BoundSocket>): Child {
  const root = join(import.meta.dirname, "..", "..");
  const main = createRequire(import.meta.url).resolve("@merlon/gateway/main.mjs");
  const config = join(stateFolder, "initial.conf");
  const words = [
    join(import.meta.dirname, "scratch-inside.sh"),
    join(stateFolder, "devices"),
    join(stateFolder, "far-devices"),
    process.execPath,
    main,
    "run",
    "--state",
    stateFolder,
    "--config",
    config,
  ];
  // Descriptors 0 to 2 are the streams; the sockets follow in their order.
  const list = [...bound.keys()].map((service, index) => `${service}=${index + 3}`);
  if (list.length > 0) words.push("--sockets", list.join(","));
  // A scratch gateway inside the enclosure of another has an enclosure of its own.
  const environment = { ...process.env, MERLON_ENCLOSED: "" };
  return spawn(join(root, "tools/setup/enclose.sh"), words, {
    stdio: ["pipe", "pipe", "pipe", ...[...bound.values()].map(({ descriptor }) => descriptor)],
    env: environment,
    // In a session of its own: Ctrl-C at the terminal is for us, and we stop it in good order.
    detached: true,
  }) as Child;
}

function endOf(child: Child, onText: ((text: string) => void) | undefined): Promise<ScratchFailure> {
  let tail = "";
  child.stderr.setEncoding("utf8");
  child.stderr.on("data", (text: string) => {
    tail = (tail + text).slice(-errorTailLengthMax);
    onText?.(text);
  });
  child.stdin.on("error", () => undefined);
  return new Promise((resolve) => {
    child.once("error", (cause) => resolve(new ScratchFailure("the gateway cannot be started", { cause })));
    child.once("close", (code, signal) =>
      resolve(new ScratchFailure(`the gateway ended with ${signal ?? `exit code ${code}`}:\n${tail.trim()}`)),
    );
  });
}

/** The path of the local socket, once the gateway says that it enforces. */
async function readiness(child: Child, ended: Promise<ScratchFailure>): Promise<string> {
  const lines = createInterface({ input: child.stdout });
  const first = new Promise<string>((resolve) => lines.once("line", resolve));
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => reject(new ScratchFailure(`the gateway enforces nothing after ${startTimeoutMs} ms`)),
    startTimeoutMs,
  );
  try {
    const line = await Promise.race([first, ended, late]);
    if (line instanceof ScratchFailure) throw line;
    return parseReadyLine(line).socket;
  } finally {
    clearTimeout(timer);
    lines.close();
    child.stdout.resume();
  }
}

async function stop(child: Child): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const closed = new Promise((resolve) => child.once("close", resolve));
  child.stdin.end();
  const timer = setTimeout(() => child.kill("SIGKILL"), stopTimeoutMs);
  await closed;
  clearTimeout(timer);
}

/** Not below /run: inside, that is a file system of its own, and nothing from here is in it. */
function temporaryFolder(): string {
  const folder = tmpdir();
  return folder === "/run" || folder.startsWith("/run/") ? "/tmp" : folder;
}
