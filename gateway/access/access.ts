// What a user may do: which commands he may run, and which statements he may see and change. It follows from his login class
// in the configuration in force: its permissions first, then its regular expressions, which allow or deny beyond them.
// A user without a class that is there may do nothing.

import { predefinedClasses } from "@merlon/model/login-classes.ts";
import type { Configuration } from "@merlon/model/schema/configuration.ts";
import { keptWords } from "@merlon/model/schema/node.ts";
import { restrictingWords } from "@merlon/model/schema/system-login.ts";
import { classRules } from "./class-rules.ts";
import type { ClassRules } from "./class-rules.ts";
import { opensChange, opensCommand, opensView, permissionsOf } from "./permissions.ts";

export interface Access {
  readonly user: string;
  readonly className: string;
  /** A session that is asked nothing for so long ends. */
  readonly idleTimeoutMs?: number | undefined;
  /** `line`: whole words as the command is called (`show security policies`), never shortened ones. */
  readonly mayRun: (line: string) => boolean;
  /** `path`: set-style words from the top (`security policies from-zone a to-zone b`). */
  readonly mayConfigure: (path: readonly string[]) => boolean;
  readonly mayView: (path: readonly string[]) => boolean;
  /** Nothing of the configuration is hidden, and nothing refused. */
  readonly unlimited: boolean;
  /** Whether values that are secrets are shown. */
  readonly seesSecrets: boolean;
}

type Login = NonNullable<NonNullable<Configuration["system"]>["login"]>;
type LoginClass = Login["class"][number];

/** Who may do everything: the owner of the local socket, and root. */
export function superUser(user: string, idleTimeoutMs?: number): Access {
  const yes = () => true;
  return {
    user,
    className: "super-user",
    mayRun: yes,
    mayConfigure: yes,
    mayView: yes,
    unlimited: true,
    seesSecrets: true,
    ...(idleTimeoutMs !== undefined && { idleTimeoutMs }),
  };
}

/** Undefined when the configuration knows no such user, or does not let him in. */
export function accessOf(configuration: Configuration, user: string): Access | undefined {
  const login = configuration.system?.login;
  const idle = minutes(login?.idleTimeout);
  if (user === "root") return superUser(user, idle);
  const entry = login?.user.find(({ name }) => name === user);
  if (entry === undefined) return undefined;
  return classAccess(user, entry.class ?? "unauthorized", login, idle);
}

/** What the users of a class may do. */
export function accessOfClass(configuration: Configuration, user: string, className: string): Access | undefined {
  return classAccess(user, className, configuration.system?.login, undefined);
}

function classAccess(
  user: string,
  className: string,
  login: Login | undefined,
  idle: number | undefined,
): Access | undefined {
  const predefined = predefinedClasses[className];
  const own = predefined === undefined ? login?.class.find(({ name }) => name === className) : undefined;
  if (own?.[keptWords]?.some((word) => restrictingWords.has(word)) === true) return undefined;
  const permissions = permissionsOf(predefined ?? own?.permissions ?? []);
  const rules = own === undefined ? undefined : classRules(own);
  const idleTimeoutMs = idleOf(own) ?? idle;
  return {
    user,
    className,
    ...(idleTimeoutMs !== undefined && { idleTimeoutMs }),
    mayRun: (line) => {
      const words = line.split(/\s+/).filter((word) => word !== "");
      return judge(rules?.commands, words) ?? opensCommand(permissions, words);
    },
    mayConfigure: (path) =>
      // Without configuration mode nothing is configured, whatever the expressions say.
      permissions.all || permissions.does.has("configure")
        ? (judge(rules?.configuration, path) ?? opensChange(permissions, path))
        : false,
    mayView: (path) => judge(rules?.configuration, path) ?? opensView(permissions, path),
    unlimited: permissions.all && rules?.configuration === undefined && rules?.commands === undefined,
    seesSecrets: permissions.views.has("secret"),
  };
}

function judge(rule: ClassRules["commands"], words: readonly string[]): boolean | undefined {
  return rule?.(words.join(" "));
}

function minutes(count: number | undefined): number | undefined {
  return count === undefined ? undefined : count * 60_000;
}

/** 0 means that such sessions never end for being idle. */
function idleOf(own: LoginClass | undefined): number | undefined {
  return own?.idleTimeout === 0 ? Number.POSITIVE_INFINITY : minutes(own?.idleTimeout);
}
