// One SSH connection from the moment that its client speaks: it logs in within the time that is given, opens sessions, and
// each session becomes a shell, one line, or NETCONF. It ends with its client, when its user is idle for too long, or when
// there is no such user any more.

import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { Connection, ServerChannel, Session } from "ssh2";
import type { Access } from "../../access/access.ts";
import { accountOf, loginRulesOf } from "../../access/accounts.ts";
import { liveAccess } from "../../access/live-access.ts";
import type { LoginHandle } from "../../access/logins.ts";
import type { Gateway } from "../../gateway.ts";
import { Authentication } from "./authentication.ts";
import { HeldChannel } from "./held-channel.ts";
import type { SshCaller, SshHandlers, SshTerminal, TerminalSize } from "./ssh-handlers.ts";
import type { SshSettings } from "./ssh-settings.ts";

/** What a client that does not end its connection itself is given before the socket is closed. */
const farewellMs = 2_000;
/** How long a client may take to read the end of an answer. */
const lastWordsMs = 30_000;
/** The exit status of a session that did not end by itself, as ssh(1) has it. */
const interruptedStatus = 255;
const columnsMax = 1_000;
const commandLengthMax = 64 * 1024;
const idleCheckMs = 1_000;
/** Where the configuration says nothing: a person has left his desk, a program waits for something to do. */
const idleMsMaxOf = { cli: 30 * 60_000, netconf: Number.POSITIVE_INFINITY } as const;
/** How long a connection may be without a session. */
const unusedMs = 10 * 60_000;
/** The command by which clients reach NETCONF where they do not use the subsystem. */
const netconfCommand = /^\s*xml-mode\s+netconf(?:\s+need-trailer)?\s*$/;

export interface SshConnectionOptions {
  readonly gateway: Gateway;
  readonly handlers: SshHandlers;
  readonly settings: SshSettings;
  readonly socket: Socket;
  readonly address: string;
  /** `source port destination port`. */
  readonly ends: string;
  /** Whether one more may be logged in; called when he has proved who he is. */
  readonly admit: () => boolean;
  readonly onError: (error: unknown) => void;
}

export function serveConnection(client: Connection, options: SshConnectionOptions): void {
  const connection = new SshConnection(client, options);
  connection.start();
}

class SshConnection {
  readonly #client: Connection;
  readonly #options: SshConnectionOptions;
  readonly #gone = new AbortController();
  #user = "";
  #sessionCount = 0;
  #unused: NodeJS.Timeout | undefined;

  constructor(client: Connection, options: SshConnectionOptions) {
    this.#client = client;
    this.#options = options;
  }

