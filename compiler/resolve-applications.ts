// What the names in `application` stand for: configured applications and sets first, then the built-in `junos-*` ones, so
// that an operator may give a built-in name another meaning. Each name is resolved once into the terms of a service.

import type { Origin } from "@merlon/model/diagnostic.ts";
import { predefinedApplications, predefinedApplicationSets } from "@merlon/model/predefined-applications.ts";
import type { Configuration } from "@merlon/model/schema/configuration.ts";
import { keptWords, origin } from "@merlon/model/schema/node.ts";
import { formatProtocol } from "@merlon/model/schema/value.ts";
import { anyByte, anyPort } from "@merlon/model/service-term.ts";
import type { ServiceTerm } from "@merlon/model/service-term.ts";
import { keepsIdleTime, protocolIdleTime } from "./idle-time.ts";
import type { DiagnosticList } from "./diagnostic-list.ts";
import { didYouMean } from "@merlon/model/did-you-mean.ts";

export interface ResolvedApplication {
  readonly terms: "any" | readonly ServiceTerm[];
  /** Why the terms are not all that the operator meant; a policy that permits with this matches nothing. */
  readonly incomplete?: string;
}

export interface ApplicationResolver {
  readonly resolve: (name: string) => ResolvedApplication | undefined;
  readonly hint: (name: string) => string;
  /** For the resolver of the next configuration. */
  readonly configured: Configuration["applications"];
  readonly hasDiagnostics: boolean;
}

export const applicationSetNestingMax = 64;

type Applications = NonNullable<Configuration["applications"]>;
type Application = Applications["application"][number];
type ApplicationSet = Applications["applicationSet"][number];
/** What an application and each of its terms can say. */
type Definition = Pick<
  Application,
  "protocol" | "sourcePort" | "destinationPort" | "icmpType" | "icmpCode" | "icmp6Type" | "icmp6Code"
>;
type InactivityTimeout = Application["inactivityTimeout"];

/** How many sets deep it goes. */
type ResolvedSet = ResolvedApplication & { readonly depth: number };

/** Reports what is wrong with the configured applications, used or not. `before` comes back when nothing has changed. */
export function applicationResolver(
  configuration: Configuration,
  diagnostics: DiagnosticList,
  before?: ApplicationResolver,
): ApplicationResolver {
  const configured = configuration.applications;
  if (before?.configured === configured && before?.hasDiagnostics === false) return before;
  const { count } = diagnostics;
  const sets = new Map((configured?.applicationSet ?? []).map((set) => [set.name, set]));
  const resolved = new Map<string, ResolvedApplication>();
  for (const application of configured?.application ?? []) {
    if (application.name === "any") reservedName(application, diagnostics);
    resolved.set(application.name, resolveApplication(application, diagnostics));
  }
  const resolvedSets = new Map<string, ResolvedSet>();
  const resolve: ApplicationResolver["resolve"] = (name) =>
    name === "any" ? { terms: "any" } : (resolved.get(name) ?? resolvedSets.get(name) ?? builtIn(name));
  const known = () => [
    "any",
    ...resolved.keys(),
    ...sets.keys(),
    ...predefinedApplications.keys(),
    ...predefinedApplicationSets.keys(),
  ];
  const context: SetContext = { sets, resolved, resolvedSets, known, diagnostics };
  for (const set of sets.values()) {
    if (set.name === "any") reservedName(set, diagnostics);
    if (resolved.has(set.name)) {
      diagnostics.error(
        "application.duplicate-name",
        set[origin],
        `${set.name} is both an application and an application set`,
        "rename one of them",
      );
    }
    resolveSet(context, set, []);
  }
  return {
    resolve,
    hint: (name) => didYouMean(name, known()) ?? `set applications application ${name} protocol tcp destination-port …`,
    configured,
    hasDiagnostics: diagnostics.count > count,
  };
}

function reservedName(named: Application | ApplicationSet, diagnostics: DiagnosticList): void {
  diagnostics.error(
    "application.reserved-name",
    named[origin],
    "any always means every application",
    "choose another name",
  );
}

