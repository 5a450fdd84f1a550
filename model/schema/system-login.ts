// `system login` and `system root-authentication`: who may log in, how he proves who he is, and what he may do then.

import { compilePattern } from "../linear-pattern.ts";
import { shownWord } from "../shown-word.ts";
import { container, flag, key, leaf, leafList, list } from "./node.ts";
import { integer, ipPrefix, name, text } from "./value.ts";
import type { ValueType } from "./value.ts";

const keyLengthMax = 8192;
const messageLengthMax = 2048;

/** A regular expression that can be matched; what could not is refused where it is written. */
const expression: ValueType<string> = {
  placeholder: "<regular-expression>",
  parse: (word) => {
    const printable = text(keyLengthMax).parse(word);
    if ("error" in printable) return printable;
    const read = compilePattern(word);
    return "error" in read
      ? { error: `${shownWord(word)} is not a regular expression: ${read.error}` }
      : { value: word };
  },
};

/** A hash of crypt(3): `$6$salt$hash`. */
const encryptedPassword: ValueType<string> = {
  ...name("<hash>", /./, 128, "a hash of a password (at most 128 characters)"),
  secret: true,
};

/** It is replaced by its hash before it is stored or shown. */
const plainTextPassword: ValueType<string> = {
  ...name("<password>", /./, 128, "a password (at most 128 printable characters)"),
  secret: true,
};

function publicKey(pattern: RegExp, begins: string): ValueType<string> {
  return name("<public-key>", pattern, keyLengthMax, `a public key, which begins with ${begins}`);
}

function keyList(help: string, type: ValueType<string>) {
  return list(help, [key("name", type)], {
    from: leaf("Addresses or names that the key is accepted from", name("<pattern-list>", /^[*.:a-zA-Z0-9,!?_-]+$/, 1024, "a list of patterns of hosts")), // prettier-ignore
    "key-options": leaf("Options of the key", text(keyLengthMax), {
      notEnforced: "a key with options is not accepted",
    }),
  });
}

const authentication = {
  "plain-text-password-value": leaf("Password, stored as its hash", plainTextPassword),
  "encrypted-password": leaf("Hash of the password", encryptedPassword),
  "no-public-keys": flag("Accept no public key"),
  "ssh-rsa": keyList("RSA public key", publicKey(/^(?:\d+\s+\d+\s+\d+|ssh-rsa\s+[ -~]+)/, "ssh-rsa")),
  "ssh-ecdsa": keyList(
    "ECDSA public key",
    publicKey(/^ecdsa-sha2-nistp(?:256|384|521)\s+[ -~]+/, "ecdsa-sha2-nistp256, 384 or 521"),
  ),
  "ssh-ed25519": keyList("Ed25519 public key", publicKey(/^ssh-ed25519\s+[ -~]+/, "ssh-ed25519")),
};

const userName = name(
  "<user-name>",
  /^[A-Za-z0-9_]+(?:\.[A-Za-z0-9_-]*|-[A-Za-z0-9_-]*){0,2}$/,
  64,
  "a user name (letters, digits, _, - and two dots at most; it begins with a letter, digit or _)",
);

const className = name("<class-name>", /^[A-Za-z0-9_-]+$/, 64, "a class name (1 to 64 letters, digits, '_', '-')");

const expressionSet = (help: string) => leafList(help, expression, { countMax: 128 });

const loginClass = list(
  "Login class: what its users may do",
  [key("name", className)],
  {
    "idle-timeout": leaf("Minutes after which an idle session ends (0: never)", integer(0, 4_294_967_295)),
    permissions: leafList("What users of the class may do", text(64), { countMax: 256 }),
    "allow-commands": leaf("Commands that are allowed beyond the permissions", expression),
    "deny-commands": leaf("Commands that are denied in spite of the permissions", expression),
    "allow-configuration": leaf("Statements that are allowed beyond the permissions", expression),
    "deny-configuration": leaf("Statements that are denied in spite of the permissions", expression),
    "allow-commands-regexps": expressionSet("Commands that are allowed beyond the permissions"),
    "deny-commands-regexps": expressionSet("Commands that are denied, whatever else allows them"),
    "allow-configuration-regexps": expressionSet("Statements that are allowed beyond the permissions"),
    "deny-configuration-regexps": expressionSet("Statements that are denied, whatever else allows them"),
  },
  { ordered: false, countMax: 1024 },
);

/** Statements of a class that restrict its users and are not enforced: who has such a class is not let in. */
export const restrictingWords: ReadonlySet<string> = new Set([
  "access-end",
  "access-start",
  "allowed-days",
  "deny-configuration-exact-match",
  "logical-system",
  "tenant",
]);

export const rootAuthentication = container("How root proves who he is", authentication);

export const systemLogin = container("Users and their rights", {
  "retry-options": container("What follows failed attempts", {
    "tries-before-disconnect": leaf("Attempts before the connection is closed", integer(2, 10), { defaultValue: 3 }),
    "backoff-threshold": leaf("Attempts before answers are delayed", integer(1, 3), { defaultValue: 2 }),
    "backoff-factor": leaf("Seconds that each further attempt adds to the delay", integer(5, 10), { defaultValue: 5 }),
    "minimum-time": leaf("Seconds that a connection stays open for a password", integer(20, 60), { defaultValue: 20 }),
    "maximum-time": leaf("Seconds in which a user must have logged in", integer(20, 300), { defaultValue: 120 }),
    "lockout-period": leaf("Minutes for which a user with failed attempts is locked out", integer(1, 43_200)),
  }),
  "idle-timeout": leaf("Minutes after which an idle session ends", integer(1, 60)),
  class: loginClass,
  user: list(
    "User",
    [key("name", userName)],
    {
      "full-name": leaf("Full name", name("<text>", /^[^:]+$/, 255, "a name (1 to 255 characters, no colon)")),
      uid: leaf("Number of the user", integer(100, 64_000)),
      class: leaf("Login class", className, { suggests: [["system", "login", "class"]] }),
      authentication: container("How the user proves who he is", authentication),
    },
    { ordered: false, countMax: 10_000 },
  ),
  "deny-sources": container("Where nobody may log in from", {
    address: leafList("Prefix that logins are refused from", ipPrefix, { countMax: 1024 }),
  }),
  announcement: leaf("Text that is shown after a login", message()),
  message: leaf("Text that is shown before a login", message()),
});

/** Words of several lines are written with `\n`. */
function message(): ValueType<string> {
  return name("<text>", /./s, messageLengthMax, `a text of at most ${messageLengthMax} characters`);
}
