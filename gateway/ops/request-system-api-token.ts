// `request system api-token`: tokens by which programs use the HTTP interface in the name of a user.

import { integer, name as nameType, plainName } from "@merlon/model/schema/value.ts";
import { predefinedClasses } from "@merlon/model/login-classes.ts";
import { accessOf } from "../access/access.ts";
import { ApiTokens, TokenRefused } from "../access/api-tokens.ts";
import type { Caller } from "../caller.ts";
import type { Gateway } from "../gateway.ts";
import { operation, OperationRefused } from "./operation.ts";

const dayMs = 24 * 3600 * 1000;
const daysMax = 3_650;
const userName = nameType("<user-name>", /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/, 64, "the name of a user");
const className = nameType("<class-name>", /^[A-Za-z0-9_-]+$/, 64, "the name of a login class");

export interface NewToken {
  readonly name: string;
  readonly user: string;
  /** Shown now and never again. */
  readonly token: string;
  readonly expiresAtMs?: number;
}

export const requestSystemApiTokenCreate = operation<NewToken>({
  command: "request system api-token create",
  help: "Make a token for programs; it is shown once",
  parameters: [
    { word: "name", help: "What it is called", type: plainName, required: true, positional: true },
    { word: "user", help: "In whose name it acts (default: yours)", type: userName },
    { word: "class", help: "A login class that limits it further", type: className },
    { word: "days", help: "It opens nothing after so many days", type: integer(1, daysMax) },
  ],
  run: async (gateway, input, caller) => {
    const [name, days] = [input["name"] as string, input["days"] as number | undefined];
    const user = (input["user"] as string | undefined) ?? caller.user;
    const limit = input["class"] as string | undefined;
    if (user !== caller.user && !seesAll(caller)) throw new OperationRefused(`permission denied: a token for ${user}`);
    const configuration = gateway.running?.prepared.configuration;
    const whole = configuration && accessOf(configuration, user);
    if (whole === undefined) throw new OperationRefused(`there is no user ${user} who may log in; say user NAME`);
    // Else it would make itself one that is not limited.
    if (!seesAll(caller) && caller.access?.className !== whole.className)
      throw new OperationRefused("permission denied: a token that a class limits makes no other");
    if (limit !== undefined && !isClass(gateway, limit)) throw new OperationRefused(`there is no login class ${limit}`);
    const expiresAtMs = days === undefined ? undefined : gateway.nowMs() + days * dayMs;
    const token = await refusing(ApiTokens.of(gateway).create({ name, user, className: limit, expiresAtMs }));
    return { name, user, token, ...(expiresAtMs !== undefined && { expiresAtMs }) };
  },
  text: ({ name, user, token, expiresAtMs }) =>
    `Token ${name} of user ${user}${expiresAtMs === undefined ? "" : `, until ${dateText(expiresAtMs)}`}. ` +
    `It is shown once:\n${token}\n`,
});

export const requestSystemApiTokenDelete = operation<{ readonly name: string }>({
  command: "request system api-token delete",
  help: "Make a token open nothing any more",
  parameters: [{ word: "name", help: "What it is called", type: plainName, required: true, positional: true }],
  run: async (gateway, input, caller) => {
    const name = input["name"] as string;
    const tokens = ApiTokens.of(gateway);
    const known = (await tokens.list()).find((token) => token.name === name);
    if (known === undefined || (known.user !== caller.user && !seesAll(caller)))
      throw new OperationRefused(`there is no token ${name}; show system api-tokens lists them`);
    await tokens.delete(name);
    return { name };
  },
  text: ({ name }) => `Token ${name} deleted\n`,
});

/** Whether he is told about tokens of others, and makes them. */
export function seesAll({ access }: Caller): boolean {
  return access === undefined || access.unlimited;
}

function isClass(gateway: Gateway, wanted: string): boolean {
  const own = gateway.running?.prepared.configuration.system?.login?.class ?? [];
  return Object.hasOwn(predefinedClasses, wanted) || own.some(({ name }) => name === wanted);
}

async function refusing<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof TokenRefused) throw new OperationRefused(error.message);
    throw error;
  }
}

export function dateText(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 16).replace("T", " ")} UTC`;
}
