// `clear system login lockout`: lets users in again who have failed too often; with `all`, nobody waits for what has failed
// from his address either.

import { name } from "@merlon/model/schema/value.ts";
import { operation, OperationRefused } from "./operation.ts";
import { output } from "./reply.ts";

const userName = name("<user-name>", /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/, 64, "the name of a user");

export const clearSystemLoginLockout = operation<{ readonly user?: string }>({
  command: "clear system login lockout",
  help: "Let users in again who are locked out",
  parameters: [
    { word: "user", help: "One user", type: userName, group: "who" },
    { word: "all", help: "All users, from all addresses", group: "who" },
  ],
  run: async (gateway, input) => {
    const user = input["user"] as string | undefined;
    if (user === undefined && input["all"] !== true)
      throw new OperationRefused("who is to be let in again is missing: user NAME or all");
    gateway.logins.lockouts.clear(user);
    if (user === undefined) gateway.logins.delays.clear();
    return user === undefined ? {} : { user };
  },
  text: () => "",
  rpc: { name: "clear-system-login-lockout", reply: () => output("") },
});
