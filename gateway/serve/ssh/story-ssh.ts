// What the stories of SSH share: a gateway over a kernel in memory that is reached by real TCP inside the enclosure, and clients
// that log in, run a line, or misbehave.

import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import type { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import ssh2 from "ssh2";
import type { ClientChannel, ConnectConfig } from "ssh2";
import { boot } from "../../boot.ts";
import type { Gateway } from "../../gateway.ts";
import type { AuditRecord } from "../../log/audit-record.ts";
import { freshKernel, openGateway, TestClocks, typeAs } from "../../testing/test-gateway.ts";
import { handlersOf } from "./ssh-handlers.ts";
import type { SshHandlers } from "./ssh-handlers.ts";
import { SshServing } from "./ssh-serving.ts";

const configuration = `
system {
    host-name gw1;
    root-authentication { plain-text-password-value "root's password"; }
    login {
        message "authorized users only";
        class netops { permissions [ view configure security-control ]; idle-timeout 1; }
        user ana { class super-user; authentication { plain-text-password-value "ana's password"; } }
        user bo { class netops; authentication { plain-text-password-value "bo's password"; } }
    }
    services {
        ssh { connection-limit 250; rate-limit 250; }
        netconf { ssh { connection-limit 250; rate-limit 250; } }
    }
}`;

export interface SshCase extends AsyncDisposable {
  readonly gateway: Gateway;
  readonly clocks: TestClocks;
  readonly serving: SshServing;
  readonly folder: string;
  readonly audit: readonly AuditRecord[];
  /** What the server took for a bug of its own. */
  readonly bugs: readonly unknown[];
  /** Types lines as the owner of the local socket. */
  readonly type: (...lines: readonly string[]) => Promise<string>;
}

/** Ports are those of the configuration, 22 and 830: the enclosure has a network of its own. */
export async function sshCase(handlers?: SshHandlers): Promise<SshCase> {
  const stack = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), "merlon-ssh-"));
  stack.defer(() => rm(folder, { recursive: true }));
  const clocks = new TestClocks();
  const gateway = await openGateway(freshKernel(), folder, clocks);
  await boot(gateway, { text: configuration, source: "story.conf" });
  const audit: AuditRecord[] = [];
  stack.use(gateway.logins.audit.listen((record) => void audit.push(record)));
  const bugs: unknown[] = [];
  const serving = await SshServing.start({
    gateway,
    handlers: handlers ?? handlersOf(gateway),
    keyFolder: join(folder, "ssh"),
    onError: (error) => void bugs.push(error),
  });
  stack.use(serving);
  return {
    gateway,
    clocks,
    serving,
    folder,
    audit,
    bugs,
    type: (...lines) => typeAs(gateway, "owner", ...lines),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

/** A client that has logged in; disposing of it ends it. */
export class StoryClient implements AsyncDisposable {
  readonly client: ssh2.Client;
  readonly #closed: Promise<unknown>;

  private constructor(client: ssh2.Client) {
    this.client = client;
    this.#closed = once(client, "close");
  }

  static async connect(username: string, options: ConnectConfig = {}): Promise<StoryClient> {
    const client = new ssh2.Client();
    const ready = Promise.withResolvers<void>();
    client.once("ready", () => ready.resolve());
    client.once("error", (error) => ready.reject(error));
    client.once("close", () => ready.reject(new Error("the server closed the connection")));
    client.connect({ host: "127.0.0.1", port: 22, username, password: `${username}'s password`, ...options });
    await ready.promise;
    client.on("error", () => undefined);
    return new StoryClient(client);
  }

  exec(line: string): Promise<ClientChannel> {
    return opened((done) => this.client.exec(line, done));
  }

  subsystem(name: string): Promise<ClientChannel> {
    return opened((done) => this.client.subsys(name, done));
  }

  shell(): Promise<ClientChannel> {
    return opened((done) => this.client.shell({ cols: 100, rows: 30, term: "xterm" }, done));
  }

  /** What a line answers, and its exit status. */
  async run(line: string): Promise<{ readonly text: string; readonly status: number | null }> {
    return answerOf(await this.exec(line));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.client.end();
    await this.#closed;
  }
}

/** The status may come in the same turn as the channel, before anybody who waits for the channel could listen. */
const statuses = new WeakMap<ClientChannel, number | null>();

function opened(
  open: (done: (error: Error | undefined, channel: ClientChannel) => void) => void,
): Promise<ClientChannel> {
  return new Promise((resolve, reject) => {
    open((error, channel) => {
      if (error !== undefined) return reject(error);
      channel.on("exit", (code: number | null) => void statuses.set(channel, code));
      resolve(channel);
    });
  });
}

/** All that comes until the channel is closed, and the exit status. */
export async function answerOf(
  channel: ClientChannel,
): Promise<{ readonly text: string; readonly status: number | null }> {
  let text = "";
  const take = (bytes: Buffer): void => {
    text += bytes.toString();
  };
  channel.stderr.on("data", take);
  channel.on("data", take);
  await once(channel, "close");
  return { text, status: statuses.get(channel) ?? null };
}

/** The message with which a login fails. */
let addressCount = 0;

/** From an address of its own unless one is given, so that none waits for what others have failed. */
export async function loginFailure(username: string, options: ConnectConfig): Promise<string> {
  try {
    const count = ++addressCount;
    const localAddress = `127.0.${100 + Math.floor(count / 200)}.${1 + (count % 200)}`;
    await using _client = await StoryClient.connect(username, { localAddress, ...options });
    return "logged in";
  } catch (error) {
    return (error as Error).message;
  }
}

/** A TCP connection that says what it is told and nothing more. */
export async function rawConnection(port = 22): Promise<Socket> {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => undefined);
  socket.resume();
  await once(socket, "connect");
  return socket;
}

/** The OpenSSH client, with a password that it asks for by a program. */
export async function openSsh(
  folder: string,
  words: readonly string[],
  password: string,
): Promise<{ readonly out: string; readonly err: string; readonly code: number }> {
  const asking = join(folder, "askpass.sh");
  await writeFile(asking, '#!/bin/sh\nprintf "%s\\n" "$STORY_PASSWORD"\n', { mode: 0o700 });
  const options = ["StrictHostKeyChecking=no", `UserKnownHostsFile=${join(folder, "known")}`, "LogLevel=ERROR"];
  const environment = { ...process.env, SSH_ASKPASS: asking, SSH_ASKPASS_REQUIRE: "force", STORY_PASSWORD: password };
  return new Promise((resolve) => {
    const all = [...options.flatMap((option) => ["-o", option]), ...words];
    const child = execFile("ssh", all, { env: environment, timeout: 30_000 }, (error, out, err) =>
      resolve({ out, err, code: typeof error?.code === "number" ? error.code : error === null ? 0 : 255 }),
    );
    child.stdin?.end();
  });
}
