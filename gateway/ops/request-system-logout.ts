// `request system logout`: ends the sessions of a user, or one of them. Its lock and its private candidate go with it.

import { name } from "@merlon/model/schema/value.ts";
import { operation, OperationRefused } from "./operation.ts";
import { output } from "./reply.ts";

const userName = name("<user-name>", /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/, 64, "the name of a user");
const terminal = name("<terminal>", /^pts\/\d{1,9}$/, 64, "a terminal as show system users has it (pts/1)");

export const requestSystemLogout = operation<{ readonly ended: number }>({
  command: "request system logout",
  help: "End the sessions of a user",
  parameters: [
    { word: "user", help: "Whose sessions", type: userName, group: "whose" },
    { word: "terminal", help: "One session, by its terminal", type: terminal, group: "whose" },
    { word: "all", help: "All sessions that the others select" },
  ],
  run: async (gateway, input, { user: asker }) => {
    const [user, wanted] = [input["user"], input["terminal"]];
    if (user === undefined && wanted === undefined)
      throw new OperationRefused("whose sessions are to end is missing: user NAME or terminal NAME");
    const reason = `Logged out by ${asker}`;
    const ended = gateway.logins.end(
      (login) => (user === undefined || login.user === user) && (wanted === undefined || `pts/${login.id}` === wanted),
      reason,
    );
    if (ended === 0) throw new OperationRefused("there is no such session; show system users lists them");
    return { ended };
  },
  text: ({ ended }) => `logout-user: done (${ended} session${ended === 1 ? "" : "s"})\n`,
  rpc: {
    name: "request-logout-user",
    reply: ({ ended }) => output(`logout-user: done (${ended} session${ended === 1 ? "" : "s"})\n`),
  },
});