function builtIn(name: string): ResolvedApplication | undefined {
  const application = predefinedApplications.get(name);
  if (application !== undefined) return application;
  const members = predefinedApplicationSets.get(name);
  if (members === undefined) return undefined;
  return { terms: members.flatMap((member) => predefinedApplications.get(member)?.terms ?? []) };
}

function resolveApplication(application: Application, diagnostics: DiagnosticList): ResolvedApplication {
  const says = (definition: Definition) =>
    Object.keys(fieldWords).some((field) => definition[field as Field] !== undefined);
  const { term } = application;
  const own = says(application) || term.length === 0;
  if (term.length > 0 && own) {
    diagnostics.error(
      "application.terms-and-fields",
      application[origin],
      `application ${application.name} has both terms and a service of its own`,
      "put everything into terms",
    );
  }
  const definitions = [...(own ? [application] : []), ...term];
  const terms: ServiceTerm[] = [];
  let fault: string | undefined;
  for (const definition of definitions) {
    const result = termOf(definition);
    const remote = definition.destinationPort === undefined ? remoteProcedure(definition[keptWords]) : undefined;
    if (remote !== undefined) fault ??= `has ${remote} without a destination-port, and programs are not looked up yet`;
    else if ("kind" in result) {
      const term = timed(result, definition.inactivityTimeout ?? application.inactivityTimeout);
      warnIdleTime(application.name, definition, term, diagnostics);
      terms.push(term);
    } else {
      fault ??= result.fault;
      const which = definition === application ? "" : `term ${definition.name} of `;
      diagnostics.error(
        "application.not-a-service",
        definition[origin],
        `${which}application ${application.name} ${result.fault}`,
        result.hint,
      );
    }
  }
  return fault === undefined ? { terms } : { terms, incomplete: `application ${application.name} ${fault}` };
}

function timed(term: ServiceTerm, inactivityTimeout: InactivityTimeout): ServiceTerm {
  return inactivityTimeout === undefined ? term : { ...term, inactivityTimeout };
}

/** The kernel gives times of their own to sessions of TCP and UDP alone. */
function warnIdleTime(
  name: string,
  definition: Definition & { readonly [origin]: Origin },
  term: ServiceTerm,
  diagnostics: DiagnosticList,
): void {
  const { protocol } = definition;
  if (term.inactivityTimeout === undefined || keepsIdleTime(term) || protocol === undefined) return;
  diagnostics.warning(
    "application.idle-time",
    definition[origin],
    `inactivity-timeout of application ${name} is not enforced: idle sessions of ${formatProtocol(protocol)} end after ${protocolIdleTime(protocol)} seconds`,
    "delete … inactivity-timeout; only tcp and udp can have their own",
  );
}

/** A program behind a port mapper: which port it has is not known, so only a port that is given can be matched. */
function remoteProcedure(kept: readonly string[] | undefined): string | undefined {
  return kept?.find((word) => word === "rpc-program-number" || word === "uuid");
}

type Field = keyof Definition;

const fieldWords: Readonly<Record<Field, string>> = {
  protocol: "protocol",
  sourcePort: "source-port",
  destinationPort: "destination-port",
  icmpType: "icmp-type",
  icmpCode: "icmp-code",
  icmp6Type: "icmp6-type",
  icmp6Code: "icmp6-code",
};

function termOf(definition: Definition): ServiceTerm | { readonly fault: string; readonly hint: string } {
  const { protocol, sourcePort, destinationPort, icmpType, icmpCode, icmp6Type, icmp6Code } = definition;
  if (protocol === undefined) return { fault: "has no protocol", hint: "set … protocol tcp" };
  const allowed = allowedFields(protocol);
  for (const [field, word] of Object.entries(fieldWords) as [Field, string][]) {
    if (field === "protocol" || definition[field] === undefined || allowed.includes(field)) continue;
    return { fault: `has ${word}, which protocol ${formatProtocol(protocol)} does not have`, hint: `delete … ${word}` };
  }
  switch (protocol) {
    case 6:
    case 17:
    case 132:
      return { kind: "ports", protocol, source: sourcePort ?? anyPort, destination: destinationPort ?? anyPort };
    case 1:
      return { kind: "icmp", family: 4, type: byte(icmpType), code: byte(icmpCode) };
    case 58:
      return { kind: "icmp", family: 6, type: byte(icmp6Type), code: byte(icmp6Code) };
    default:
      return { kind: "protocol", protocol };
  }
}

