// What a commit says about users that could do nothing: without a class, with one that is not there, or with one that asks for
// something that is not enforced. They are shut out, which is safe and rarely meant.

import { predefinedClasses } from "@merlon/model/login-classes.ts";
import { restrictingWords } from "@merlon/model/schema/system-login.ts";
import type { Configuration } from "@merlon/model/schema/configuration.ts";
import { keptWords, origin } from "@merlon/model/schema/node.ts";
import type { DiagnosticList } from "./diagnostic-list.ts";

export function checkLogins(configuration: Configuration, diagnostics: DiagnosticList): void {
  const login = configuration.system?.login;
  const classes = new Map((login?.class ?? []).map((entry) => [entry.name, entry]));
  for (const user of login?.user ?? []) {
    const { class: name } = user;
    const own = name === undefined || Object.hasOwn(predefinedClasses, name) ? undefined : classes.get(name);
    if (name === undefined) {
      const hint = `set system login user ${user.name} class …`;
      diagnostics.warning("login.no-class", user[origin], `user ${user.name} has no class and can do nothing`, hint);
    } else if (own === undefined && !Object.hasOwn(predefinedClasses, name)) {
      const message = `user ${user.name} can do nothing: there is no login class ${name}`;
      diagnostics.warning("login.no-class", user[origin], message, `set system login class ${name} permissions …`);
    } else {
      const word = own?.[keptWords]?.find((kept) => restrictingWords.has(kept));
      if (word === undefined) continue;
      const message = `user ${user.name} cannot log in: ${word} of class ${name} is not enforced`;
      diagnostics.warning("login.shut-out", user[origin], message, `give him another class, or delete ${word}`);
    }
  }
}
