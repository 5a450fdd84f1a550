// What the permissions of a login class mean: which commands and which parts of the configuration they open. Words are the
// original's. Those for things that do not exist here (`floppy`, `unified-edge`) open nothing.

import { levelVerbs, verbs } from "@merlon/junos/verbs.ts";

/** Parts of the configuration. The plain word lets see the part, the word with `-control` lets change it as well. */
const parts = [
  "access",
  "admin",
  "firewall",
  "interface",
  "routing",
  "secret",
  "security",
  "snmp",
  "storage",
  "system",
  "trace",
] as const;
type Part = (typeof parts)[number];

/** Kinds of commands. */
const doings = ["clear", "configure", "maintenance", "network", "reset", "rollback", "shell", "view"] as const;
type Doing = (typeof doings)[number] | "trace";

/** What words such as `view` and `security-control` open together. */
export interface Permissions {
  readonly all: boolean;
  readonly does: ReadonlySet<Doing>;
  readonly views: ReadonlySet<Part>;
  readonly changes: ReadonlySet<Part>;
}

export function permissionsOf(words: readonly string[]): Permissions {
  const given = new Set(words);
  const all = given.has("all");
  const controlled = all || given.has("all-control") || given.has("control");
  const changes = parts.filter((part) => controlled || given.has(`${part}-control`));
  const seesAll = given.has("view-configuration");
  const views = parts.filter((part) => changes.includes(part) || given.has(part) || (seesAll && part !== "secret"));
  const does: Doing[] = doings.filter((doing) => all || given.has(doing));
  if (given.has("trace") || changes.includes("trace")) does.push("trace");
  return { all, does: new Set(does), views: new Set(views), changes: new Set(changes) };
}

/** What everybody may type, whoever he is. */
const freeWords: ReadonlySet<string> = new Set(["exit", "quit", "logout", "help", "?"]);

/** First words of commands, with what each asks for. Longer ones ask for something of their own. */
const doingOf: Readonly<Record<string, Doing>> = {
  clear: "clear",
  "clear system commit": "maintenance",
  file: "maintenance",
  monitor: "trace",
  mtrace: "network",
  ping: "network",
  request: "maintenance",
  restart: "reset",
  show: "view",
  "show log": "trace",
  ssh: "network",
  start: "shell",
  telnet: "network",
  test: "maintenance",
  traceroute: "network",
};

/** What begins a line of the configuration mode, and `configure` itself. */
const configuring: ReadonlySet<string> = new Set([
  ...verbs,
  ...levelVerbs,
  "configure",
  "commit",
  "load",
  "replace",
  "rollback",
  "status",
  "update",
]);

/** Whether the permissions open the command; `words` are whole words, not shortened ones. */
export function opensCommand({ all, does, views }: Permissions, words: readonly string[]): boolean {
  const [first = "", second] = words;
  if (all || freeWords.has(first) || (first === "set" && second === "cli")) return true;
  if (first === "show" && second === "configuration") return does.has("view") || views.size > 0;
  if (first === "rollback") return does.has("configure") && ((second ?? "0") === "0" || does.has("rollback"));
  if (configuring.has(first)) return does.has("configure");
  const doing = doingOf[words.slice(0, 3).join(" ")] ?? doingOf[words.slice(0, 2).join(" ")] ?? doingOf[first];
  return doing !== undefined && does.has(doing);
}

/** Hierarchies, with the part of the permissions that each belongs to. */
const partOf: Readonly<Record<string, Part>> = {
  access: "access",
  applications: "system",
  "bridge-domains": "routing",
  chassis: "interface",
  "class-of-service": "interface",
  firewall: "firewall",
  "forwarding-options": "interface",
  interfaces: "interface",
  "policy-options": "routing",
  protocols: "routing",
  "routing-instances": "routing",
  "routing-options": "routing",
  schedulers: "security",
  security: "security",
  services: "security",
  snmp: "snmp",
  "switch-options": "routing",
  system: "system",
  "system login": "admin",
  "system root-authentication": "admin",
  vlans: "routing",
};

/** Which part a place of the configuration belongs to; undefined: to none, and only who has all parts may go there. */
export function partAt(path: readonly string[]): Part | undefined {
  // What stands in a group counts as if it stood where the group is applied.
  const [first = "", second = ""] = path[0] === "groups" ? path.slice(2) : path;
  return partOf[`${first} ${second}`] ?? partOf[first];
}

export function opensView({ all, views }: Permissions, path: readonly string[]): boolean {
  if (all) return true;
  const part = partAt(path);
  return part === undefined ? parts.every((each) => each === "secret" || views.has(each)) : views.has(part);
}

export function opensChange({ all, does, changes }: Permissions, path: readonly string[]): boolean {
  if (all) return true;
  const part = partAt(path);
  return does.has("configure") && (part === undefined ? changes.size === parts.length : changes.has(part));
}
