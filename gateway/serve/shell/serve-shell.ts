// The shell of a user who has logged in: with a terminal, without one (lines in, text out), and for one line, as
// `ssh host "show version"` sends it. Each has a session of its own, which ends with it.

import type { Duplex } from "node:stream";
import { cutLines } from "@merlon/shell/line-parts.ts";
import { Shell } from "@merlon/shell/shell.ts";
import type { TerminalSize } from "@merlon/shell/shell-host.ts";
import type { Access } from "../../access/access.ts";
import type { EndReason } from "../../candidate/candidates.ts";
import type { Session } from "../../candidate/edit-session.ts";
import { CandidateRefused } from "../../candidate/candidate-refused.ts";
import type { Gateway } from "../../gateway.ts";
import packageJson from "../../package.json" with { type: "json" };
import { alarmsNote } from "./alarms-note.ts";
import { GatewayShellHost } from "./gateway-shell-host.ts";
import { IdleWatch } from "./idle-watch.ts";
import { feedFrom, writeTo } from "./shell-channel.ts";
import { terminalSize } from "./terminal-size.ts";

export interface ShellCaller {
  readonly user: string;
  readonly access: Access;
  /** The address that he comes from. */
  readonly remote?: string;
  /** Absent: lines come in and text goes out. */
  readonly terminal?: { readonly columns: number; readonly rows: number; readonly name: string };
  /** Tells the size of the terminal whenever it changes. */
  readonly onResize?: (listener: (size: { readonly columns: number; readonly rows: number }) => void) => void;
}

export interface LineCaller {
  readonly user: string;
  readonly via: string;
  readonly access: Access;
  readonly signal?: AbortSignal;
  /** There is one (`ssh -t host "show version"`): lines end as it needs them. There are no pages all the same. */
  readonly terminal?: unknown;
}

/** Resolves with the exit status when the shell is over; closing the channel is not done here. */
export async function serveShell(gateway: Gateway, channel: Duplex, caller: ShellCaller): Promise<number> {
  const { user, access, terminal, onResize } = caller;
  const size: TerminalSize = terminal === undefined ? noTerminal : terminalSize(terminal);
  return withSession(gateway, channel, { user, via: "cli" }, async (session, onEnd) => {
    using idle = new IdleWatch(
      (text) => void shell.notify(text),
      (text) => void shell.end(text),
    );
    const host = new GatewayShellHost({
      gateway,
      session,
      access,
      write: (text) => writeTo(channel, text),
      setIdleTimeout: (minutes) => idle.set(minutes),
    });
    const shell: Shell = new Shell(host, { terminal: size, onRoom: () => channel.resume() });
    onEnd((reason) => void shell.end(`\n${endText(reason)}\n`));
    onResize?.(({ columns, rows }) => void shell.resize(columns, rows));
    if (size.kind !== "none") await writeTo(channel, greeting(gateway));
    using _fed = feedFrom(channel, shell);
    channel.on("data", idle.used);
    try {
      return await shell.interact();
    } finally {
      channel.off("data", idle.used);
    }
  });
}

/** Carries out the line, or the lines between `;`, up to the first that is refused; 0, or 1 when one was. */
export async function runOneLine(
  gateway: Gateway,
  channel: Duplex,
  line: string,
  { user, via, access, signal, terminal }: LineCaller,
): Promise<number> {
  return withSession(gateway, channel, { user, via }, async (session, onEnd) => {
    const host = new GatewayShellHost({
      gateway,
      session,
      access,
      write: (text) => writeTo(channel, terminal === undefined ? text : text.replaceAll("\n", "\r\n")),
      setIdleTimeout: () => undefined,
    });
    const shell: Shell = new Shell(host, { terminal: noTerminal, onRoom: () => channel.resume() });
    onEnd((reason) => void shell.end(`${endText(reason)}\n`));
    signal?.addEventListener("abort", () => void shell.end(""), { once: true });
    // What comes in is for `load … terminal`.
    using _fed = feedFrom(channel, shell);
    for (const one of cutLines(line)) if (!(await shell.execute(one))) return 1;
    return 0;
  });
}

const noTerminal: TerminalSize = { kind: "none", columns: 80, rows: 0 };

async function withSession(
  gateway: Gateway,
  channel: Duplex,
  { user, via }: { readonly user: string; readonly via: string },
  work: (session: Session, onEnd: (listener: (reason: EndReason) => void) => void) => Promise<number>,
): Promise<number> {
  const listeners: ((reason: EndReason) => void)[] = [];
  let session: Session;
  try {
    session = gateway.candidates.open({
      user,
      via,
      // Whoever made the channel ends it when nobody types.
      idleLimitMs: Number.POSITIVE_INFINITY,
      onEnd: (reason) => {
        for (const listener of listeners) listener(reason);
      },
    });
  } catch (error) {
    if (!(error instanceof CandidateRefused)) throw error;
    await writeTo(channel, `error: ${error.message}\n`);
    return 1;
  }
  try {
    return await work(session, (listener) => listeners.push(listener));
  } finally {
    listeners.length = 0;
    gateway.candidates.close(session);
  }
}

function endText(reason: EndReason): string {
  return reason === "idle" ? "Idle timeout exceeded: closing session" : "This session was ended";
}

/** As the original greets: what this is, and that something is wrong with it. */
function greeting({ alarms }: Gateway): string {
  return `--- Merlon ${packageJson.version}\r\n${alarmsNote(alarms.list().length)}`;
}