  start(): void {
    const { gateway, settings, address } = this.#options;
    const authentication = new Authentication({
      gateway,
      settings,
      address,
      signal: this.#gone.signal,
      giveUp: () => this.#end(),
    });
    this.#client.on("authentication", (context) => {
      this.#user = context.username;
      authentication.answer(context).catch((error: unknown) => {
        this.#options.onError(error);
        this.#end();
      });
    });
    this.#client.once("ready", () => this.#welcome());
    this.#client.on("error", () => this.#options.socket.destroy());
    this.#client.once("close", () => {
      clearTimeout(this.#unused);
      this.#gone.abort();
    });
  }

  #welcome(): void {
    const { gateway, admit } = this.#options;
    const access = liveAccess(() => gateway.running?.prepared.configuration, this.#user);
    if (access === undefined || !admit()) return this.#end();
    gateway.logins.audit.authenticated(access.user, access.className);
    this.#waitForSession();
    this.#client.on("session", (accept, reject) => {
      if (this.#sessionCount >= this.#options.settings.sessionsPerConnectionMax) return reject();
      this.#sessionCount += 1;
      clearTimeout(this.#unused);
      this.#prepareSession(accept(), access);
    });
  }

  /** A connection without a session is of no use to anybody. */
  #waitForSession(): void {
    clearTimeout(this.#unused);
    this.#unused = setTimeout(() => this.#end(), unusedMs);
    this.#unused.unref();
  }

  #prepareSession(session: Session, access: Access): void {
    let terminal: SshTerminal | undefined;
    const resized: ((size: TerminalSize) => void)[] = [];
    session.on("pty", (accept, _, info) => {
      terminal = { ...sizeOf(info.cols, info.rows), name: nameOf(info as { readonly term?: string }) };
      accept();
    });
    session.on("window-change", (accept, _, { cols, rows }) => {
      const size = sizeOf(cols, rows);
      if (terminal !== undefined) terminal = { ...terminal, ...size };
      for (const listener of resized) listener(size);
      accept?.();
    });
    session.on("env", (accept) => accept?.());
    session.once("close", () => {
      this.#sessionCount -= 1;
      if (this.#sessionCount === 0) this.#waitForSession();
    });
    const open = (start: () => ServerChannel, mode: "cli" | "netconf", work: Work): void => {
      this.#serve(start(), { access, mode }, work);
    };
    const { handlers, settings } = this.#options;
    const netconf: Work = (channel, caller) => handlers.netconf(channel, caller).then(() => 0);
    session.once("subsystem", (accept, reject, { name }) =>
      name === "netconf" ? open(accept, "netconf", netconf) : reject(),
    );
    session.once("exec", (accept, reject, { command }) => {
      if (netconfCommand.test(command)) return open(accept, "netconf", netconf);
      if (settings.service === "netconf" || command.length > commandLengthMax) return reject();
      return open(accept, "cli", (channel, caller) =>
        handlers.line(channel, command, { ...caller, ...(terminal !== undefined && { terminal }) }),
      );
    });
    session.once("shell", (accept, reject) => {
      if (settings.service === "netconf") return reject();
      return open(accept, "cli", async (channel, caller) => {
        this.#announce(channel);
        const onResize = (listener: (size: TerminalSize) => void): void => void resized.push(listener);
        return handlers.shell(channel, { ...caller, onResize, ...(terminal !== undefined && { terminal }) });
      });
    });
  }

  #announce(channel: Duplex): void {
    const configuration = this.#options.gateway.running?.prepared.configuration;
    const { announcement } = configuration === undefined ? {} : loginRulesOf(configuration);
    if (announcement !== undefined) channel.write(announcement.replaceAll("\n", "\r\n"));
  }

  /** One session from its beginning to its exit status. */
  #serve(channel: ServerChannel, { access, mode }: { access: Access; mode: "cli" | "netconf" }, work: Work): void {
    const { gateway, socket, address, ends, onError } = this.#options;
    const held = new HeldChannel(channel, socket);
    const gone = new AbortController();
    const login = gateway.logins.open({
      user: access.user,
      className: access.className,
      mode,
      from: address,
      connection: ends,
      end: (reason) => {
        if (mode === "cli") channel.stderr.write(`\r\n${reason}\r\n`);
        finish(interruptedStatus);
      },
    });
    let finished = false;
    const finish = (status: number): void => {
      if (finished) return;
      finished = true;
      clearInterval(watch);
      login.close();
      gone.abort();
      closeChannel(channel, held, status);
    };
    const watch = setInterval(() => {
      const reason = this.#reasonToEnd(login, access, mode);
      if (reason !== undefined) gateway.logins.end(({ id }) => id === login.id, reason);
    }, idleCheckMs);
    watch.unref();
    channel.on("data", login.used);
    held.on("error", () => finish(interruptedStatus));
    held.once("close", () => finish(interruptedStatus));
    const caller: SshCaller = { user: access.user, access, remote: address, signal: gone.signal };
    work(held, caller).then(finish, (error: unknown) => {
      // A client that goes away in the middle is no bug.
      if (!held.destroyed && !gone.signal.aborted) onError(error);
      finish(interruptedStatus);
    });
  }

  #reasonToEnd(login: LoginHandle, access: Access, mode: "cli" | "netconf"): string | undefined {
    const configuration = this.#options.gateway.running?.prepared.configuration;
    if (configuration !== undefined && accountOf(configuration, access.user) === undefined)
      return "The account does not exist any more: closing session";
    const idleMsMax = access.idleTimeoutMs ?? idleMsMaxOf[mode];
    return login.idleMs() > idleMsMax ? "Idle timeout exceeded: closing session" : undefined;
  }

  #end(): void {
    this.#client.end();
    const { socket } = this.#options;
    setTimeout(() => socket.destroy(), farewellMs).unref();
  }
}

type Work = (channel: Duplex, caller: SshCaller) => Promise<number>;

/** What was written is sent first, if the client reads it in time. */
function closeChannel(channel: ServerChannel, held: HeldChannel, status: number): void {
  const close = (): void => {
    clearTimeout(timer);
    if (!channel.destroyed) {
      channel.exit(status);
      channel.end();
      channel.close();
    }
    held.destroy();
  };
  const timer = setTimeout(close, status === interruptedStatus ? 0 : lastWordsMs);
  timer.unref();
  if (status !== interruptedStatus) held.end(close);
}

function sizeOf(columns: number, rows: number): TerminalSize {
  // A client that does not know sends 0 (RFC 4254, 6.2).
  const bounded = (count: number, otherwise: number): number => (count > 0 ? Math.min(count, columnsMax) : otherwise);
  return { columns: bounded(columns, 80), rows: bounded(rows, 24) };
}

function nameOf({ term }: { readonly term?: string }): string {
  return term !== undefined && /^[A-Za-z0-9+._-]{1,64}$/.test(term) ? term : "dumb";
}
