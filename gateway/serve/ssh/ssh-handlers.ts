// Who serves what an SSH connection asks for: the shell, one line, NETCONF. Each is read when it is first asked for.

import type { Duplex } from "node:stream";
import type { Access } from "../../access/access.ts";
import type { Gateway } from "../../gateway.ts";

/** Who is at the other end of a channel. */
export interface SshCaller {
  readonly user: string;
  readonly access: Access;
  /** The address that he comes from. */
  readonly remote: string;
  /** Aborts when the channel is closed. */
  readonly signal: AbortSignal;
}

export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

export interface SshTerminal extends TerminalSize {
  /** As in TERM: `xterm-256color`. */
  readonly name: string;
}

export interface SshLineCaller extends SshCaller {
  /** Absent when the client asked for none. */
  readonly terminal?: SshTerminal;
}

export interface SshShellCaller extends SshLineCaller {
  /** Gives the size of the terminal whenever it changes. */
  readonly onResize: (listener: (size: TerminalSize) => void) => void;
}

/** Each ends when the client or the work is done; closing the channel is not theirs. */
export interface SshHandlers {
  /** Answers the exit status. */
  readonly shell: (channel: Duplex, caller: SshShellCaller) => Promise<number>;
  /** Answers the exit status. */
  readonly line: (channel: Duplex, line: string, caller: SshLineCaller) => Promise<number>;
  readonly netconf: (channel: Duplex, caller: SshCaller) => Promise<void>;
}

export function handlersOf(gateway: Gateway): SshHandlers {
  return {
    shell: async (channel, caller) => {
      const { serveShell } = await import("../shell/serve-shell.ts");
      return serveShell(gateway, channel, caller);
    },
    line: async (channel, line, caller) => {
      const { runOneLine } = await import("../shell/serve-shell.ts");
      return runOneLine(gateway, channel, line, { ...caller, via: "cli" });
    },
    netconf: async (channel, caller) => {
      const { serveNetconf } = await import("../netconf/serve-netconf.ts");
      await serveNetconf(gateway, channel, caller);
    },
  };
}