function allowedFields(protocol: number): readonly Field[] {
  if (protocol === 6 || protocol === 17 || protocol === 132) return ["sourcePort", "destinationPort"];
  if (protocol === 1) return ["icmpType", "icmpCode"];
  return protocol === 58 ? ["icmp6Type", "icmp6Code"] : [];
}

function byte(value: number | undefined) {
  return value === undefined ? anyByte : { first: value, last: value };
}

interface SetContext {
  readonly sets: ReadonlyMap<string, ApplicationSet>;
  readonly resolved: ReadonlyMap<string, ResolvedApplication>;
  readonly resolvedSets: Map<string, ResolvedSet>;
  readonly known: () => readonly string[];
  readonly diagnostics: DiagnosticList;
}

function resolveSet(context: SetContext, set: ApplicationSet, above: readonly string[]): ResolvedSet {
  const { resolved, resolvedSets, known, diagnostics } = context;
  const before = resolvedSets.get(set.name);
  if (before !== undefined) return before;
  const within = [...above, set.name];
  const members: ResolvedApplication[] = [];
  let depth = 1;
  let gap: string | undefined;
  const refuse = (code: string, message: string, hint: string | undefined) => {
    diagnostics.error(code, set[origin], message, hint);
    gap ??= message;
  };
  const unknown = (name: string) => {
    const hint = diagnostics.maySearch ? didYouMean(name, known()) : undefined;
    refuse("application.unknown-member", `application set ${set.name} names the unknown ${name}`, hint);
  };
  for (const { name } of set.application) {
    const member = name === "any" ? { terms: "any" as const } : (resolved.get(name) ?? builtIn(name));
    if (member === undefined) unknown(name);
    else members.push(member);
  }
  for (const { name } of set.applicationSet) {
    const member = innerSet(context, name, within);
    if (member === undefined) unknown(name);
    else if ("code" in member) refuse(member.code, member.message, `take ${name} out of ${set.name}`);
    else {
      members.push(member);
      depth = Math.max(depth, 1 + member.depth);
    }
  }
  const incomplete = gap ?? members.find((member) => member.incomplete !== undefined)?.incomplete;
  const result = { terms: unionOfTerms(members), depth, ...(incomplete === undefined ? {} : { incomplete }) };
  resolvedSets.set(set.name, result);
  return result;
}

function innerSet(
  context: SetContext,
  name: string,
  within: readonly string[],
): ResolvedSet | { readonly code: string; readonly message: string } | undefined {
  const start = within.indexOf(name);
  if (start >= 0) {
    const cycle = [...within.slice(start), name].join(" > ");
    return { code: "application.cycle", message: `an application set contains itself: ${cycle}` };
  }
  const set = context.sets.get(name);
  if (set === undefined) {
    const member = predefinedApplicationSets.has(name) ? builtIn(name) : undefined;
    return member === undefined ? undefined : { ...member, depth: 1 };
  }
  const tooDeep = {
    code: "application.too-deep",
    message: `application sets are nested more than ${applicationSetNestingMax} deep at ${name}`,
  };
  if (within.length >= applicationSetNestingMax) return tooDeep;
  const member = resolveSet(context, set, within);
  return member.depth >= applicationSetNestingMax ? tooDeep : member;
}

/** Each term once: sets that share members would otherwise double with every level. */
function unionOfTerms(members: readonly ResolvedApplication[]): "any" | readonly ServiceTerm[] {
  const terms = new Map<string, ServiceTerm>();
  for (const member of members) {
    if (member.terms === "any") return "any";
    for (const term of member.terms) terms.set(JSON.stringify(term), term);
  }
  return [...terms.values()];
}
