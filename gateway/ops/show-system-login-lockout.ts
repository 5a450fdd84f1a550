// `show system login lockout`: who has failed to log in too often and for how much longer he is kept out.

import { operation } from "./operation.ts";
import { field, group, reply } from "./reply.ts";
import { renderTable } from "./table.ts";

export interface LoginLockouts {
  readonly users: readonly { readonly user: string; readonly untilMs: number }[];
}

export const showSystemLoginLockout = operation<LoginLockouts>({
  command: "show system login lockout",
  help: "Show who is locked out",
  parameters: [],
  run: async (gateway) => {
    const nowMs = gateway.nowMs();
    return { users: gateway.logins.lockouts.locked().map(({ user, leftMs }) => ({ user, untilMs: nowMs + leftMs })) };
  },
  text: ({ users }) =>
    users.length === 0
      ? "No user is locked out\n"
      : renderTable(
          [
            { title: "User", cell: ({ user }) => user },
            { title: "Lockout end", cell: ({ untilMs }) => timeText(untilMs) },
          ],
          users,
        ),
  rpc: {
    name: "get-system-login-lockout-information",
    reply: ({ users }) =>
      reply(
        "system-login-lockout-information",
        "junos",
        users.map(({ user, untilMs }) =>
          group("lockout-user", field("user", user), field("lockout-end", timeText(untilMs))),
        ),
      ),
  },
});

function timeText(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19).replace("T", " ")} UTC`;
}
