// `show system users`: who is logged in over the network, from where, since when, and how long he has typed nothing.

import type { Login } from "../access/logins.ts";
import { operation } from "./operation.ts";
import { field, group, reply } from "./reply.ts";
import { renderTable } from "./table.ts";

export interface SystemUsers {
  readonly nowMs: number;
  readonly users: readonly Login[];
}

export const showSystemUsers = operation<SystemUsers>({
  command: "show system users",
  help: "Show who is logged in",
  parameters: [{ word: "no-resolve", help: "Show addresses, as always" }],
  run: async (gateway) => ({ nowMs: gateway.nowMs(), users: gateway.logins.list() }),
  text: ({ nowMs, users }) => {
    const count = `${clockText(nowMs)}  ${users.length} user${users.length === 1 ? "" : "s"}\n`;
    const columns = [
      { title: "USER", cell: ({ user }: Login) => user },
      { title: "TTY", cell: terminalOf },
      { title: "FROM", cell: ({ from }: Login) => from },
      { title: "LOGIN@", cell: ({ sinceMs }: Login) => clockText(sinceMs).trim() },
      { title: "IDLE", cell: idleText, align: "right" as const },
      { title: "WHAT", cell: ({ mode }: Login) => mode },
    ];
    return count + renderTable(columns, users);
  },
  rpc: {
    name: "get-system-users-information",
    reply: ({ nowMs, users }) =>
      reply(
        "system-users-information",
        "junos",
        group(
          "uptime-information",
          field("date-time", clockText(nowMs).trim(), { "junos:seconds": String(Math.floor(nowMs / 1000)) }),
          field("active-user-count", users.length),
          group(
            "user-table",
            users.map((login) =>
              group(
                "user-entry",
                field("user", login.user),
                field("tty", terminalOf(login)),
                field("from", login.from),
                field("login-time", clockText(login.sinceMs).trim(), {
                  "junos:seconds": String(Math.floor(login.sinceMs / 1000)),
                }),
                field("idle-time", idleText(login), { "junos:seconds": String(Math.floor(login.idleMs / 1000)) }),
                field("command", login.mode),
              ),
            ),
          ),
        ),
      ),
  },
});

/** Sessions have no devices here; the number is what `request system logout terminal` takes. */
function terminalOf({ id }: Pick<Login, "id">): string {
  return `pts/${id}`;
}

/** Minutes, or hours and minutes, as w(1) has it; a dash for who has just typed. */
function idleText({ idleMs }: Login): string {
  const minutes = Math.floor(idleMs / 60_000);
  if (minutes === 0) return "-";
  return minutes < 60 ? String(minutes) : `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")}`;
}

/** `9:22PM`, in UTC. */
function clockText(ms: number): string {
  const time = new Date(ms);
  const [hours, minutes] = [time.getUTCHours(), String(time.getUTCMinutes()).padStart(2, "0")];
  return `${hours % 12 === 0 ? 12 : hours % 12}:${minutes}${hours < 12 ? "AM" : "PM"}`.padStart(7);
}
